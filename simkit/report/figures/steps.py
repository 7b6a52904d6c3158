"""Steps per event by region and particle: stacked bars, one stack a particle, grouped by configuration."""

from __future__ import annotations

from collections.abc import Mapping

from simkit.report.blocks import Figure
from simkit.report.figures import style
from simkit.report.numbers import label, plain

Steps = Mapping[str, Mapping[str, float]]  # {particle: {region: steps per event}}


def steps_figure(steps: Mapping[str, Steps]) -> Figure:
    """Return the stacked steps of every configuration in `steps`."""
    particles = list(dict.fromkeys(p for by in steps.values() for p in by))
    regions = list(dict.fromkeys(r for by in steps.values() for inner in by.values() for r in inner))
    regions = [r for r in regions if any(by.get(p, {}).get(r) for by in steps.values() for p in particles)]
    shown = _shown(steps, regions)
    height = len(particles) + 1.3
    places = {
        (name, particle): i * height + 1.0 + j
        for i, name in enumerate(steps)
        for j, particle in enumerate(particles)
    }
    plot = style.new_figure(style.BAR * height * len(steps))
    for colour, (region, members) in enumerate(shown.items()):
        values = [
            sum(steps[name].get(particle, {}).get(member, 0.0) for member in members)
            for name, particle in places
        ]
        plot.add_bar(
            x=values,
            y=list(places.values()),
            orientation="h",
            width=0.78,
            name=label(region),
            marker={"color": style.series(colour), "line": {"width": 0}},
            text=[f"{particle}, {label(region)}: {plain(v)}" for (_, particle), v in zip(places, values)],
            textposition="none",
            hovertemplate="%{text} steps per event<extra></extra>",
        )
    for i, name in enumerate(steps):
        style.heading(plot, label(name), i * height)
    plot.update_layout(barmode="stack")
    plot.update_yaxes(
        tickmode="array",
        tickvals=list(places.values()),
        ticktext=[particle for _, particle in places],
        range=[len(steps) * height - 0.9, -0.6],
        showgrid=False,
        fixedrange=True,
        tickfont={"size": 13, "color": style.INK},
    )
    plot.update_xaxes(title_text="steps per event")
    rows = [
        [name, particle, region, steps[name].get(particle, {}).get(region, 0.0)]
        for name, particle in places
        for region in regions
    ]
    return Figure(
        "steps",
        "Steps by particle and region",
        "Steps per event, means; virtual collisions are no steps. Colours are regions; the data lists all.",
        plot,
        ("configuration", "particle", "region", "steps_per_event"),
        rows,
    )


def _shown(steps: Mapping[str, Steps], regions: list[str]) -> dict[str, list[str]]:
    """Return {name: regions}: the regions with the most steps by themselves, the others together."""
    if len(regions) <= len(style.SERIES):
        return {region: [region] for region in regions}
    total = {r: sum(inner.get(r, 0.0) for by in steps.values() for inner in by.values()) for r in regions}
    largest = sorted(regions, key=lambda region: -total[region])[: len(style.SERIES) - 1]
    rest = [region for region in regions if region not in largest]
    return {**{r: [r] for r in regions if r in largest}, f"{len(rest)} other regions": rest}
