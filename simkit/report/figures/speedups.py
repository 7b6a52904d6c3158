"""Speedup per rung with its interval, beside the published claim: a forest plot."""

from __future__ import annotations

from collections.abc import Sequence

from simkit.record.interval import Interval
from simkit.report.figures import style
from simkit.report.ladder import ReportedLadder, ReportedRung
from simkit.report.numbers import percent, ratio, wrapped
from simkit.report.page_parts import Figure, filter_key


def speedup_figure(ladder: ReportedLadder) -> Figure:
    """Return the forest plot of what every rung does, and since the baseline, or alone; noise is shaded."""
    entries, noise = ladder.effects, ladder.noise_floor
    other = [e.overall.speedup if ladder.cumulative else e.alone for e in entries]
    two = any(e.total for e in entries) if ladder.cumulative else any(other)
    plot = style.new_figure((1.8 if two else 1.3) * style.ROW * len(entries))
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
    own: list[Interval | None] = [e.own.speedup for e in entries]
    if ladder.with_all:
        _points(plot, f"{entries[0].effect}, against the baseline", own[:1], 0.04, style.INK, "diamond")
        _points(plot, "on top of all others", [None, *own[1:]], 0.04, style.ACCENT, "circle")
    else:
        name = "against the rung before" if ladder.cumulative else "measured"
        _points(plot, name, own, 0.04, style.ACCENT, "circle")
    if two:
        second = "since the baseline" if ladder.cumulative else "alone"
        _points(plot, second, other, 0.3, style.REFERENCE, "square-open")
    if noise is not None:
        style.band(plot, 1.0 / (1.0 + noise.floor), 1.0 + noise.floor)
    style.rule(plot, 1.0)
    plot.update_yaxes(**style.names_axis([wrapped(entry.effect) for entry in entries]))
    plot.update_xaxes(title_text=f"speedup ({ladder.time} before / after)", range=_range(entries, other))
    caption = "Points with 95 % intervals; right of 1 is faster. "
    if ladder.with_all:
        caption += (
            f"Of each speedup, {ladder.time} with all but it over that with all: what is lost when it is "
        )
        caption += "taken out. "
    if noise is not None:
        caption += f"Grey: what noise alone does here (± {percent(noise.floor)}). "
    if claimed:
        caption += "Diamonds: the published claim, where it has a number."
    rows = [_row(entry) for entry in ladder.entries]
    spans = style.spans([filter_key("entry", entry.name) for entry in entries])
    return Figure("speedups", "Speedup", caption, plot, COLUMNS, rows, spans)


COLUMNS = [
    *("rung", "speedup", "lo", "hi", "level", "sequential_lo", "sequential_hi", "smallest_detectable"),
    *("since_baseline", "since_baseline_lo", "since_baseline_hi"),
    *("published_lo", "published_hi", "published", "verdict", "context"),
]


def _row(entry: ReportedRung) -> list[object]:
    own, total = entry.own.speedup, entry.overall.speedup
    low, high = entry.published.speedup or (None, None)
    numbers = [own.value, own.lo, own.hi, own.level, own.sequential_lo, own.sequential_hi]
    numbers += [own.smallest_detectable, total.value, total.lo, total.hi]
    return [entry.effect, *numbers, low, high, entry.published.text, entry.own.verdict, entry.context]


def _points(
    plot: style.go.Figure,
    name: str,
    speedups: Sequence[Interval | None],
    offset: float,
    colour: str,
    symbol: str,
) -> None:
    points = [(i + offset, s) for i, s in enumerate(speedups) if s is not None]
    value = [s.value for _, s in points]
    plot.add_scatter(
        x=value,
        y=[at for at, _ in points],
        error_x=style.error_bars([s.lo for _, s in points], value, [s.hi for _, s in points], colour),
        mode="markers",
        marker={"color": colour, "size": 9, "symbol": symbol, "line": {"width": 2, "color": colour}},
        name=name,
        text=["{} ({})".format(*ratio(s.value, s.lo, s.hi)) for _, s in points],
        hovertemplate="%{text}<extra></extra>",
    )


def _range(entries: Sequence[ReportedRung], other: Sequence[Interval | None]) -> list[float]:
    """Return the range that shows all points and claims; intervals beyond a factor of two run out of it."""
    ends = [1.0]
    for entry, second in zip(entries, other):
        for s in (entry.own.speedup, second):
            ends += [max(s.lo, s.value / 2.0), min(s.hi, s.value * 2.0)] if s else ()
        ends += entry.published.speedup or ()
    low, high = min(ends), max(ends)
    room = 0.06 * max(high - low, 0.02)
    return [low - room, high + room]
