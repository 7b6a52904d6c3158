"""Every observable of the equivalence tests in units of its margin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simkit.record.equivalence import Equivalence, EquivalenceRow
from simkit.report.figures import style
from simkit.report.numbers import label, plain
from simkit.report.observables import difference_words, listed_rows, row_name
from simkit.report.page_parts import Figure, Span, filter_key

SHOWN = 2.5  # margins to either side; what lies beyond is drawn at the edge
DATA = {  # columns of the data and the fields of a row that they hold
    "observable": "observable",
    "region": "region",
    "layer": "layer",
    "before": "a",
    "after": "b",
    "value_unit": "value_unit",
    "difference": "difference",
    "lo90": "lo90",
    "hi90": "hi90",
    "standard_error": "standard_error",
    "margin": "margin",
    "unit": "unit",
    "verdict": "verdict",
}


def margins_figure(tests: Mapping[str, Equivalence]) -> Figure:
    """Return differences with 90 % intervals over their margins; of a region's layers the farthest out."""
    listed = [listed_rows(physics.rows) for physics in tests.values()]
    plot = style.new_figure(22 * sum(len(rows) + 1.4 for rows in listed))
    ticks: dict[float, str] = {}
    groups: dict[str, list[tuple[float, EquivalenceRow]]] = {}
    position = 0.0
    spans = []
    for name, rows in zip(tests, listed):
        spans.append(Span(position - 0.7, position + len(rows) + 0.7, filter_key("entry", name)))
        style.heading(plot, label(name), position)
        for row in rows:
            position += 1.0
            ticks[position] = label(row_name(row))
            groups.setdefault(row.verdict, []).append((position, row))
        position += 1.4
    for verdict in ("pass", "inconclusive", "fail"):
        points = groups.get(verdict, [])
        if points:
            _points(plot, verdict, points)
    style.band(plot, -1.0, 1.0, style.MARGIN)
    style.rule(plot, 0.0)
    plot.update_yaxes(
        tickmode="array",
        tickvals=list(ticks),
        ticktext=list(ticks.values()),
        range=[position - 0.8, -0.6],
        showgrid=False,
        fixedrange=True,
        tickfont={"size": 13, "color": style.INK},
    )
    plot.update_xaxes(title_text="difference / margin", range=[-SHOWN - 0.1, SHOWN + 0.1], dtick=1)
    data = [
        [name, *(_datum(r, column) for column in DATA)]
        for name, physics in tests.items()
        for r in physics.rows
    ]
    return Figure(
        "margins",
        "Differences in units of their margins",
        "An observable passes when its 90 % interval lies inside the shaded margin. Of a region's layers the "
        "one that reaches farthest is drawn; the data has all. Triangles lie outside of the figure.",
        plot,
        ["rung", *DATA],
        data,
        spans,
    )


def _datum(row: EquivalenceRow, column: str) -> object:
    """Return what stands in the data; layers count from 1."""
    value = getattr(row, DATA[column])
    return value + 1 if column == "layer" and value is not None else value


def _points(plot: style.go.Figure, verdict: str, points: Sequence[tuple[float, EquivalenceRow]]) -> None:
    def inside(x: float) -> float:
        return min(max(x, -SHOWN), SHOWN)

    # The legend has the symbol of the first point: one that lies inside, if there is any.
    points = sorted(points, key=lambda point: abs(point[1].difference / point[1].margin) >= SHOWN)
    rows = [row for _, row in points]
    value = [inside(row.difference / row.margin) for row in rows]
    # Bars run out of the figure; those of a point that lies outside start at its edge.
    low = [min(row.lo90 / row.margin, x) for row, x in zip(rows, value)]
    high = [max(row.hi90 / row.margin, x) for row, x in zip(rows, value)]
    colour = style.MARKS[verdict]
    symbol = {"pass": "circle", "inconclusive": "diamond-open", "fail": "x"}[verdict]
    symbols = ["triangle-right" if x == SHOWN else "triangle-left" if x == -SHOWN else symbol for x in value]
    plot.add_scatter(
        x=value,
        y=[position for position, _ in points],
        error_x=style.error_bars(low, value, high, colour, width=4),
        mode="markers",
        name=verdict,
        marker={"color": colour, "size": 9, "symbol": symbols, "line": {"width": 2, "color": colour}},
        text=[
            "{}{}<br>90 % interval: {}<br>margin {} %".format(
                difference_words(r)[0], r.unit.removeprefix("%"), difference_words(r)[1], plain(r.margin, 2)
            )
            for r in rows
        ],
        hovertemplate="%{text}<extra></extra>",
    )
