"""Throughput against versions: events per CPU second of every configuration, a point a version of simkit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simkit.report.figures import style
from simkit.report.numbers import label, plain
from simkit.report.page_parts import Figure

MOST = len(style.SERIES)  # configurations in one figure: as many as there are colours


@dataclass(frozen=True)
class VersionCost:
    """What an event cost (CPU s) with a version of simkit, with its interval where it has one."""

    version: str
    created: str
    cpu_s: float
    lo: float | None
    hi: float | None


def versions_figure(versions: Sequence[str], points: Mapping[str, Sequence[VersionCost]]) -> Figure:
    """Return the figure of `points` by configuration; `versions` are all there are, in their order."""
    plot = style.new_figure(300)
    dates = {one.version: one.created[:10] for of in points.values() for one in of}
    for number, (name, of) in enumerate(list(points.items())[:MOST]):
        colour = style.series(number)
        value = [1.0 / one.cpu_s for one in of]
        low = [1.0 / (one.hi or one.cpu_s) for one in of]
        high = [1.0 / (one.lo or one.cpu_s) for one in of]
        plot.add_scatter(
            x=[versions.index(one.version) for one in of],
            y=value,
            error_y=style.error_bars(low, value, high, colour, 4),
            mode="lines+markers",
            name=label(name),
            line={"color": colour, "width": 1.6},
            marker={"color": colour, "size": 8},
            text=[f"{label(name)}, {one.version}: {plain(1.0 / one.cpu_s)}" for one in of],
            hovertemplate="%{text} events per CPU second<extra></extra>",
        )
    plot.update_xaxes(
        tickmode="array",
        tickvals=list(range(len(versions))),
        ticktext=[f"{label(version)}<br>{dates[version]}" for version in versions],
        range=[-0.4, len(versions) - 0.6],
    )
    plot.update_yaxes(title_text="events per CPU second", rangemode="tozero")
    return Figure(
        "versions",
        "Throughput against versions",
        "The same configurations on the same machine, measured with other versions of simkit at other times, "
        "so not in pairs: a drift of the machine shows too. Bars: 95 % intervals.",
        plot,
        ("configuration", "version", "created", "cpu_s_per_event", "lo", "hi", "events_per_cpu_s"),
        [
            [name, one.version, one.created, one.cpu_s, one.lo, one.hi, 1.0 / one.cpu_s]
            for name, of in points.items()
            for one in of
        ],
    )
