"""What Geant4 does at the task that steppers are measured at, beside simkit."""

from __future__ import annotations

import math
from collections.abc import Sequence

from simkit.record.stepper_study import Geant4Circle, StepperStudy
from simkit.report.numbers import plain
from simkit.report.page_parts import Cell, PageSection, Table, Text

BESIDE = {
    "rk4": "RK4",
    "dormand-prince": "Dormand-Prince",
    "qss2": "QSS2",
    "qss3": "QSS3",
    "qss3_repaired": "QSS3, repaired",
}
SAME_MM = 0.02
FARTHEST = 2.0  # times SAME_MM, beyond which no run is near enough


def geant4_section(study: StepperStudy) -> PageSection:
    """Return Geant4's figures at the same error beside ours: times over those of the same program's RK4."""
    rows = []
    for n in sorted({one.crossings for one in study.geant4}):
        here = [one for one in study.geant4 if one.crossings == n]
        rk4 = next(one for one in here if one.stepper == "rk4")
        cells = [_beside([one for one in here if one.stepper == name], rk4) for name in BESIDE]
        rows.append([Cell(str(n)), *cells, _ours(study, n)])
    table = Table(
        f"Times over that of the same program's classical RK4, at an error of {SAME_MM:g} mm after 20 "
        "turns (simkit: 0.01 mm after 10). Below: microseconds a turn, and what was measured at the "
        "finest setting. simkit: uniform field, steps up to 0.05 turns, over RK4 that integrates anew.",
        ["boundaries a turn", *(f"Geant4: {name}" for name in BESIDE.values()), "simkit: best QSS"],
        rows,
        wide=True,
    )
    notes = Text(
        f"{study.geant4_source}: electrons of 50 MeV in 2 T, 20 turns, steps of at most a 20th of a turn. "
        "On another machine: compare ratios. RK4 and Dormand-Prince at epsilon 1e-5, which is more "
        "precise than asked and could be cheaper; QSS between what it does at the relative quanta 1e-3, "
        "its default, and 1e-5 (times and errors taken as powers of each other), where it errs by 0.04 "
        "mm and, by default, by 3.5 mm. Its QSS3 errs by centimetres at any quantum, as it takes the "
        "charge's cube for another; repaired, it does what it should."
    )
    return PageSection("geant4", "Geant4", "What Geant4 does at the same error", [table, notes])


def _beside(runs: Sequence[Geant4Circle], rk4: Geant4Circle) -> Cell:
    """Return the time of Geant4's runs with one stepper at SAME_MM, over RK4's."""
    if not runs:
        return Cell("–")
    finest = min(runs, key=lambda one: one.quantum or 0.0)
    done = f"{plain(finest.error_mm, 2)} mm in {plain(finest.us_per_turn, 3)} µs"
    if len(runs) == 1:
        return Cell(f"{runs[0].us_per_turn / rk4.us_per_turn:.2f}", done)
    time = time_at(runs, SAME_MM)
    if time is None:
        return Cell("not reached", done)
    return Cell(f"{time / rk4.us_per_turn:.2f}", f"{plain(time, 3)} µs", detail=done)


def time_at(runs: Sequence[Geant4Circle], error_mm: float) -> float | None:
    """Return the time at an error from two runs, as powers of each other; None where both are too far."""
    coarse, fine = sorted(runs, key=lambda one: -(one.quantum or 0.0))
    if fine.error_mm > FARTHEST * error_mm or fine.error_mm >= coarse.error_mm:
        return None
    power = math.log(fine.us_per_turn / coarse.us_per_turn) / math.log(coarse.error_mm / fine.error_mm)
    return fine.us_per_turn * (fine.error_mm / error_mm) ** power


def _ours(study: StepperStudy, crossings: int) -> Cell:
    for cell in study.cells:
        here = (cell.field, cell.step_turns, cell.target_mm, 2 * cell.planes)
        if here == ("uniform", 0.05, 0.01, crossings) and cell.over_classical is not None:
            of = cell.over_classical
            best = next(one for one in cell.times if one.name == cell.best_qss)
            time = "" if best.us_per_turn is None else f"{plain(best.us_per_turn.value, 3)} µs"
            return Cell(
                f"{1.0 / of.value:.2f}", time, detail=f"{plain(best.error_mm, 2)} mm, {cell.best_qss}"
            )
    return Cell("–")
