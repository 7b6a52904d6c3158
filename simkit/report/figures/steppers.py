"""Steppers in a field: time against boundaries, what QSS gains, time against error of the driver's values."""

from __future__ import annotations

from collections.abc import Sequence

from simkit.record.stepper_study import DriverScan, StepperCell, StepperTime
from simkit.report.figures import style
from simkit.report.numbers import plain, ratio
from simkit.report.page_parts import Figure, file_name

HEIGHT = 340
DASHES = {"reintegrate": "dot", "gaps": "dot", "short gaps": "dash"}
COLUMNS = [
    *("boundaries", "stepper", "way", "setting", "error_mm", "us_per_turn", "us_lo", "us_hi", "steps"),
    *(
        "field_evaluations",
        "substeps",
        "rejected_substeps",
        "events",
        "boundary_iterations",
        "miss_mm",
        "lost",
    ),
]


def times_figure(name: str, cells: Sequence[StepperCell]) -> Figure:
    """Return the time of a turn by the boundaries crossed in it; cells: of one field, error and step."""
    ordered = sorted(cells, key=lambda cell: cell.crossings)
    plot = style.new_figure(HEIGHT)
    steppers = list(dict.fromkeys(one.stepper for cell in ordered for one in cell.times))
    ways = dict.fromkeys((one.stepper, one.way) for cell in ordered for one in cell.times)
    for stepper, way in ways:
        known = [
            (cell, one) for cell in ordered for one in cell.times if (one.stepper, one.way) == (stepper, way)
        ]
        timed = [(cell, one) for cell, one in known if one.us_per_turn is not None]
        if not timed:
            continue
        colour = style.series(steppers.index(stepper) % len(style.SERIES))
        plot.add_scatter(
            x=[cell.crossings for cell, _ in timed],
            y=[one.us_per_turn.value for _, one in timed if one.us_per_turn],
            mode="lines+markers",
            line={"color": colour, "width": 2, "dash": DASHES.get(way, "solid")},
            marker={"color": colour, "size": 6},
            name=f"{stepper}, {way}",
            text=[_words(cell, one) for cell, one in timed],
            hovertemplate="%{text}<extra></extra>",
        )
    plot.update_xaxes(title_text="boundaries crossed in a turn")
    plot.update_yaxes(title_text="µs a turn", type="log")
    rows = [
        [
            *(cell.crossings, one.stepper, one.way, one.setting, one.error_mm),
            *((t.value, t.lo, t.hi) if (t := one.us_per_turn) else (None, None, None)),
            *(
                one.steps,
                one.field_evaluations,
                one.substeps,
                one.rejected_substeps,
                one.events,
                one.boundary_iterations,
            ),
            *(one.miss_mm, one.lost),
        ]
        for cell in ordered
        for one in cell.times
    ]
    caption = (
        "CPU time at the loosest setting whose end point is as near as asked. "
        "Dotted and dashed: other ways of the same."
    )
    return Figure(file_name(name), "Time of a turn", caption, plot, COLUMNS, rows)


def _words(cell: StepperCell, one: StepperTime) -> str:
    assert one.us_per_turn is not None
    return (
        f"{one.name}<br>{cell.crossings:.3g} boundaries: {plain(one.us_per_turn.value, 3)} µs, "
        f"error {plain(one.error_mm, 2)} mm<br>{plain(one.field_evaluations, 3)} field calls, "
        f"{plain(one.substeps or one.events, 3)} {'events' if one.events else 'substeps'}"
    )


def gain_figure(name: str, title: str, cells: Sequence[StepperCell]) -> Figure:
    """Return what QSS gains over the best other stepper by boundaries; cells: of one error."""
    plot = style.new_figure(HEIGHT)
    groups: dict[tuple[str, float | None], list[StepperCell]] = {}
    for cell in sorted(cells, key=lambda cell: cell.crossings):
        if cell.qss_gain is not None:
            groups.setdefault((cell.field, cell.step_turns), []).append(cell)
    fields = list(dict.fromkeys(field for field, _ in groups))
    for (field, step), known in groups.items():
        gains = [cell.qss_gain for cell in known if cell.qss_gain is not None]
        colour = style.series(fields.index(field) % len(style.SERIES))
        value = [gain.value for gain in gains]
        plot.add_scatter(
            x=[cell.crossings for cell in known],
            y=value,
            error_y=style.error_bars([gain.lo for gain in gains], value, [gain.hi for gain in gains], colour),
            mode="lines+markers",
            line={"color": colour, "width": 2, "dash": "solid" if step is None else "dot"},
            marker={"color": colour, "size": 7},
            name=f"{field}, {step_words(step)}",
            text=[
                "{} boundaries: {} ({})<br>{} against {}".format(
                    f"{cell.crossings:.3g}", *ratio(g.value, g.lo, g.hi), cell.best_qss, cell.best_other
                )
                for cell, g in zip(known, gains)
            ],
            hovertemplate="%{text}<extra></extra>",
        )
    plot.add_hline(y=1.0, line={"color": style.MUTED, "width": 1})
    plot.update_xaxes(title_text="boundaries crossed in a turn")
    plot.update_yaxes(title_text="time of the best other / of the best QSS", type="log")
    columns = ["field", "step_turns", "target_mm", "boundaries", "best_qss", "best_other", "gain", "lo", "hi"]
    rows = [
        [
            *(cell.field, cell.step_turns, cell.target_mm, cell.crossings, cell.best_qss, cell.best_other),
            *(cell.qss_gain.value, cell.qss_gain.lo, cell.qss_gain.hi),
        ]
        for cell in cells
        if cell.qss_gain is not None
    ]
    caption = "Above the line QSS is faster. Bars: 95 % intervals of the ratio, paired by round."
    return Figure(file_name(name), title, caption, plot, columns, rows)


def step_words(step_turns: float | None) -> str:
    """Return how long a step may be."""
    return "steps of any length" if step_turns is None else f"steps up to {step_turns:g} turns"


def driver_figure(scan: DriverScan) -> Figure:
    """Return time against error of the driver's parameters, the front and the presets."""
    plot = style.new_figure(HEIGHT)
    timed = [(point, point.us_per_turn) for point in scan.points if point.us_per_turn is not None]
    grid = [(point, time) for point, time in timed if not point.preset]
    texts = {
        id(point): f"{point.preset or 'scan'}: {plain(time.value, 3)} µs, {plain(point.error_mm, 2)} mm<br>"
        f"DeltaChord {point.delta_chord_mm:g}, DeltaIntersection {point.delta_intersection_mm:g}, "
        f"epsilon {point.epsilon_min:g} to {point.epsilon_max:g}"
        for point, time in timed
    }
    front = sorted(((p, t) for p, t in timed if p.front), key=lambda pair: pair[0].error_mm)
    named = [(point, time) for point, time in timed if point.preset]
    for name, some, look in (
        ("scan", grid, {"mode": "markers", "marker": {"color": style.REFERENCE, "size": 6}}),
        ("front", front, {"mode": "lines", "line": {"color": style.ACCENT, "width": 2, "shape": "hv"}}),
        ("preset", named, {"mode": "markers+text", "marker": {"color": style.series(1), "size": 10}}),
    ):
        plot.add_scatter(
            x=[point.error_mm for point, _ in some],
            y=[time.value for _, time in some],
            name=name,
            text=[point.preset if name == "preset" else texts[id(point)] for point, _ in some],
            textposition=_positions([point.preset for point, _ in some]) if name == "preset" else None,
            hovertext=[texts[id(point)] for point, _ in some],
            hovertemplate="%{hovertext}<extra></extra>",
            **look,
        )
    plot.update_xaxes(title_text="error (mm)", type="log", exponentformat="power", dtick=1)
    plot.update_yaxes(title_text="µs a turn", type="log")
    columns = [
        *(
            "preset",
            "delta_chord_mm",
            "delta_intersection_mm",
            "delta_one_step_mm",
            "epsilon_min",
            "epsilon_max",
        ),
        *(
            "end_error_mm",
            "miss_mm",
            "error_mm",
            "us_per_turn",
            "us_lo",
            "us_hi",
            "field_evaluations",
            "front",
        ),
    ]
    rows = [
        [
            *(p.preset, p.delta_chord_mm, p.delta_intersection_mm, p.delta_one_step_mm, p.epsilon_min),
            *(p.epsilon_max, p.end_error_mm, p.miss_mm, p.error_mm, t.value, t.lo, t.hi),
            *(p.field_evaluations, p.front),
        ]
        for p, t in timed
    ]
    caption = (
        f"{scan.stepper}, {scan.field} field, {scan.crossings:.3g} boundaries a turn, "
        f"{step_words(scan.step_turns)}. Error: the larger of the end point's after ten turns and the "
        "farthest that a track was from a plane that it crossed."
    )
    return Figure("driver", "Time against error", caption, plot, columns, rows)


def _positions(names: Sequence[str]) -> list[str]:
    """Return where the names stand: those of neighbours apart."""
    return ["bottom left" if name == "loose" else "top right" for name in names]
