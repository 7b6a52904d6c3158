"""What an event costs, rung by rung: bars of normalised seconds, or of seconds by the clock that judges."""

from __future__ import annotations

from simkit.report.figures import style
from simkit.report.ladder import ReportedLadder
from simkit.report.numbers import label, measured, wrapped
from simkit.report.page_parts import Figure, filter_key


def throughput_figure(ladder: ReportedLadder) -> Figure:
    """Return the bars; HS23-style seconds where the campaign has a score, plain seconds otherwise."""
    parts = [ladder.baseline_throughput, *(entry.throughput for entry in ladder.entries)]
    scored = [part for part in parts if part is not None]
    cpu = [side.cpu_s_per_event for side in ladder.sides.values()]
    normalised = len(scored) == len(parts)
    times = (
        [part.normalised_s_per_event for part in scored]
        if normalised
        else [ladder.cost(side) for side in ladder.sides.values()]
    )
    unit = scored[0].unit if normalised else f"{ladder.time.removesuffix(' time')} s"
    factor, prefix = ladder.time_unit
    shown = unit[:-1] + prefix
    names = list(ladder.sides)
    value = [time.value * factor for time in times]
    gain = [1.0, *(entry.overall.speedup.value for entry in ladder.entries)]
    texts = [
        "{} {}".format(*measured(v, t.lo * factor, t.hi * factor)) + (f"  × {g:.2f}" if i else "")
        for i, (v, t, g) in enumerate(zip(value, times, gain))
    ]
    plot = style.new_figure(style.ROW * len(names), legend=False)
    plot.add_bar(
        x=value,
        y=list(range(len(names))),
        orientation="h",
        width=0.62,
        marker={"color": [style.REFERENCE] + [style.ACCENT] * len(ladder.entries)},
        error_x=style.error_bars(
            [t.lo * factor for t in times], value, [t.hi * factor for t in times], style.INK
        ),
        hovertext=texts,
        hovertemplate="%{hovertext}<extra></extra>",
    )
    top = max(max(t.hi for t in times) * factor, max(value))
    edge = 1.05 * min(top, 2.0 * max(value))
    for position, (text, time) in enumerate(zip(texts, times)):
        shown_end = time.value if time.value * factor > 0.6 * edge else time.hi
        style.bar_text(plot, text, 0.0, shown_end * factor, position, 0.6 * edge)
    plot.update_yaxes(**style.names_axis([wrapped(name) for name in names]))
    plot.update_xaxes(title_text=f"{label(shown)} per event", range=[0, edge])
    notes = ["Every rung has all rungs above it switched on."] if ladder.cumulative and ladder.entries else []
    if ladder.entries:
        notes.append(f"The factor is the speedup against “{ladder.baseline_name}”, from paired blocks.")
    if normalised:
        notes.append(
            "Normalised seconds are CPU seconds times the machine's score per logical thread: like those of "
            "WLCG's HS23, from workloads of our own where they are called HS23-style."
        )
    rows = [
        [name, c.value, c.lo, c.hi, t.value, t.lo, t.hi, unit, g]
        for name, c, t, g in zip(names, cpu, times, gain)
    ]
    columns: tuple[str, ...] = (
        *("configuration", "cpu_s_per_event", "cpu_lo", "cpu_hi", "shown_per_event", "lo", "hi", "unit"),
    )
    spans = style.spans(["", *(filter_key("entry", entry.name) for entry in ladder.entries)])
    columns = (*columns, "speedup_since_baseline")
    return Figure("throughput", "Time per event", " ".join(notes), plot, columns, rows, spans)
