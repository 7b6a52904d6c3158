"""Speedup per rung with its interval, beside the published claim: a forest plot."""

from __future__ import annotations

from collections.abc import Sequence

from simkit.bench.schema import NoiseFloor, Speedup
from simkit.report.blocks import Figure, filter_key
from simkit.report.figures import style
from simkit.report.ladder import Entry
from simkit.report.numbers import percent, ratio, wrapped


def speedup_figure(entries: Sequence[Entry], noise: NoiseFloor | None, cumulative: bool) -> Figure:
    """Return the forest plot of `entries`; `noise` shades what this machine makes of no difference."""
    totals = any(entry.total for entry in entries)
    plot = style.new_figure((1.8 if totals else 1.3) * style.ROW * len(entries))
    claimed = [(i, e.published.speedup) for i, e in enumerate(entries) if e.published.speedup]
    for n, (i, ends) in enumerate(claimed):
        low, high = ends or (1.0, 1.0)
        plot.add_scatter(
            x=[low, high],
            y=[i - 0.24, i - 0.24],
            mode="lines+markers",
            line={"color": style.CLAIM, "width": 9},
            marker={"color": style.CLAIM, "size": 9, "symbol": "diamond"},
            name="published",
            legendgroup="published",
            showlegend=n == 0,
            hovertemplate=f"published {low:.3f} to {high:.3f}<extra></extra>",
        )
    own = "against the rung before" if cumulative else "measured"
    _points(plot, own, entries, [e.own.speedup for e in entries], 0.04, style.ACCENT, "circle")
    if totals:
        since = [e.overall.speedup for e in entries]
        _points(plot, "since the baseline", entries, since, 0.3, style.REFERENCE, "square-open")
    if noise is not None:
        style.band(plot, 1.0 / (1.0 + noise.floor), 1.0 + noise.floor)
    style.rule(plot, 1.0)
    plot.update_yaxes(**style.names_axis([wrapped(entry.name) for entry in entries]))
    plot.update_xaxes(title_text="speedup (CPU time before / after)", range=_range(entries))
    caption = "Points with 95 % intervals; right of 1 is faster. "
    if noise is not None:
        caption += f"Grey: what noise alone does here (± {percent(noise.floor)}). "
    if claimed:
        caption += "Diamonds: the published claim, where it has a number."
    rows = [_row(entry) for entry in entries]
    spans = style.spans([filter_key("entry", entry.name) for entry in entries])
    return Figure("speedups", "Speedup", caption, plot, COLUMNS, rows, spans)


COLUMNS = [
    *("rung", "speedup", "lo", "hi", "level", "sequential_lo", "sequential_hi", "smallest_detectable"),
    *("since_baseline", "since_baseline_lo", "since_baseline_hi"),
    *("published_lo", "published_hi", "published", "verdict"),
]


def _row(entry: Entry) -> list[object]:
    own, total = entry.own.speedup, entry.overall.speedup
    low, high = entry.published.speedup or (None, None)
    numbers = [own.value, own.lo, own.hi, own.level, own.sequential_lo, own.sequential_hi]
    numbers += [own.smallest_detectable, total.value, total.lo, total.hi]
    return [entry.name, *numbers, low, high, entry.published.text, entry.own.verdict]


def _points(
    plot: style.go.Figure,
    name: str,
    entries: Sequence[Entry],
    speedups: Sequence[Speedup],
    offset: float,
    colour: str,
    symbol: str,
) -> None:
    value = [s.value for s in speedups]
    plot.add_scatter(
        x=value,
        y=[i + offset for i in range(len(entries))],
        error_x=style.error_bars([s.lo for s in speedups], value, [s.hi for s in speedups], colour),
        mode="markers",
        marker={"color": colour, "size": 9, "symbol": symbol, "line": {"width": 2, "color": colour}},
        name=name,
        text=["{} ({})".format(*ratio(s.value, s.lo, s.hi)) for s in speedups],
        hovertemplate="%{text}<extra></extra>",
    )


def _range(entries: Sequence[Entry]) -> list[float]:
    """Return the range that shows all points and claims; intervals beyond a factor of two run out of it."""
    ends = [1.0]
    for entry in entries:
        for s in (entry.own.speedup, entry.overall.speedup):
            ends += [max(s.lo, s.value / 2.0), min(s.hi, s.value * 2.0)]
        ends += entry.published.speedup or ()
    low, high = min(ends), max(ends)
    room = 0.06 * max(high - low, 0.02)
    return [low - room, high + room]
