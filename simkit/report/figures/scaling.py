"""How events per second grow with threads and processes."""

from __future__ import annotations

from simkit.bench.scale.curves import KINDS, of_kind
from simkit.record.scale import Scale
from simkit.report.figures import style
from simkit.report.numbers import ratio
from simkit.report.page_parts import Figure

HEIGHT = 320
COLUMNS = [
    *("processes", "threads", "workers", "events_per_s", "events_per_s_lo", "events_per_s_hi"),
    *("speedup", "speedup_lo", "speedup_hi", "efficiency", "processors_busy"),
    *("memory_MB", "unshared_MB", "peak_of_one_MB"),
]
NAMES = {"threads": "threads of one process", "processes": "processes of one thread", "both": "both"}


def scaling_figure(scale: Scale) -> Figure:
    """Return the speedup by the number of threads of all processes, beside what would be ideal."""
    plot = style.new_figure(HEIGHT)
    most = max(p.workers for p in scale.points)
    plot.add_scatter(
        x=[1, most],
        y=[1, most],
        mode="lines",
        line={"color": style.MUTED, "width": 1, "dash": "dot"},
        name="ideal",
        hoverinfo="skip",
    )
    drawn = [kind for kind in KINDS if len(of_kind(scale.points, kind)) > 1]
    for index, kind in enumerate(drawn):
        points = of_kind(scale.points, kind)
        value = [p.speedup.value for p in points]
        colour = style.series(index)
        plot.add_scatter(
            x=[p.workers for p in points],
            y=value,
            error_y=style.error_bars(
                [p.speedup.lo for p in points], value, [p.speedup.hi for p in points], colour
            ),
            mode="lines+markers",
            line={"color": colour, "width": 2},
            marker={"color": colour, "size": 8},
            name=NAMES[kind],
            text=[
                "{} × {}: {} ({})".format(
                    p.processes, p.threads, *ratio(p.speedup.value, p.speedup.lo, p.speedup.hi)
                )
                for p in points
            ],
            hovertemplate="%{text}<extra></extra>",
        )
    caption = "Speedup over one thread, with 95 % intervals."
    if scale.cores is not None and most > scale.cores:
        plot.add_vline(x=scale.cores, line={"color": style.MUTED, "width": 1})
        caption += f" Beyond the line, at {scale.cores} cores, threads share cores."
    plot.update_xaxes(
        title_text="threads of all processes", rangemode="tozero", dtick=1 if most <= 10 else None
    )
    plot.update_yaxes(title_text="speedup", rangemode="tozero")
    rows = [
        [
            *(p.processes, p.threads, p.workers),
            *(p.events_per_s.value, p.events_per_s.lo, p.events_per_s.hi),
            *(p.speedup.value, p.speedup.lo, p.speedup.hi, p.efficiency.value, p.busy),
            *(p.memory.shared_fairly_MB, p.memory.own_MB, p.memory.peak_rss_MB),
        ]
        for p in scale.points
    ]
    return Figure("scaling", "Scaling", caption, plot, COLUMNS, rows)
