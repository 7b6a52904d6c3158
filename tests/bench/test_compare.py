"""What `compare` declares about an engine whose times and physics are known."""

import os
import shlex
import signal
from types import SimpleNamespace

import numpy as np
import pytest

from simkit.bench.compare import processor_share, run_compare
from simkit.errors import BadInput
from simkit.particles import PARTICLES
from simkit.record.comparison import Comparison


def test_a_speedup_is_found_with_its_reason(fake):
    c = run_compare("testem3", "testem3+woodcock", rounds=150, budget_s=3.0, threads=1)
    assert c.verdict == "faster"
    assert c.speedup.lo < 1.25 < c.speedup.hi
    assert c.speedup.level == 0.95
    assert c.speedup.blocks == 150
    assert c.speedup.sequential_lo < c.speedup.lo
    assert c.physics.verdict == "pass"
    assert c.exit_code == 0
    assert c.steps_ratio.gamma == pytest.approx(2.5, rel=1e-6)
    assert c.steps_ratio.charged == pytest.approx(1.0)
    assert c.secondaries_ratio == dict.fromkeys(PARTICLES, 1.0)
    why = c.attribution
    assert why.steps_ratio * why.time_per_step_ratio == pytest.approx(c.speedup.value)
    assert why.share_by["gamma"]["gap"] == pytest.approx(0.15)
    assert c.b.counters_per_event["majorant_violations"] == 0
    assert c.a.cpu_s_per_event.lo < 2e-4 < c.a.cpu_s_per_event.hi
    assert c.a.edep_MeV["gap"].mean == pytest.approx(2000.0, rel=0.01)
    assert c.b.speedups == ["woodcock"]
    assert len(c.a.layers_MeV["gap"]) == 5
    # 150 rounds have 19 against itself: the floor is of the size of the interval
    assert c.noise_floor.lo < 1.0 < c.noise_floor.hi
    assert c.to_settle_s is None


def test_the_record_tells_the_command_that_does_it_again(fake):
    c = run_compare(
        "testem3",
        "testem3+woodcock:min_MeV=1",
        overrides={"events.energy_MeV": 2000.0, "scenario.name": "a b"},
        rounds=6,
        budget_s=0.5,
        min_speedup=1.05,
        threads=1,
    )
    assert shlex.split(c.provenance.command) == [
        *("simkit", "compare", "testem3", "testem3+woodcock:min_MeV=1"),
        *("--set", "events.energy_MeV=2000.0", "--set", 'scenario.name="a b"'),
        *("--rounds", "6", "--budget", "0.5s", "--min-speedup", "1.05", "--seed", "1", "--threads", "1"),
    ]


def test_a_record_survives_json(fake):
    c = run_compare("testem3", "testem3+woodcock", rounds=10, budget_s=0.5, threads=1)
    text = c.to_json()
    assert (
        text.startswith('{\n  "schema": "simkit.comparison/1"') or '"schema": "simkit.comparison/1"' in text
    )
    assert Comparison.model_validate_json(text) == c


def test_a_slow_down_of_two_percent_is_found(fake):
    c = run_compare("testem3", "testem3+gamma-general", rounds=400, budget_s=1.0, threads=1)
    assert c.verdict == "slower"
    assert c.speedup.lo < 1 / 1.02 < c.speedup.hi
    assert c.exit_code == 0  # nobody asked for a speed


def test_nothing_is_seen_where_nothing_is(fake):
    c = run_compare("testem3", "testem3+em-range-cuts", rounds=200, budget_s=1.0, threads=1)
    assert c.verdict == "no difference seen"
    assert c.exit_code == 0
    assert 0.0 < c.speedup.smallest_detectable < 0.02


def test_too_few_rounds_are_inconclusive_and_name_a_budget(fake):
    c = run_compare("testem3", "testem3+em-range-cuts", rounds=6, budget_s=1.0, threads=1)
    assert c.verdict == "inconclusive"
    assert c.exit_code == 3
    assert c.to_settle_s > c.budget.used_s


@pytest.mark.parametrize(("asked", "code"), [(1.2, 0), (1.3, 1), (1.25, 3)])
def test_exit_code_of_a_wish(fake, asked, code):
    c = run_compare("testem3", "testem3+woodcock", rounds=150, budget_s=2.0, min_speedup=asked, threads=1)
    assert c.exit_code == code
    assert (c.to_settle_s is not None) == (code == 3)


def test_physics_that_differs_beats_a_wish_not_met(fake):
    c = run_compare("testem3", "testem3+gamma-roulette", rounds=150, budget_s=2.0, min_speedup=2.0, threads=1)
    assert c.physics.verdict == "fail"
    assert [(r.observable, r.region) for r in c.physics.rows if r.verdict == "fail"] == [("deposit", "gap")]
    assert c.exit_code == 2


def test_a_budget_is_kept(fake):
    fake.sleep_s = 0.002
    c = run_compare("testem3", "testem3+woodcock", budget_s=2.0, threads=1)
    assert c.budget.used_s < 2.5
    assert c.budget.timing_s > 0.0


def test_interruption_is_one_line(fake):
    def interrupt(run):
        if run == 30:
            os.kill(os.getpid(), signal.SIGINT)

    fake.on_run = interrupt
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(BadInput, match="interrupted"):
        run_compare("testem3", "testem3+woodcock", budget_s=20.0, threads=1)
    assert signal.getsignal(signal.SIGINT) is before
    assert 30 <= fake.runs < 45


@pytest.mark.parametrize(
    ("a", "b", "options", "message"),
    [
        ("testem4", "testem3", {}, "unknown scenario 'testem4'; did you mean 'testem3'"),
        ("testem3", "testem3+woodcok", {}, "did you mean 'woodcock'"),
        ("engine:nativ", "testem3", {}, "did you mean 'native'"),
        ("engine:native", "testem3", {}, "add --scenario"),
        ("+woodcock", "testem3", {}, "no scenario before the \\+"),
        ("testem3", "testem3", {"rounds": 2}, "--rounds: found 2; at least 6"),
        ("testem3", "testem3", {"budget_s": -1.0}, "--budget: found -1.0"),
        ("testem3", "testem3", {"budget_s": float("nan")}, "--budget"),
        ("testem3", "testem3", {"min_speedup": 0.0}, "--min-speedup"),
        ("testem3", "testem3", {"threads": 0}, "--threads"),
        ("testem3", "atlas_like", {}, "start from different events"),
    ],
)
def test_bad_input(fake, a, b, options, message):
    with pytest.raises(BadInput, match=message) as caught:
        run_compare(a, b, **options)
    assert "\n" not in str(caught.value)
    assert fake.runs == 0


def test_pinning_is_undone(fake):
    if not hasattr(os, "sched_getaffinity"):
        pytest.skip("no processor affinity here")
    before = os.sched_getaffinity(0)
    run_compare("testem3", "testem3+woodcock", rounds=6, budget_s=0.1, threads=1)
    assert os.sched_getaffinity(0) == before


@pytest.mark.parametrize(("backend", "share"), [("cpu", 0.5), ("cuda", None)])
def test_a_gpu_has_no_share_of_a_processor(backend, share):
    """What is timed there is wall time, so that the share would always be about one."""
    sides = [SimpleNamespace(backend=name) for name in ("cpu", backend)]
    m = SimpleNamespace(sides=sides, cpu_s=1.0, places=SimpleNamespace(moving_s=[0.25, 0.25]))
    assert processor_share(m, SimpleNamespace(timing_s=2.5)) == share


def test_same_seed_same_physics(fake):
    x, y = (
        run_compare("testem3", "testem3+woodcock", rounds=8, budget_s=1e-3, threads=1, seed=5) for _ in "ab"
    )
    assert np.array_equal([r.difference for r in x.physics.rows], [r.difference for r in y.physics.rows])


def test_what_scenario_and_speedups_name_is_observed(fake):
    overrides = {"scenario.observables": ["edep_MeV.*"]}
    c = run_compare("testem3", "testem3+woodcock", overrides=overrides, rounds=6, budget_s=0.5, threads=1)
    assert "passive" in {row.observable for row in c.physics.rows}
    assert "passive" not in {
        row.observable
        for row in run_compare("testem3", "testem3", rounds=6, budget_s=0.5, threads=1).physics.rows
    }
    with pytest.raises(BadInput, match=r"scenario\.observables: observable 'edep_MeV\.gapp'.*'gap'"):
        run_compare("testem3", "testem3", overrides={"scenario.observables": ["edep_MeV.gapp"]})


def test_what_sides_differ_in_is_told_and_seeds_that_are_not_their_own(fake):
    c = run_compare("testem3", "testem3+woodcock:min_MeV=1", seed=7, rounds=6, budget_s=0.5, threads=1)
    differ = {one.key: (one.a, one.b) for one in c.differ_in}
    assert differ["tracking.woodcock_min_MeV"] == ("0.2", "1.0")
    assert set(differ) <= {"tracking.woodcock_min_MeV", "tracking.gamma"}
    assert c.notes == ["all sides run from seed 7; their scenarios have 1"]
    same = run_compare("testem3", "testem3", rounds=6, budget_s=0.5, threads=1)
    assert (same.differ_in, same.notes) == ([], [])


@pytest.mark.parametrize(
    ("particle", "kinds"),
    [
        ("e-", {"deposit", "layer", "width", "leakage"}),
        ("pi+", {"deposit", "depth", "width", "invisible", "punch-through", "leakage"}),
        ("mu-", {"median", "tail", "width"}),
    ],
)
def test_what_is_shot_decides_what_is_judged(fake, particle, kinds):
    c = run_compare(
        "testem3", "testem3", overrides={"events.particle": particle}, rounds=40, budget_s=1.0, threads=1
    )
    assert {row.observable for row in c.physics.rows} == kinds
    assert c.physics.verdict == "pass"
