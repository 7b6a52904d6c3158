"""The speedup of every round of a measurement, with the interval of them all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simkit.record.interval import Interval
from simkit.report.figures import style
from simkit.report.numbers import ratio
from simkit.report.page_parts import Figure

SHOWN = 0.98  # of the rounds; the axis does not reach to those that were disturbed


def rounds_figure(ratios: Sequence[float], speedup: Interval, clock: str) -> Figure:
    """Return the ratios of the rounds in the order they were measured; the axis leaves out the wildest."""
    plot = style.new_figure(260, legend=False)
    number = list(range(1, len(ratios) + 1))
    plot.add_scatter(
        x=number,
        y=list(ratios),
        mode="markers",
        marker={"color": style.ACCENT, "size": 6},
        hovertemplate="round %{x}: %{y:.4f}<extra></extra>",
    )
    plot.add_hrect(y0=speedup.lo, y1=speedup.hi, fillcolor=style.BAND, line_width=0)
    plot.add_hline(y=speedup.value, line={"color": style.ACCENT, "width": 1})
    plot.add_hline(y=1.0, line={"color": style.MUTED, "width": 1, "dash": "dot"})
    ends = np.quantile(ratios, ((1.0 - SHOWN) / 2.0, (1.0 + SHOWN) / 2.0))
    low, high = min(ends[0], speedup.lo), max(ends[1], speedup.hi)
    # Far away, the line of "as fast" would press all rounds together.
    if low - 1.0 < high - low and 1.0 - high < high - low:
        low, high = min(low, 1.0), max(high, 1.0)
    room = 0.08 * (high - low) or 0.01
    plot.update_yaxes(
        title_text=f"speedup ({clock} time old / new)", range=[low - room, high + room], type="linear"
    )
    plot.update_xaxes(title_text="round", range=[0.0, len(ratios) + 1.0])
    value, interval = ratio(speedup.value, speedup.lo, speedup.hi)
    caption = f"A point a round. Line and band: {value}, 95 % interval {interval}. Dotted: as fast."
    return Figure(
        "rounds", "Speedup by round", caption, plot, ("round", "speedup"), list(zip(number, ratios))
    )
