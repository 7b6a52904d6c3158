"""How a ladder takes the time of an event down: rung by rung, or what taking each out of all costs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import plotly.graph_objects as go

from simkit.record.interval import MeasuredSpeedup
from simkit.report.figures import style
from simkit.report.ladder import ReportedLadder, ReportedRung
from simkit.report.numbers import signed, wrapped
from simkit.report.page_parts import Figure, filter_key

TOGETHER = "all together"


def waterfall_figure(ladder: ReportedLadder) -> Figure:
    """Return the waterfall of a cumulative ladder, in percent of the baseline's time.

    All ends come from speedups against the baseline, in which a machine's drift cancels.
    """
    left = [100.0, *(100.0 / entry.overall.speedup.value for entry in ladder.entries)]
    steps = list(pairwise(left))
    names = [ladder.baseline_name, *(entry.name for entry in ladder.entries), TOGETHER]
    ends = [(0.0, 100.0), *steps, (0.0, left[-1])]
    saved = [before - after for before, after in steps]
    colours = [style.REFERENCE, *(_colour(entry) for entry in ladder.entries), style.ACCENT]
    words = ["100 %", *(f"{signed(-gain, 1)} %" for gain in saved), f"{left[-1]:.1f} %"]
    plot = _bars(names, ends, colours, words, ladder.time)
    for i, end in enumerate(left):  # from the end of a bar to the beginning of the next
        line = {"color": style.MUTED, "width": 1, "dash": "dot"}
        plot.add_scatter(
            x=[end, end], y=[i + 0.31, i + 0.69], mode="lines", line=line, hoverinfo="skip"
        )  # fmt: skip
    rows = [
        [entry.name, before, after, before - after, *_interval(entry.overall.speedup)]
        for entry, (before, after) in zip(ladder.entries, steps)
    ]
    return Figure(
        "waterfall",
        "What every rung takes off the time of an event",
        f"Top: {ladder.baseline_name}. Every rung has those above it switched on; green saves time, red "
        "costs some, grey: neither is shown. Bottom: what is left with all rungs.",
        plot,
        ("rung", "before_percent", "after_percent", "saved_percent", "after_lo", "after_hi"),
        rows,
        style.spans(["", *(filter_key("entry", entry.name) for entry in ladder.entries)]),
    )


def taken_out_figure(ladder: ReportedLadder) -> Figure:
    """Return what taking each speedup out of all costs, in percent of the baseline's time."""
    whole, *others = ladder.effects
    base = 100.0 / whole.own.speedup.value
    names = [ladder.baseline_name, whole.effect, *(f"without {entry.effect}" for entry in others)]
    levels = [base * entry.own.speedup.value for entry in others]
    added = [level - base for level in levels]
    plot = _bars(
        names,
        [(0.0, 100.0), (0.0, base), *((base, level) for level in levels)],
        [style.REFERENCE, style.ACCENT, *(_colour(entry) for entry in others)],
        ["100 %", f"{base:.1f} %", *(f"{signed(more, 1)} %" for more in added)],
        ladder.time,
    )
    style.rule(plot, base)
    rows = [
        [entry.effect, base, level, more, base * entry.own.speedup.lo, base * entry.own.speedup.hi]
        for entry, level, more in zip(others, levels, added)
    ]
    return Figure(
        "taken-out",
        "What taking each out of all costs",
        f"Top: {ladder.baseline_name}, and “{whole.effect}”. Below: the time that comes back when one is "
        "taken out and all others stay; green: it is shown to save time, red: to cost some, grey: neither.",
        plot,
        ("without", "all_percent", "without_percent", "added_percent", "without_lo", "without_hi"),
        rows,
        style.spans(["", "", *(filter_key("entry", entry.name) for entry in others)]),
    )


def _colour(entry: ReportedRung) -> str:
    """Return the colour of what was declared: grey where nothing was."""
    marks = {"faster": style.MARKS["pass"], "slower": style.MARKS["fail"]}
    return marks.get(entry.own.verdict, style.MARKS["inconclusive"])


def _bars(
    names: Sequence[str],
    ends: Sequence[tuple[float, float]],
    colours: Sequence[str],
    words: Sequence[str],
    time: str,
) -> go.Figure:
    """Return a figure of floating bars with their texts."""
    plot = style.new_figure(style.ROW * len(names), legend=False)
    plot.add_bar(
        x=[abs(b - a) for a, b in ends],
        base=[min(pair) for pair in ends],
        y=list(range(len(names))),
        orientation="h",
        width=0.62,
        marker={"color": list(colours)},
        hoverinfo="skip",
    )
    top = max(max(pair) for pair in ends)
    for i, (pair, text) in enumerate(zip(ends, words)):
        style.bar_text(plot, text, min(pair), max(pair), i, 0.5 * top)
    plot.update_yaxes(**style.names_axis([wrapped(name) for name in names]))
    plot.update_xaxes(title_text=f"{time} (% of the baseline)", range=[0.0, 1.04 * top])
    return plot


def _interval(speedup: MeasuredSpeedup) -> tuple[float, float]:
    """Return the interval of what is left, in percent."""
    return 100.0 / speedup.hi, 100.0 / speedup.lo
