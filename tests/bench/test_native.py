"""The native engine through `compare`: deterministic counts, which know no noise."""

from simkit.bench.compare import run_compare


def test_woodcock_saves_gamma_steps_and_changes_no_secondaries():
    """Lead and liquid argon, 500 MeV electrons: the steps at boundaries go, the interactions stay."""
    c = run_compare(
        "testem3",
        "testem3+woodcock",
        overrides=["events.energy_MeV=500.0"],
        rounds=6,
        budget_s=4.0,
        threads=2,
    )
    assert c.steps_ratio.gamma > 2.5
    assert abs(c.steps_ratio.charged - 1.0) < 5.0 * c.steps_ratio.relative_error["charged"]
    assert all(abs(ratio - 1.0) < 0.1 for ratio in c.secondaries_ratio.values())
    assert c.b.counters_per_event["majorant_violations"] == 0
    assert c.b.counters_per_event["virtual_collisions"] > 0
    assert c.a.counters_per_event["virtual_collisions"] == 0
    assert c.physics.verdict != "fail"
    assert abs(c.a.edep_MeV["absorber"].mean + c.a.edep_MeV["gap"].mean - 500.0) < 15.0
