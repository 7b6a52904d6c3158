"""Figure of merit of every entry by region: what a gain in time is worth once its variance is counted."""

from __future__ import annotations

from collections.abc import Sequence

from simkit.bench.words import merit_words
from simkit.record.comparison import Merit
from simkit.report.figures import style
from simkit.report.ladder import ReportedRung
from simkit.report.numbers import label, plain
from simkit.report.page_parts import Figure, Span, filter_key

COLUMNS = ("rung", "region", "figure_of_merit_ratio", "lo", "hi", "verdict", "reason", "speedup")
COLOURS = {"worth it": style.MARKS["pass"], "not worth it": style.MARKS["fail"]}
NOT_JUDGED = style.MARKS["inconclusive"]  # not decided, or of a record without intervals
FARTHEST = 4.0  # a factor: intervals run out of the figure beyond it


def merit_figure(entries: Sequence[ReportedRung]) -> Figure:
    """Return the figure of merit after over before, by region, beside the speedup; None is left out."""
    listed = [(e, [(r, v) for r, v in e.overall.figure_of_merit.items() if v]) for e in entries]
    listed = [(entry, merits) for entry, merits in listed if merits]
    plot = style.new_figure(22 * sum(len(merits) + 1.4 for _, merits in listed))
    ticks: dict[float, str] = {}
    at: list[float] = []
    values: list[float] = []
    judged: list[Merit | None] = []
    speedups: list[float] = []
    rows: list[list[object]] = []
    spans = []
    position = 0.0
    for entry, merits in listed:
        spans.append(Span(position - 0.7, position + len(merits) + 0.7, filter_key("entry", entry.name)))
        style.heading(plot, label(entry.name), position)
        for region, value in merits:
            position += 1.0
            ticks[position] = label(region)
            at.append(position)
            values.append(value)
            speedups.append(entry.overall.speedup.value)
            one = entry.overall.merit.get(region)
            judged.append(one)
            about = [one.lo, one.hi, one.verdict, one.reason] if one else [None] * 4
            rows.append([entry.name, region, value, *about, entry.overall.speedup.value])
        position += 1.4
    plot.add_scatter(
        x=speedups, y=at, mode="markers", name="speedup", text=[plain(v) for v in speedups],
        marker={"color": style.REFERENCE, "size": 9, "symbol": "square-open", "line": {"width": 2}},
        hovertemplate="speedup %{text}<extra></extra>",
    )  # fmt: skip
    for verdict in (*COLOURS, "not decided"):
        some = [i for i, one in enumerate(judged) if (one.verdict if one else "not decided") == verdict]
        if some:
            _points(plot, verdict, [(at[i], values[i], judged[i]) for i in some])
    style.rule(plot, 1.0)
    plot.update_yaxes(
        tickmode="array", tickvals=list(ticks), ticktext=list(ticks.values()), showgrid=False,
        range=[position - 0.8, -0.6], fixedrange=True, tickfont={"size": 13, "color": style.INK},
    )  # fmt: skip
    lows = [max(one.lo, one.value / FARTHEST) for one in judged if one]
    highs = [min(one.hi, one.value * FARTHEST) for one in judged if one]
    low, high = min(1.0, *values, *speedups, *lows), max(1.0, *values, *speedups, *highs)
    room = 0.06 * max(high - low, 0.02)
    plot.update_xaxes(title_text="after / before", range=[low - room, high + room])
    return Figure(
        "merit",
        "Figure of merit",
        "1 / (variance of the deposit × time per event), over that of the baseline. Right of 1: the same "
        "precision in less time, which is worth it where the 95 % interval says so. Left of the speedup: "
        "part of the gain is lost to a larger variance.",
        plot,
        COLUMNS,
        rows,
        spans,
    )


def _points(plot: style.go.Figure, verdict: str, points: Sequence[tuple[float, float, Merit | None]]) -> None:
    """Draw the figures of merit with one verdict, with their intervals."""
    colour = COLOURS.get(verdict, NOT_JUDGED)
    value = [v for _, v, _ in points]
    ends = [(one.lo, one.hi) if one else (v, v) for _, v, one in points]
    plot.add_scatter(
        x=value,
        y=[place for place, _, _ in points],
        error_x=style.error_bars([lo for lo, _ in ends], value, [hi for _, hi in ends], colour),
        mode="markers",
        name=f"figure of merit: {verdict}",
        marker={"color": colour, "size": 9, "line": {"width": 2, "color": colour}},
        text=[label(merit_words(one)) if one else plain(v) for _, v, one in points],
        hovertemplate="%{text}<extra></extra>",
    )
