"""How a ladder takes the time of an event down, rung by rung: a waterfall of what each saves or costs."""

from __future__ import annotations

from itertools import pairwise

from simkit.bench.schema import Speedup
from simkit.report.blocks import Figure, filter_key
from simkit.report.figures import style
from simkit.report.ladder import Ladder
from simkit.report.numbers import signed, wrapped

TOGETHER = "all together"


def waterfall_figure(ladder: Ladder) -> Figure:
    """Return the waterfall of a cumulative ladder, in percent of the baseline's CPU time.

    All ends come from speedups against the baseline, in which a machine's drift cancels.
    """
    left = [100.0, *(100.0 / entry.overall.speedup.value for entry in ladder.entries)]
    steps = list(pairwise(left))
    names = [ladder.baseline_name, *(entry.name for entry in ladder.entries), TOGETHER]
    plot = style.new_figure(style.ROW * len(names), legend=False)
    ends = [(0.0, 100.0), *steps, (0.0, left[-1])]
    saved = [before - after for before, after in steps]
    colours = ["saved" if gain > 0.0 else "added" for gain in saved]
    marks = {"saved": style.MARKS["pass"], "added": style.MARKS["fail"]}
    plot.add_bar(
        x=[abs(b - a) for a, b in ends],
        base=[min(pair) for pair in ends],
        y=list(range(len(names))),
        orientation="h",
        width=0.62,
        marker={"color": [style.REFERENCE, *(marks[word] for word in colours), style.ACCENT]},
        hoverinfo="skip",
    )
    for i, end in enumerate(left):  # from the end of a bar to the beginning of the next
        line = {"color": style.MUTED, "width": 1, "dash": "dot"}
        plot.add_scatter(
            x=[end, end], y=[i + 0.31, i + 0.69], mode="lines", line=line, hoverinfo="skip"
        )  # fmt: skip
    top = max(max(pair) for pair in ends)
    words = ["100 %", *(f"{signed(-gain, 1)} %" for gain in saved), f"{left[-1]:.1f} %"]
    for i, (pair, text) in enumerate(zip(ends, words)):
        style.bar_text(plot, text, min(pair), max(pair), i, 0.5 * top)
    plot.update_yaxes(**style.names_axis([wrapped(name) for name in names]))
    plot.update_xaxes(title_text="CPU time per event (% of the baseline)", range=[0.0, 1.04 * top])
    rows = [
        [entry.name, before, after, before - after, *_interval(entry.overall.speedup)]
        for entry, (before, after) in zip(ladder.entries, steps)
    ]
    return Figure(
        "waterfall",
        "What every rung takes off the time of an event",
        f"Top: {ladder.baseline_name}. Every rung has those above it switched on; green saves time, red "
        "costs some. Bottom: what is left with all rungs.",
        plot,
        ("rung", "before_percent", "after_percent", "saved_percent", "after_lo", "after_hi"),
        rows,
        style.spans(["", *(filter_key("entry", entry.name) for entry in ladder.entries)]),
    )


def _interval(speedup: Speedup) -> tuple[float, float]:
    """Return the interval of what is left, in percent."""
    return 100.0 / speedup.hi, 100.0 / speedup.lo
