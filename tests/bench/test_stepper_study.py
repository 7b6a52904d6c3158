"""Steppers at equal error: the task, the settings found, the map, and what is said of it in each state."""

from __future__ import annotations

import math

import pytest

from simkit.bench.steppers.circles import FIELDS, PHASES, build_circle, propagator_of, run_circle
from simkit.bench.steppers.settings import find_setting, propagator_at
from simkit.bench.steppers.study import StudyPlan, check_plan, geant4_circles, run_steppers
from simkit.bench.steppers.words import NONE_MEASURED, sentences
from simkit.errors import BadInput
from simkit.record.interval import Interval
from simkit.record.stepper_study import StepperCell, StepperStudy, StepperTime

CIRCLE = build_circle(FIELDS["uniform"](), 50.0, 2.0, 5)


def test_a_turn_of_50_MeV_in_2_T_and_its_planes() -> None:
    """R = 84.2390 mm (Geant4's runs have it, too); five planes, each crossed twice a turn."""
    assert CIRCLE.turn_mm / (2.0 * math.pi) == pytest.approx(84.2389672, rel=1e-7)
    assert CIRCLE.crossings == PHASES * 2 * 2 * 5
    helix = run_circle(CIRCLE, propagator_of(CIRCLE, {"stepper": "helix"}), 0.05)
    assert helix.crossings == CIRCLE.crossings
    assert helix.error_mm < 1e-9  # exact in a uniform field
    assert helix.miss_mm < 1e-3  # DeltaIntersection


def test_a_field_that_varies_has_its_ends_from_a_finer_run() -> None:
    """Two steppers that share no formula end within a micrometre of each other."""
    circle = build_circle(FIELDS["table"](), 50.0, 2.0, 0)
    fine = {"epsilon_min": 1e-9, "epsilon_max": 1e-9, "most_substeps": 1_000_000}
    assert run_circle(circle, propagator_of(circle, {"stepper": "nystrom", **fine}), 1.0).error_mm < 1e-5
    assert run_circle(circle, propagator_of(circle, {"stepper": "helix"}), 1.0).error_mm > 1e-2


@pytest.mark.parametrize("target", [1e-3, 1e-5])
def test_a_setting_is_the_loosest_that_reaches_the_error(target: float) -> None:
    one, number = find_setting(CIRCLE, 1.0, "nystrom", "dense", target, 24)
    assert one.reached
    assert one.followed.error_mm <= target
    looser = propagator_at(CIRCLE, "nystrom", "dense", one.value * 10.0 ** (1 / 8))
    assert run_circle(CIRCLE, looser, 1.0).error_mm > target
    assert find_setting(CIRCLE, 1.0, "nystrom", "dense", target, number)[1] == number


def test_a_setting_that_does_not_rule_yet_is_no_reason_to_give_up() -> None:
    """Short steps hold the error where it is over four decades of epsilon, and only then it falls."""
    circle = build_circle(FIELDS["uniform"](), 50.0, 10.0, 0)
    one, _ = find_setting(circle, 0.05, "dormand-prince", "dense", 1e-4, 0)
    assert one.reached
    assert one.value < 1e-5


def test_an_error_out_of_reach_is_given_up() -> None:
    one, _ = find_setting(CIRCLE, 1.0, "nystrom", "dense", 1e-15, 24)
    assert not one.reached


@pytest.fixture(scope="module")
def tiny() -> StepperStudy:
    plan = StudyPlan(("rk4", "nystrom", "qss3"), ("uniform",), (0, 5), (1e-2,), (math.inf,), scan=False)
    return run_steppers(plan, 1.0, "simkit study steppers")


def test_a_tiny_study(tiny: StepperStudy) -> None:
    assert [cell.crossings for cell in tiny.cells] == [0.0, 10.0]
    for cell in tiny.cells:
        assert [one.name for one in cell.times][-2:] == ["qss3, gaps", "qss3, short gaps"]
        assert all(one.reached and one.lost == 0 for one in cell.times)
        assert all(one.error_mm is not None and one.error_mm <= cell.target_mm for one in cell.times)
        assert all(one.us_per_turn is not None and one.us_per_turn.value > 0.0 for one in cell.times)
        assert cell.qss_gain is not None
        assert cell.qss_gain.lo <= cell.qss_gain.value <= cell.qss_gain.hi
        assert cell.qss_gain.hi < 1.0  # without boundaries, or few, RK4 wins in a uniform field
    events = [(one.events > 0.0, one.substeps > 0.0) for one in tiny.cells[0].times]
    assert events == [(False, True)] * 4 + [(True, False)] * 3
    assert tiny.sentences[0].startswith("Do not use QSS for speed")
    assert tiny.exit_code == 0
    assert StepperStudy.model_validate_json(tiny.to_json()) == tiny


def test_the_scan_marks_presets_and_a_front() -> None:
    scan = run_steppers(StudyPlan(("rk4",), ("uniform",), (0,), (1e-2,), (math.inf,)), 1.0).scan
    assert scan is not None
    assert {p.preset for p in scan.points} == {"", "geant4", "strict", "intermediate", "loose"}
    front = sorted((p for p in scan.points if p.front), key=lambda p: p.error_mm)
    times = [p.us_per_turn.value for p in front if p.us_per_turn is not None]
    assert len(times) > 2
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (StudyPlan(steppers=("rk5",)), "did you mean 'rk4'?"),
        (StudyPlan(fields=("toroid",)), "toroid"),
        (StudyPlan(energy_MeV=5.0), "10 to 50 MeV"),
        (StudyPlan(planes=(0, 5000)), "allowed: 0 to 1000"),
    ],
)
def test_what_cannot_be_measured(plan: StudyPlan, words: str) -> None:
    with pytest.raises(BadInput) as caught:
        check_plan(plan)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_geant4s_figures() -> None:
    """Its QSS3 errs by centimetres, and does not once it is repaired (data/geant4_11.4.1_circles.csv)."""
    found = {(one.stepper, one.quantum, one.crossings): one for one in geant4_circles()}
    assert found["rk4", None, 0].us_per_turn == 19.2
    assert found["qss3", 1e-5, 0].error_mm == 33.0
    assert found["qss3_repaired", 1e-5, 0].error_mm < 1e-3


def cell(crossings: float, gain: tuple[float, float, float] | None, **more: object) -> StepperCell:
    """Return a cell with a gain (value, lo, hi); half of it over RK4."""
    value = None if gain is None else Interval(value=gain[0], lo=gain[1], hi=gain[2])
    keys = {"field": "table", "step_turns": None, "target_mm": 0.01, "planes": 0, "times": [], **more}
    return StepperCell.model_validate(
        {
            **keys,
            "crossings": crossings,
            "best_qss": "qss3, gaps",
            "best_other": "nystrom, dense",
            "qss_gain": value,
            "over_classical": value,
        }
    )


WON, LOST, OPEN = (1.5, 1.4, 1.6), (0.5, 0.4, 0.6), (1.0, 0.9, 1.1)


@pytest.mark.parametrize(
    ("gains", "words"),
    [
        (
            [LOST, LOST],
            "in none of 2 cases, slower in all of them. It came nearest with 10 boundaries a turn",
        ),
        (
            [LOST, OPEN],
            "in none of 2 cases, slower in 1, not settled in 1. It came nearest with 100 boundaries",
        ),
        ([WON, WON], "Use QSS: at equal end-point error it was faster in all 2 cases. It gained most with"),
        ([LOST, WON, WON], "Use QSS from 100 boundaries crossed a turn: at equal end-point error"),
        ([WON, LOST], "Use QSS up to 10 boundaries crossed a turn: "),
        ([LOST, WON, LOST], "Use QSS at 100 boundaries crossed a turn: "),
        ([WON, LOST, WON], "Use QSS at 10 and 1000 boundaries crossed a turn: "),
        ([OPEN, WON], "(1 of 2 cases; slower in 0, not settled in 1)"),
    ],
)
def test_when_to_use_qss(gains: list[tuple[float, float, float]], words: str) -> None:
    cells = [cell(10.0 ** (i + 1), gain) for i, gain in enumerate(gains)]
    assert words in sentences(cells)[0]


def test_fields_that_differ_are_named_and_those_that_agree_are_not() -> None:
    both = [
        cell(n, gain, field=name) for name in ("table", "solenoid") for n, gain in ((10, LOST), (99, WON))
    ]
    assert sentences(both)[0].startswith("Use QSS from 99 boundaries crossed a turn: ")
    both[1] = cell(99, LOST)
    said = sentences(both)[0]
    assert "from 99 boundaries crossed a turn (solenoid field, 0.01 mm, steps of any length): at" in said
    assert "table field" not in said.partition(":")[0]


def test_step_lengths_that_agree_are_not_named() -> None:
    cells = [cell(n, gain, step_turns=step) for step in (None, 0.05) for n, gain in ((10, LOST), (99, WON))]
    cells += [cell(10, LOST, field="uniform"), cell(99, LOST, field="uniform")]
    assert "from 99 boundaries crossed a turn (table field, 0.01 mm): at" in sentences(cells)[0]


def test_against_classical_rk4() -> None:
    said = sentences([cell(1.0, LOST), cell(9.0, WON)])[1]
    assert "faster in 1 and slower in 1 of 2 cases: from 0.5" in said


def test_nothing_measured_and_nothing_reached() -> None:
    assert sentences([cell(1.0, None)]) == [NONE_MEASURED]
    counts = dict.fromkeys(
        ("miss_mm", "steps", "field_evaluations", "substeps", "rejected_substeps", "events"), 0.0
    )
    one = StepperTime.model_validate(
        {
            **{"stepper": "qss2", "way": "gaps", "setting": 1e-9, "error_mm": 1.0, "reached": False},
            **{"us_per_turn": None, "lost": 0, "boundary_iterations": 0.0, **counts},
        }
    )
    assert sentences([cell(1.0, None, times=[one])]) == [
        "No QSS stepper reached the error asked for anywhere."
    ]
    known = sentences([cell(1.0, None, times=[one]), cell(2.0, WON)])
    assert known[-1] == "In 1 of 2 cases no QSS stepper reached the error asked for."
