"""Figures of models of fast simulation among the published ones: how fast and how right."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from simkit.record.evaluation import MetricValue, PublishedModel
from simkit.record.model_table import ModelTable, worse_auc
from simkit.report.figures import style
from simkit.report.numbers import label
from simkit.report.page_parts import Figure

LIMIT = 0.65  # AUC up to which a model is hard to tell from the truth
GOAL_AUC, GOAL_MS = 0.60, 1.0  # the place that no published model holds
LOWEST, HIGHEST = 0.45, 1.02  # AUC
SHORTEST, LONGEST = 1e-9, 1e12  # ms a shower that can be drawn; a record may hold any
WIDE, LETTER, LINE = 660.0, 6.6, 14.0  # pixels: a plot in a saved picture, a letter and a line of a name
BESIDE = ("top right", "bottom right", "top left", "bottom left", "top center", "bottom center")
TIMES = {1e-3: "1 µs", 1e-2: "10 µs", 0.1: "100 µs", 1.0: "1 ms", 10.0: "10 ms", 100.0: "100 ms", 1e3: "1 s",
         1e4: "10 s", 1e5: "100 s", 1e6: "1000 s"}  # fmt: skip

Pair = tuple[MetricValue, MetricValue]


class LabelledPoint(NamedTuple):
    """A point on the plot in pixels."""

    x: float
    y: float


def free_labels(points: Sequence[LabelledPoint], names: Sequence[str]) -> list[str]:
    """Return where each name stands beside its point, plotly's word; "" where none is free.

    The first names come first. Names cover neither points nor each other, nor leave the plot at its sides.
    """
    boxes = [(x - 4.0, x + 4.0, y - 4.0, y + 4.0) for x, y in points]
    found = []
    for (x, y), name in zip(points, names):
        wide = LETTER * len(name)
        for place in BESIDE:
            up, _, side = place.partition(" ")
            left = {"right": x + 4.0, "left": x - 4.0 - wide}.get(side, x - wide / 2.0)
            low = y + 4.0 if up == "top" else y - 4.0 - LINE
            box = (left, left + wide, low, low + LINE)
            if left >= 0.0 and box[1] <= WIDE and not any(_meet(box, other) for other in boxes):
                boxes.append(box)
                found.append(place)
                break
        else:
            found.append("")
    return found


def _meet(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[1] and other[0] < one[1] and one[2] < other[3] and other[2] < one[3]


def models_figure(
    published: Sequence[PublishedModel], here: Mapping[str, Pair], truth: Pair | None
) -> Figure:
    """Return AUC by cells and by high-level features: models judged here, truth, and all published ones."""
    plot = style.new_figure(360)
    known = [one for one in published if one.auc_low is not None and one.auc_high is not None]
    rows: list[list[Any]] = [["published", one.model, one.auc_low, one.auc_high] for one in known]
    plot.add_shape(
        type="rect", x0=LOWEST, x1=LIMIT, y0=LOWEST, y1=LIMIT, fillcolor=style.BAND, line_width=0,
        layer="below",
    )  # fmt: skip
    ours = [(name, low, high) for name, (low, high) in here.items()]
    if truth is not None:
        ours.append(("truth against truth, here", *truth))
    across = [*(low.value for _, low, _ in ours), *(one.auc_low or 0.0 for one in known)]
    up = [*(high.value for _, _, high in ours), *(one.auc_high or 0.0 for one in known)]
    scale = HIGHEST - LOWEST
    points = [
        LabelledPoint(WIDE * (x - LOWEST) / scale, 360 * (y - LOWEST) / scale) for x, y in zip(across, up)
    ]
    where = free_labels(points, [*(name for name, *_ in ours), *(one.model for one in known)])
    _background(plot, known, across[len(ours) :], up[len(ours) :], where[len(ours) :])
    for (name, low, high), place in zip(ours, where):
        rows.append(["here", name, low.value, high.value])
        look = (style.REFERENCE, "square") if name not in here else (style.ACCENT, "circle")
        _ours(
            plot,
            name,
            (low.value, high.value),
            place if name in here else "",
            look,
            _error(low),
            _error(high),
        )
    plot.update_xaxes(title_text="AUC, cells", range=[LOWEST, HIGHEST])
    plot.update_yaxes(title_text="AUC, high-level features", range=[LOWEST, HIGHEST])
    caption = f"0.5: no difference is found; 1: every shower is told apart. Shaded: up to {LIMIT:g} in both."
    return Figure(
        "models", "Beside the CaloChallenge", caption, plot, ["source", "model", "auc_low", "auc_high"], rows
    )


def speed_figure(table: ModelTable) -> Figure:
    """Return the time of a shower against the worse AUC, of all models and of the published ones."""
    high, lowest = 400, 0.43  # room for words below the line of the truth
    plot = style.new_figure(high)
    known = [
        (one, one.cpu_ms_100, max(one.auc_low, one.auc_high))
        for one in table.published
        if one.cpu_ms_100 is not None and one.cpu_ms_100 > 0.0
        if one.auc_low is not None and one.auc_high is not None
    ]
    ours = [
        (row, row.ms_100, row.auc)
        for row in table.rows
        if row.ms_100 is not None and SHORTEST <= row.ms_100.value <= LONGEST and row.auc is not None
    ]
    across = [*(ms.value for _, ms, _ in ours), *(ms for _, ms, _ in known)]
    up = [*(auc.value for *_, auc in ours), *(auc for *_, auc in known)]
    ends = (0.5 * min([*across, 0.1]), 3.0 * max([*across, 10.0]))
    left, right = (math.log10(end) for end in ends)
    points = [
        LabelledPoint(
            WIDE * (math.log10(x) - left) / (right - left), high * (y - lowest) / (HIGHEST - lowest)
        )
        for x, y in zip(across, up)
    ]
    where = free_labels(points, [*(row.name for row, *_ in ours), *(one.model for one, *_ in known)])
    plot.add_shape(
        type="rect", x0=ends[0], x1=GOAL_MS, y0=lowest, y1=GOAL_AUC, fillcolor=style.MARGIN, line_width=0,
        layer="below",
    )  # fmt: skip
    plot.add_annotation(
        text=f"no published model here:<br>AUC up to {GOAL_AUC:.2f} in {GOAL_MS:g} ms", x=left, y=lowest,
        xanchor="left", yanchor="bottom", xshift=6, yshift=4, align="left", showarrow=False,
        font={"size": 12, "color": style.MUTED},
    )  # fmt: skip
    _background(plot, [one for one, *_ in known], across[len(ours) :], up[len(ours) :], where[len(ours) :])
    floor = worse_auc(table.truth)
    if floor is not None:
        plot.add_scatter(
            x=list(ends), y=[floor.value] * 2, mode="lines", name="truth against truth, here",
            line={"color": style.REFERENCE, "width": 1.5, "dash": "dash"}, hovertemplate="%{y:.3f}",
        )  # fmt: skip
    for (row, ms, auc), place in zip(ours, where):
        symbol = (
            "circle-open"
            if row.standing == "not comparable"
            else "square"
            if row.standing == "baseline"
            else "circle"
        )
        colour = style.MARKS["fail"] if row.standing == "loses" else style.ACCENT
        error = style.error_bars([ms.lo], [ms.value], [ms.hi], colour)
        _ours(plot, row.name, (ms.value, auc.value), place, (colour, symbol), error, _error(auc))
    shown = {ms: words for ms, words in TIMES.items() if ends[0] <= ms <= ends[1]}
    plot.update_xaxes(
        type="log", range=[left, right], tickvals=list(shown), ticktext=list(shown.values()),
        title_text="time of a shower, batch of 100, CPU",
    )  # fmt: skip
    plot.update_yaxes(title_text="AUC, the worse of cells and high-level", range=[lowest, HIGHEST])
    drawn = {row.name for row, *_ in ours}
    missing = [row.name for row in table.rows if row.name not in drawn]
    lacks = f" Not drawn, for want of a time at batch 100 or of both AUC: {', '.join(missing)}." * bool(
        missing
    )
    caption = (
        "Lower is harder to tell from full simulation (0.5: not at all), left is faster. Square: the library "
        "of whole showers that others must beat; red: loses to it; open: not comparable with the rest. Bars: "
        f"95 % of the time, scatter over seeds of the AUC. Published times are of other CPUs.{lacks}"
    )
    rows: list[list[Any]] = [
        ["here", row.name, ms.value, ms.lo, ms.hi, auc.value, auc.error] for row, ms, auc in ours
    ]
    rows += [["published", one.model, ms, None, None, auc, None] for one, ms, auc in known]
    columns = ["source", "model", "ms_100", "ms_100_low", "ms_100_high", "worse_auc", "worse_auc_error"]
    return Figure("speed-auc", "Speed against AUC", caption, plot, columns, rows)


def _background(
    plot: Any,
    published: Sequence[PublishedModel],
    x: Sequence[float],
    y: Sequence[float],
    where: Sequence[str],
) -> None:
    """Draw published models, with their names where there is room."""
    names = [label(one.model) for one in published]
    plot.add_scatter(
        x=list(x), y=list(y), mode="markers+text", name="published", customdata=names,
        text=[name if place else "" for name, place in zip(names, where)],
        textposition=[place or BESIDE[0] for place in where],
        textfont={"size": 11, "color": style.MUTED}, cliponaxis=False,
        hovertemplate="%{customdata}: %{x:.4g} / %{y:.3f}<extra></extra>",
        marker={"color": style.MUTED, "size": 7, "symbol": "circle-open", "line": {"width": 1.5}},
    )  # fmt: skip


def _ours(
    plot: Any,
    name: str,
    at: tuple[float, float],
    place: str,
    look: tuple[str, str],
    error_x: dict[str, Any],
    error_y: dict[str, Any],
) -> None:
    colour, symbol = look
    bar = {"color": colour, "thickness": 1.5, "width": 3}
    plot.add_scatter(
        x=[at[0]], y=[at[1]], mode="markers+text" if place else "markers", name=label(name), cliponaxis=False,
        text=[label(name)], textposition=place or BESIDE[0], textfont={"size": 13, "color": style.INK},
        marker={"color": colour, "size": 11, "symbol": symbol, "line": {"width": 2, "color": colour}},
        error_x={**error_x, **bar}, error_y={**error_y, **bar}, showlegend=not place,
        hovertemplate=f"{label(name)}: %{{x:.4g}} / %{{y:.3f}}<extra></extra>",
    )  # fmt: skip


def _error(of: MetricValue) -> dict[str, Any]:
    return {"type": "data", "array": [of.error or 0.0]}
