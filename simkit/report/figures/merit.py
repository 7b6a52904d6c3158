"""Figure of merit of every entry by region: what a gain in time is worth once its variance is counted."""

from __future__ import annotations

from collections.abc import Sequence

from simkit.report.blocks import Figure, Span, filter_key
from simkit.report.figures import style
from simkit.report.ladder import Entry
from simkit.report.numbers import label, plain

COLUMNS = ("rung", "region", "figure_of_merit_ratio", "speedup")


def merit_figure(entries: Sequence[Entry]) -> Figure:
    """Return the figure of merit after over before, by region, beside the speedup; None is left out."""
    listed = [(e, [(r, v) for r, v in e.overall.figure_of_merit.items() if v]) for e in entries]
    listed = [(entry, merits) for entry, merits in listed if merits]
    plot = style.new_figure(22 * sum(len(merits) + 1.4 for _, merits in listed))
    ticks: dict[float, str] = {}
    at: list[float] = []
    values: list[float] = []
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
            rows.append([entry.name, region, value, entry.overall.speedup.value])
        position += 1.4
    for name, x, colour, symbol in (
        ("speedup", speedups, style.REFERENCE, "square-open"),
        ("figure of merit", values, style.ACCENT, "circle"),
    ):
        plot.add_scatter(
            x=x, y=at, mode="markers", name=name, text=[plain(v) for v in x],
            marker={"color": colour, "size": 9, "symbol": symbol, "line": {"width": 2, "color": colour}},
            hovertemplate=f"{name} %{{text}}<extra></extra>",
        )  # fmt: skip
    style.rule(plot, 1.0)
    plot.update_yaxes(
        tickmode="array", tickvals=list(ticks), ticktext=list(ticks.values()), showgrid=False,
        range=[position - 0.8, -0.6], fixedrange=True, tickfont={"size": 13, "color": style.INK},
    )  # fmt: skip
    low, high = min(1.0, *values, *speedups), max(1.0, *values, *speedups)
    room = 0.06 * max(high - low, 0.02)
    plot.update_xaxes(title_text="after / before", range=[low - room, high + room])
    return Figure(
        "merit",
        "Figure of merit",
        "1 / (variance of the deposit × CPU time per event), over that of the baseline. Right of 1: the same "
        "precision in less time. Left of the speedup: part of the gain is lost to a larger variance. "
        "Variances are estimates: small differences are noise.",
        plot,
        COLUMNS,
        rows,
        spans,
    )
