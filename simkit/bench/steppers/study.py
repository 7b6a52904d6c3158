"""The whole study: settings of equal error, times in rounds, the map, the scan of the driver's parameters."""

from __future__ import annotations

import csv
import io
import math
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.resources import files
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simkit.bench.steppers.circles import (
    FIELDS,
    PHASES,
    STRENGTH_T,
    Circle,
    Followed,
    build_circle,
    propagator_of,
    run_circle,
)
from simkit.bench.steppers.rounds import (
    CHOOSING,
    TimedTask,
    fastest,
    ratio_of,
    time_of,
    time_rounds,
    timed,
)
from simkit.bench.steppers.settings import Setting, find_setting, is_quantised, ways
from simkit.bench.steppers.words import sentences
from simkit.errors import BadInput, unknown
from simkit.field.catalogue import STEPPERS
from simkit.field.driver import PRESETS, Driver
from simkit.field.maps.tabulate import field_at_points
from simkit.record.conditions import Watch
from simkit.record.part import FINE, PHYSICS_DIFFERS
from simkit.record.provenance import make_provenance
from simkit.record.stepper_study import (
    DriverPoint,
    DriverScan,
    FieldCost,
    Geant4Circle,
    StepperCell,
    StepperStudy,
    StepperTime,
)

PLANES = (0, 2, 10, 50, 100, 200)
TARGETS_MM = (1e-2, 1e-4)
STEPS = (0.05, math.inf)
TURNS = 10.0
FIRST_GUESS = 24
GEANT4 = "geant4_11.4.1_circles"
GEANT4_SOURCE = "Geant4 11.4.1, runs made for simkit"
# Of the driver's scan.
SCAN_STEPPER, SCAN_PLANES, SCAN_STEP = "dormand-prince", 20, 0.05
CHORDS_MM = (1e-3, 1e-2, 0.1, 0.25, 1.0)
EPSILONS = (1e-2, 1e-3, 1e-4, 1e-5)
INTERSECTIONS_MM = (1e-2, 1e-4, 1e-6)
MOST_PLANES = 1000

Tell = Callable[[float, str], None]


class StudyPlan(NamedTuple):
    """What is measured: every combination of these. energy: MeV; planes: each crossed twice a turn."""

    steppers: Sequence[str] = tuple(STEPPERS)
    fields: Sequence[str] = tuple(FIELDS)
    planes: Sequence[int] = PLANES
    targets_mm: Sequence[float] = TARGETS_MM
    steps: Sequence[float] = STEPS
    energy_MeV: float = 50.0
    scan: bool = True


def check_plan(plan: StudyPlan) -> None:
    """Raise BadInput for what cannot be measured."""
    for kind, names, known in (("stepper", plan.steppers, STEPPERS), ("field", plan.fields, FIELDS)):
        for name in names:
            if name not in known:
                raise unknown(kind, name, known, f"--{kind}")
    if not 10.0 <= plan.energy_MeV <= 50.0:
        raise BadInput(f"--energy: found {plan.energy_MeV:g}; the electrons have 10 to 50 MeV")
    if not all(0 <= n <= MOST_PLANES for n in plan.planes):
        raise BadInput(f"--planes: found {', '.join(map(str, plan.planes))}; allowed: 0 to {MOST_PLANES}")


def run_steppers(
    plan: StudyPlan, budget_s: float, command: str = "", tell: Tell | None = None
) -> StepperStudy:
    """Measure steppers; within about `budget_s`, but for what the fewest rounds need. Errors: BadInput."""
    check_plan(plan)
    say = tell or (lambda done, doing: None)
    watch, begin = Watch(), time.perf_counter()

    def left() -> float:
        return budget_s - (time.perf_counter() - begin)

    built = {name: FIELDS[name]() for name in plan.fields}
    cells: list[StepperCell] = []
    settings: list[tuple[int, int, TimedTask]] = []  # (cell, place in its times)
    for done, (cell, found, circle) in enumerate(_cells(plan, built)):
        step = math.inf if cell.step_turns is None else cell.step_turns
        for place, one in enumerate(found):
            if one.reached:
                settings.append((len(cells), place, timed(circle, one.propagator, step)))
        cells.append(cell)
        say(0.5 * (done + 1) / _number_of_cells(plan), "finding settings of equal error")
    scan, scanned = _scan(plan) if plan.scan else (None, [])
    everything = [one for _, _, one in settings] + scanned

    def told(rounds: int, fewest: int) -> None:
        spent = 1.0 - left() / budget_s
        say(0.5 + 0.5 * min(max(spent, 0.0), rounds / fewest, 1.0), "timing in turn")

    logs = time_rounds(everything, left, told) if everything else np.zeros((0, 0))
    for i, (number, place, _) in enumerate(settings):
        cells[number].times[place].us_per_turn = time_of(logs, i)
    for number, cell in enumerate(cells):
        _judge(cell, {place: i for i, (of, place, _) in enumerate(settings) if of == number}, logs)
    if scan is not None:
        _draw_front(scan, logs[:, len(settings) :])
    lost = any(one.lost for cell in cells for one in cell.times if one.reached)
    return StepperStudy(
        energy_MeV=plan.energy_MeV,
        strength_T=STRENGTH_T,
        turns=TURNS,
        tracks=PHASES,
        fields=[FieldCost(name=name, ns=_call_ns(field)) for name, field in built.items()],
        cells=cells,
        scan=scan,
        geant4=list(geant4_circles()),
        geant4_source=GEANT4_SOURCE,
        sentences=sentences(cells),
        rounds=len(logs),
        choosing=CHOOSING,
        exit_code=PHYSICS_DIFFERS if lost else FINE,
        budget_s=budget_s,
        used_s=time.perf_counter() - begin,
        conditions=watch.conditions(set(), None),
        provenance=make_provenance(command, 0),
    )


def geant4_circles() -> Iterator[Geant4Circle]:
    """Yield Geant4's figures."""
    text = (files("simkit.bench.steppers") / "data" / f"{GEANT4}.csv").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for row in csv.DictReader(io.StringIO("\n".join(lines))):
        yield Geant4Circle(**{key: value or None for key, value in row.items()})  # type: ignore[arg-type]


def _number_of_cells(plan: StudyPlan) -> int:
    return len(plan.fields) * len(plan.planes) * len(plan.steps) * len(plan.targets_mm)


def _cells(plan: StudyPlan, fields: dict[str, object]) -> Iterator[tuple[StepperCell, list[Setting], Circle]]:
    """Yield every cell of the map with its steppers' settings, those known for fewer planes as guesses."""
    guesses: dict[tuple[object, ...], int] = {}
    for field, planes in product(plan.fields, plan.planes):
        circle = build_circle(fields[field], plan.energy_MeV, TURNS, planes)
        for step, target in product(plan.steps, plan.targets_mm):
            found = []
            for stepper, way in ((s, w) for s in plan.steppers for w in ways(s)):
                key = (field, step, target, stepper, way)
                guess = guesses.get(key, FIRST_GUESS)
                one, guesses[key] = find_setting(circle, step, stepper, way, target, guess)
                found.append(one)
            cell = StepperCell(
                field=field,
                step_turns=None if math.isinf(step) else step,
                target_mm=target,
                planes=planes,
                crossings=circle.crossings / (PHASES * TURNS),
                times=[_untimed(one) for one in found],
            )
            yield cell, found, circle


def _untimed(one: Setting) -> StepperTime:
    followed = one.followed
    return StepperTime(
        stepper=one.stepper,
        way=one.way,
        setting=one.value,
        error_mm=followed.error_mm if math.isfinite(followed.error_mm) else None,
        reached=one.reached,
        us_per_turn=None,
        miss_mm=followed.miss_mm,
        lost=followed.lost if one.reached else 0,
        steps=followed.steps / (PHASES * TURNS),
        **followed.counts,
    )


def _judge(cell: StepperCell, columns: dict[int, int], logs: NDArray[np.float64]) -> None:
    """Choose the best of each kind in a cell, and compare them. columns: by place in its times."""
    qss = [place for place in columns if is_quantised(cell.times[place].stepper)]
    # The helix is exact in a uniform field and has no error to keep elsewhere: no rival.
    others = [place for place in columns if place not in qss and cell.times[place].stepper != "helix"]
    best = [fastest(logs, [columns[place] for place in group]) for group in (qss, others)]
    names = {columns[place]: cell.times[place].name for place in columns}
    if best[0] is not None:
        cell.best_qss = names[best[0]]
        classical = [place for place in others if cell.times[place].name == "rk4, reintegrate"]
        if classical:
            cell.over_classical = ratio_of(logs, columns[classical[0]], best[0])
    if best[1] is not None:
        cell.best_other = names[best[1]]
    if best[0] is not None and best[1] is not None:
        cell.qss_gain = ratio_of(logs, best[1], best[0])


def _scan(plan: StudyPlan) -> tuple[DriverScan, list[TimedTask]]:
    """Return the scan of the driver's parameters, not timed yet, and what to time for each point."""
    circle = build_circle(FIELDS["uniform"](), plan.energy_MeV, TURNS, SCAN_PLANES)
    grid: list[tuple[str, dict[str, Any]]] = [
        ("", {"delta_chord_mm": c, "epsilon_min": e, "epsilon_max": e, "delta_intersection_mm": d})
        for c, e, d in product(CHORDS_MM, EPSILONS, INTERSECTIONS_MM)
    ]
    points, to_time = [], []
    presets: list[tuple[str, dict[str, Any]]] = [(name, {"driver": name}) for name in PRESETS]
    for preset, keys in [*presets, *grid]:
        propagator = propagator_of(circle, {"stepper": SCAN_STEPPER, **keys})
        to_time.append(timed(circle, propagator, SCAN_STEP))
        points.append(_point(preset, propagator.driver, run_circle(circle, propagator, SCAN_STEP)))
    scan = DriverScan(
        stepper=SCAN_STEPPER,
        field="uniform",
        step_turns=SCAN_STEP,
        crossings=circle.crossings / (PHASES * TURNS),
        points=points,
    )
    return scan, to_time


def _point(preset: str, driver: Driver, followed: Followed) -> DriverPoint:
    return DriverPoint(
        preset=preset,
        delta_chord_mm=driver.delta_chord,
        delta_intersection_mm=driver.delta_intersection,
        delta_one_step_mm=driver.delta_one_step,
        epsilon_min=driver.epsilon_min,
        epsilon_max=driver.epsilon_max,
        largest_step_mm=driver.largest_step,
        end_error_mm=followed.error_mm,
        miss_mm=followed.miss_mm,
        error_mm=max(followed.error_mm, followed.miss_mm),
        field_evaluations=followed.counts["field_evaluations"],
    )


def _draw_front(scan: DriverScan, logs: NDArray[np.float64]) -> None:
    """Give every point its time, and mark the front of time against error."""
    times = [time_of(logs, i) for i in range(len(scan.points))]
    least = math.inf
    for i in sorted(range(len(times)), key=lambda i: (times[i].value, scan.points[i].error_mm)):
        point = scan.points[i]
        point.us_per_turn = times[i]
        point.front = point.error_mm < least
        least = min(least, point.error_mm)


def _call_ns(field: object) -> float:
    """Return what a call of a field takes (ns), the shortest of a few blocks."""
    points = np.random.default_rng(1).uniform(-100.0, 100.0, (20_000, 3)) + np.array([300.0, 0.0, 100.0])
    used = []
    for _ in range(7):
        begin = time.thread_time()
        field_at_points(field, points)
        used.append(time.thread_time() - begin)
    return 1e9 * min(used) / len(points)
