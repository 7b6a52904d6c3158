"""Ours and references against energy, angle or depth, with a panel of their ratio below."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from simkit.record.validation import ValidationRow
from simkit.report.figures import style
from simkit.report.numbers import energy_words, label, plain, signed
from simkit.report.page_parts import Figure
from simkit.report.series import LOGARITHMIC, Panel, Series, axis_words, place

SYMBOLS = ("circle", "square", "diamond", "triangle-up", "triangle-down", "cross", "star", "hexagon")
SIGNS = ("●", "■", "◆", "▲", "▼", "✚", "★", "⬢")
OFF = {"fail": "x-thin", "disputed": "diamond-open"}
WIDE = 30.0  # largest over smallest reference: beyond it the axis is logarithmic
COLUMNS = (
    "series", "variable", "at", "ours", "standard_error_percent", "reference", "unit", "source", "deviation",
    "allowed", "measure", "verdict", "conditions",
)  # fmt: skip


def agreement_figure(name: str, title: str, panel: Panel) -> Figure:
    """Return the figure of a panel: a colour a series, ours as lines or dashes, references as symbols."""
    plot = style.new_figure(360)
    rows = [row for one in panel.series for row in one.rows]
    sources = list(dict.fromkeys(row.source for row in rows))
    as_ratio = one_tolerance(rows)
    for number, one in enumerate(panel.series):
        _draw(plot, panel, one, style.series(number), sources, as_ratio)
    _axes(plot, panel, rows, as_ratio)
    signs = ", ".join(f"{SIGNS[i % len(SIGNS)]} {source}" for i, source in enumerate(sources))
    below = (
        f"Below: ours over the reference, ± {plain(rows[0].tolerance, 2)} % shaded."
        if as_ratio
        else "Below: the deviation in units of what is allowed, which is shaded."
    )
    lines = "Lines and dashes: simkit" + (
        ", with standard errors" if any(row.standard_error for row in rows) else ""
    )
    return Figure(name, title, f"{lines}. References: {signs}. {below}", plot, COLUMNS, _data(panel))


def one_tolerance(rows: Sequence[ValidationRow]) -> bool:
    """Return whether the rows allow the same per cent, so that one band around a ratio of 1 says it all."""
    first = rows[0]
    return all(row.measure == "%" and abs(row.tolerance - first.tolerance) < 1e-6 for row in rows)


def _draw(
    plot: style.go.Figure, panel: Panel, one: Series, colour: str, sources: list[str], as_ratio: bool
) -> None:
    group = panel.label(one)
    look: dict[str, Any] = {"legendgroup": group, "name": label(group) or "simkit"}
    at = [place(row, panel.variable) for row in one.rows]
    if one.curve:
        plot.add_scatter(
            x=one.curve.x, y=one.curve.ours, mode="lines", line={"color": colour, "width": 1.6}, **look,
            hovertemplate="%{y:.4g}",
        )  # fmt: skip
    else:
        once = {(place, row.ours): row for place, row in zip(at, one.rows)}  # ours has several references
        errors = [abs(row.reference * (row.standard_error or 0.0)) / 100.0 for row in once.values()]
        plot.add_scatter(
            x=[place for place, _ in once], y=[ours for _, ours in once], **look,
            mode="lines+markers" if _alike(one, panel.variable) else "markers",
            line={"color": colour, "width": 1.2},
            marker={"color": colour, "size": 12, "symbol": "line-ew-open", "line": {"width": 1.6}},
            error_y={"type": "data", "array": errors, "color": colour, "thickness": 1.2, "width": 0},
            hovertemplate="%{y:.4g}",
        )  # fmt: skip
    hover = [_hover(row) for row in one.rows]
    symbols = [SYMBOLS[sources.index(row.source) % len(SYMBOLS)] for row in one.rows]
    plot.add_scatter(
        x=at, y=[row.reference for row in one.rows], mode="markers", **look, showlegend=False,
        marker={"color": colour, "size": 6, "symbol": symbols}, text=hover, hovertemplate="%{text}",
    )  # fmt: skip
    marks = [style.MARKS[row.verdict] if row.verdict != "pass" else colour for row in one.rows]
    below = [s if row.verdict == "pass" else OFF[row.verdict] for s, row in zip(symbols, one.rows)]
    below_at = [_below(row, as_ratio) for row in one.rows]
    plot.add_scatter(
        x=at, y=[value for value, _ in below_at], yaxis="y2", mode="markers", **look, showlegend=False,
        marker={"color": marks, "size": [5 if row.verdict == "pass" else 9 for row in one.rows],
                "symbol": below, "line": {"width": 1.5, "color": marks}},
        error_y={"type": "data", "array": [error for _, error in below_at], "color": colour, "thickness": 1.2,
                 "width": 0},
        text=hover, hovertemplate="%{text}",
    )  # fmt: skip


def _alike(one: Series, variable: str) -> bool:
    """Return whether the rows differ in nothing but the variable, so that a line may join them."""
    others = [{k: v for k, v in row.parameters.items() if k != variable} for row in one.rows]
    return len(one.rows) > 1 and all(parameters == others[0] for parameters in others)


def _below(row: ValidationRow, as_ratio: bool) -> tuple[float, float]:
    """Return where a row stands in the lower panel, and its error there."""
    error = (row.standard_error or 0.0) if row.measure == "%" else 1.0
    if as_ratio:
        return 1.0 + row.deviation / 100.0, error / 100.0
    return row.deviation / row.tolerance, error / row.tolerance


def _hover(row: ValidationRow) -> str:
    unit = "%" if row.measure == "%" else "standard errors"
    where = ", ".join(
        filter(None, [row.material, row.particle, energy_words(row.energy_MeV), label(row.conditions)])
    )
    return (
        f"{where}<br>ours {plain(row.ours)}, {label(row.source)} {plain(row.reference)} {label(row.unit)}"
        f"<br>{signed(row.deviation, 2)} {unit}, allowed ± {plain(row.tolerance, 3)}: {row.verdict}"
        "<extra></extra>"
    )


def _axes(plot: style.go.Figure, panel: Panel, rows: Sequence[ValidationRow], as_ratio: bool) -> None:
    logarithmic = {"type": "log", "exponentformat": "power"}
    plot.update_xaxes(title_text=axis_words(panel), anchor="y2")
    if panel.variable in LOGARITHMIC:
        plot.update_xaxes(nticks=8, **logarithmic)
    values = [row.reference for row in rows]
    title = panel.unit or (panel.quantities[0] if len(panel.quantities) == 1 else "")
    plot.update_yaxes(title_text=label(title), domain=[0.4, 1.0])
    if min(values) > 0.0 and max(values) > WIDE * min(values):
        plot.update_yaxes(nticks=6, range=_decades(values, panel.series), **logarithmic)
    else:
        plot.update_yaxes(rangemode="tozero")
    middle, allowed = (1.0, rows[0].tolerance / 100.0) if as_ratio else (0.0, 1.0)
    farthest = max(abs(value - middle) + error for value, error in (_below(r, as_ratio) for r in rows))
    reach = max(1.15 * farthest, 1.4 * allowed)
    plot.update_layout(
        yaxis2=style.axis(
            title="ratio" if as_ratio else "deviation<br>/ allowed",
            domain=[0.0, 0.32],
            range=[middle - reach, middle + reach],
            nticks=5,
        )
    )
    across = {"xref": "x domain", "yref": "y2", "x0": 0, "x1": 1, "layer": "below"}
    shaded = {"y0": middle - allowed, "y1": middle + allowed, "fillcolor": style.MARGIN, "line_width": 0}
    plot.add_shape(type="rect", **shaded, **across)
    line = {"color": style.MUTED, "width": 1}
    plot.add_shape(type="line", y0=middle, y1=middle, line=line, **across)


def _decades(references: Sequence[float], series: Sequence[Series]) -> list[float]:
    """Return the range of a logarithmic axis: references and tops of curves; their feet may run out."""
    tops = [max(one.curve.ours) for one in series if one.curve]
    return [math.log10(min(references)) - 0.7, math.log10(max(*references, *tops)) + 0.4]


def _data(panel: Panel) -> list[list[Any]]:
    """Return a row a reference, and rows of the curves with nothing behind ours."""
    rows: list[list[Any]] = []
    for one in panel.series:
        name = panel.label(one)
        for row in one.rows:
            rows.append(
                [
                    name, panel.variable, place(row, panel.variable), row.ours, row.standard_error,
                    row.reference, row.unit, row.source, row.deviation, row.tolerance, row.measure,
                    row.verdict, row.conditions,
                ]
            )  # fmt: skip
        if one.curve:
            nothing = [None] * (len(COLUMNS) - 4)
            rows += [[name, panel.variable, x, y, *nothing] for x, y in zip(one.curve.x, one.curve.ours)]
    return rows
