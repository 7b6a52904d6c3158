"""The native engine through `compare`: deterministic counts, which know no noise."""

import numpy as np
import pytest

from simkit.bench.campaign import speedup_ladder as campaign
from simkit.bench.compare import run_compare
from simkit.bench.named_sides import parse_side, same_events
from simkit.bench.pairs.blocks import take
from simkit.errors import BadInput
from simkit.record.campaign import Campaign
from simkit.transport import cpu

LADDER = """
[ladder]
name = "two"
scenario = "testem3"
set = { "events.energy_MeV" = 500.0 }
[[rung]]
name = "general"
with = ["gamma-general"]
[[rung]]
name = "woodcock"
with = ["woodcock"]
"""


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
    assert c.speedup.placements == 6
    assert c.steps_ratio.gamma > 2.5
    assert abs(c.steps_ratio.charged - 1.0) < 5.0 * c.steps_ratio.relative_error["charged"]
    assert all(abs(ratio - 1.0) < 0.1 for ratio in c.secondaries_ratio.values())
    assert c.b.counters_per_event["majorant_violations"] == 0
    assert c.b.counters_per_event["virtual_collisions"] > 0
    assert c.a.counters_per_event["virtual_collisions"] == 0
    assert c.physics.verdict != "fail"
    assert abs(c.a.edep_MeV["absorber"].mean + c.a.edep_MeV["gap"].mean - 500.0) < 15.0


def test_code_is_loaded_from_the_cache_to_another_place_and_gives_the_same():
    overrides = {"events.energy_MeV": 500.0}
    sources = [parse_side(text, None, overrides) for text in ("testem3", "testem3+woodcock", "testem3")]
    sides = [source.prepare() for source in sources]
    primaries = take(same_events(sources).primaries, np.arange(3))

    def places():
        compiled = cpu.follow_all.overloads.values()
        return {c.library.get_pointer_to_function(c.fndesc.llvm_cpython_wrapper_name) for c in compiled}

    seen, outcomes = [], []
    for copy in (1, 2, 3):
        for side in sides:
            side.place(copy)
        seen.append(places())
        outcomes.append([side.run(primaries, 5) for side in sides])
        assert not cpu.follow_all.stats.cache_misses
    assert [len(found) for found in seen] == [2, 2, 2]  # the first and the last side share their code
    assert len(set().union(*seen)) == 6
    for later in outcomes[1:]:
        for a, b in zip(outcomes[0], later):
            assert np.array_equal(a.deposits, b.deposits)
            assert np.array_equal(a.steps, b.steps)


def test_a_profile_says_where_the_time_is_saved():
    """Woodcock saves boundary steps of photons: the time it saves is theirs."""
    c = run_compare(
        "testem3",
        "testem3+woodcock",
        overrides=["events.energy_MeV=500.0"],
        rounds=6,
        budget_s=4.0,
        threads=2,
        profile=True,
    )
    for side in (c.a, c.b):
        assert sum(x for by in side.time_by.values() for x in by.values()) == pytest.approx(1.0)
    why = c.attribution
    saved = sum(x for by in why.time_saved_by.values() for x in by.values())
    assert saved == pytest.approx(1.0 - 1.0 / c.speedup.value)
    # speedup of a particle in a region = steps ratio x time-per-step ratio, as in the whole
    here = (c.steps_ratio.by["e-"]["gap"] or 0.0) * (why.time_per_step_by["e-"]["gap"] or 0.0)
    assert here == pytest.approx(c.speedup.value * c.a.time_by["e-"]["gap"] / c.b.time_by["e-"]["gap"])
    # a flight through many volumes takes longer than one from boundary to boundary
    assert (why.time_per_step_by["gamma"]["gap"] or 1.0) < 0.7


def test_a_profile_of_another_program_is_refused():
    with pytest.raises(BadInput, match="another program"):
        run_compare("testem3", "engine:command=true", scenario="testem3", profile=True)


def test_a_profiled_campaign_attributes_every_rung(tmp_path, instant_score):
    path = tmp_path / "two.toml"
    path.write_text(LADDER)
    record = campaign.run_campaign(
        path, rounds=6, events=20, out=tmp_path / "out", threads=2, profile=True
    ).record
    for rung in record.rungs:
        assert sum(x for by in rung.side.time_by.values() for x in by.values()) == pytest.approx(1.0)
        for contrast in (rung.against_baseline, rung.against_previous):
            saved = sum(x for by in contrast.attribution.time_saved_by.values() for x in by.values())
            assert saved == pytest.approx(1.0 - 1.0 / contrast.speedup.value)
    assert Campaign.model_validate_json((tmp_path / "out" / "campaign.json").read_text()) == record
