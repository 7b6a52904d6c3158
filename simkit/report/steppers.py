"""The page of `simkit study steppers`: when QSS wins, times and counts, the driver, Geant4."""

from __future__ import annotations

from collections.abc import Sequence

from simkit.record.interval import Interval
from simkit.record.stepper_study import StepperCell, StepperStudy, StepperTime
from simkit.report.figures.steppers import driver_figure, gain_figure, step_words, times_figure
from simkit.report.geant4_circles import geant4_section
from simkit.report.numbers import count, duration, energy_words, plain, ratio, typeset
from simkit.report.page_parts import (
    Cell,
    Download,
    Facts,
    Fold,
    Mark,
    Page,
    PageSection,
    Row,
    Table,
)
from simkit.report.provenance import conditions_facts, machine_facts


def stepper_page(study: StepperStudy, download: Download) -> Page:
    """Return the page of a study of steppers."""
    first, *others = study.sentences
    lost = sum(one.lost for cell in study.cells for one in cell.times)
    warning = (
        [f"{count(lost)} planes that should have been crossed were not: see the counts."] if lost else []
    )
    scan = [] if study.scan is None else [_driver(study)]
    return Page(
        title="Steppers in a magnetic field at equal error",
        subtitle=f"electrons of {energy_words(study.energy_MeV)} in {study.strength_T:g} T, "
        f"{study.provenance.machine.get('cpu', 'machine not named')}",
        headline=typeset(first),
        headline_mark=_mark(study.cells),
        remarks=[typeset(text) for text in [*others, *warning]],
        sections=[_map(study), _times(study), *scan, geant4_section(study), _provenance(study, download)],
        created=study.provenance.created,
    )


def _mark(cells: Sequence[StepperCell]) -> Mark:
    gains = [cell.qss_gain for cell in cells if cell.qss_gain is not None]
    if not gains:
        return "open"
    wins = sum(gain.lo > 1.0 for gain in gains)
    return "good" if wins == len(gains) else "" if wins else "bad"


def _ratio_cell(of: Interval | None, detail: str = "") -> Cell:
    if of is None:
        return Cell("–")
    mark: Mark = "good" if of.lo > 1.0 else "bad" if of.hi < 1.0 else "open"
    value, ends = ratio(of.value, of.lo, of.hi)
    return Cell(value, ends, mark, detail)


def _groups(cells: Sequence[StepperCell]) -> dict[tuple[str, float, float | None], list[StepperCell]]:
    """Return the cells by field, error and step, each by boundaries."""
    groups: dict[tuple[str, float, float | None], list[StepperCell]] = {}
    for cell in sorted(cells, key=lambda cell: cell.crossings):
        groups.setdefault((cell.field, cell.target_mm, cell.step_turns), []).append(cell)
    return dict(sorted(groups.items(), key=lambda item: (-item[0][1], item[0][2] is not None)))


def _map(study: StepperStudy) -> PageSection:
    groups = _groups(study.cells)
    planes = sorted({cell.planes for cell in study.cells})
    costs = {field.name: f"{plain(field.ns, 2)} ns a call" for field in study.fields}

    def table(caption: str, of: str) -> Table:
        rows = []
        for (field, target, step), cells in groups.items():
            by_planes = {cell.planes: cell for cell in cells}
            name = Cell(f"{field}, {target:g} mm", step_words(step), detail=costs.get(field, ""))
            rows.append([name, *(_ratio_cell(getattr(by_planes[n], of, None)) for n in planes)])
        return Table(caption, ["at equal error", *(f"{2 * n} boundaries" for n in planes)], rows, wide=True)

    best = table(
        "Time of the best other stepper over that of the best QSS, with 95 % intervals. Above 1 QSS wins.",
        "qss_gain",
    )
    classical = table(
        "Time of classical RK4 that integrates anew at boundaries, over that of the best QSS.",
        "over_classical",
    )
    targets = sorted({cell.target_mm for cell in study.cells}, reverse=True)
    figures = [
        gain_figure(
            f"gain {target:g}",
            f"End point within {target:g} mm",
            [cell for cell in study.cells if cell.target_mm == target],
        )
        for target in targets
        if any(cell.qss_gain is not None for cell in study.cells if cell.target_mm == target)
    ]
    intro = (
        f"Each stepper has the loosest setting at which {study.tracks} electrons end, after "
        f"{study.turns:g} turns, as near as asked (root mean square) to where they must. The best of each "
        f"kind was chosen in {study.choosing} rounds of their own, and timed in turn in "
        f"{study.rounds - study.choosing} others. The helix, which is exact in a uniform field, is left "
        "out of this choice."
    )
    return PageSection(
        "map",
        "Map",
        "Where QSS wins and loses",
        [best, *figures, Fold(Cell("Against classical RK4"), [classical])],
        intro,
    )


def _times(study: StepperStudy) -> PageSection:
    folds = []
    for number, ((field, target, step), cells) in enumerate(_groups(study.cells).items()):
        name = f"{field} field, {target:g} mm, {step_words(step)}"
        figure = times_figure(f"times {field} {target:g} {'any' if step is None else f'{step:g}'}", cells)
        folds.append(
            Fold(
                Cell(name), [figure, Fold(Cell("Counts"), [_counts(cells)])], open=number < len(study.fields)
            )
        )
    return PageSection(
        "times",
        "Times",
        "Time and counts by stepper",
        folds,
        "Dense: boundaries are met on the stepper's dense output; reintegrate: by integrating anew. QSS "
        "meets them on its polynomials; it looks at the field when positions have their events, or at "
        "gaps of 20 mm, or at short gaps that keep in step with the quantum.",
    )


def _counts(cells: Sequence[StepperCell]) -> Table:
    """Return what a turn takes at the fewest, some and the most boundaries."""
    chosen = [cells[i] for i in sorted({0, len(cells) // 2, len(cells) - 1})]
    rows = [_counts_row(cell, one) for cell in chosen for one in cell.times]
    return Table(
        "By turn. The setting is the relative error of a substep, the relative quantum, or the helix's "
        "longest substep in units of 10 m. Given up: a tighter setting gains too little, or takes too "
        "long. The data of the figure hold all numbers of boundaries.",
        [
            *("stepper", "boundaries", "setting", "error (mm)", "µs", "field calls", "substeps"),
            *("rejected", "QSS events", "looks at boundaries"),
        ],
        rows,
        wide=True,
    )


def _counts_row(cell: StepperCell, one: StepperTime) -> list[Cell]:
    time = one.us_per_turn
    return [
        Cell(one.stepper, one.way),
        Cell(f"{cell.crossings:.3g}"),
        Cell(f"{one.setting:.2g}"),
        Cell(plain(one.error_mm, 2), "" if one.reached else "given up"),
        Cell("–")
        if time is None
        else Cell(plain(time.value, 3), f"{plain(time.lo, 3)} to {plain(time.hi, 3)}"),
        *(
            Cell(plain(n, 3))
            for n in (
                one.field_evaluations,
                one.substeps,
                one.rejected_substeps,
                one.events,
                one.boundary_iterations,
            )
        ),
    ]


def _driver(study: StepperStudy) -> PageSection:
    assert study.scan is not None
    rows = []
    for p in study.scan.points:
        if p.preset and p.us_per_turn is not None:
            time = p.us_per_turn
            rows.append(
                [
                    Cell(p.preset, "on the front" if p.front else ""),
                    *(
                        Cell(f"{x:g}")
                        for x in (p.delta_chord_mm, p.delta_intersection_mm, p.delta_one_step_mm)
                    ),
                    Cell(plain(p.end_error_mm, 2)),
                    Cell(plain(p.miss_mm, 2)),
                    Cell(plain(time.value, 3), f"{plain(time.lo, 3)} to {plain(time.hi, 3)}"),
                    Cell(plain(p.field_evaluations, 3)),
                ]
            )
    table = Table(
        "The presets. Lengths in mm.",
        [
            *("preset", "DeltaChord", "DeltaIntersection", "DeltaOneStep", "end point's error"),
            *("farthest from a plane", "µs a turn", "field calls a turn"),
        ],
        rows,
        wide=True,
    )
    return PageSection("driver", "Driver", "The driver's parameters", [driver_figure(study.scan), table])


def _provenance(study: StepperStudy, download: Download) -> PageSection:
    origin = study.provenance
    made = Facts(
        "How it was made",
        [
            ("command", origin.command),
            ("created", origin.created),
            ("rounds", str(study.rounds)),
            ("time", f"{duration(study.used_s)} of {duration(study.budget_s)}"),
            *((f"{field.name} field", f"{plain(field.ns, 2)} ns a call") for field in study.fields),
        ],
    )
    return PageSection(
        "provenance",
        "Provenance",
        "Where the numbers come from",
        [
            Row([made, machine_facts(origin.machine, origin.versions)]),
            Row([Facts("Versions", list(origin.versions.items())), *conditions_facts(study.conditions)]),
            download,
        ],
    )
