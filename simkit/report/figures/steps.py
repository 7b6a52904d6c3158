"""Steps, time or deposits per event by region and particle: stacked bars, a bar a family of particles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simkit.record.families import by_family, families
from simkit.report.figures import style
from simkit.report.numbers import label, plain
from simkit.report.page_parts import Figure, Span, filter_key

ByRegion = Mapping[str, Mapping[str, float]]  # {particle: {region: per event}}


@dataclass(frozen=True)
class Quantity:
    """What is stacked: `unit` names the axis, `column` the data."""

    name: str
    title: str
    caption: str
    unit: str
    column: str


EVERYWHERE = "all regions"  # where an engine does not tell them apart
COLOURS = " Colours are regions; the data lists all, every species by itself."
STEPS = Quantity(
    "steps",
    "Steps by particle and region",
    "Steps per event, means, not time: one of an electron costs more than one of a photon. Virtual "
    f"collisions are not counted.{COLOURS}",
    "steps per event",
    "steps_per_event",
)


CPU_TIME = Quantity(
    "cpu",
    "CPU time by particle and region",
    f"From cycles that instrumented kernels counted, what counting costs taken off.{COLOURS}",
    "CPU ms per event",
    "cpu_ms_per_event",
)


DEPOSITS = Quantity(
    "deposits-by-particle",
    "Deposit by particle and region",
    "By the particle that left the energy where it is: delta rays and electrons of photons are e-, fragments "
    f"of nuclei belong to what hit them. Of the profiled events.{COLOURS}",
    "MeV per event",
    "deposit_MeV_per_event",
)


SECONDARIES = Quantity(
    "secondaries-by-particle",
    "Secondaries by particle and region",
    f"Tracks made, by where they begin. Of the profiled events.{COLOURS}",
    "secondaries per event",
    "secondaries_per_event",
)


def steps_figure(
    species: Mapping[str, ByRegion], what: Quantity = STEPS, like: Mapping[str, ByRegion] | None = None
) -> Figure:
    """Return the stack of every configuration in `species`; filters take out configurations and families.

    like: of another figure on the page: regions have the colours that they have there.
    """
    names = list(dict.fromkeys(p for by in species.values() for p in by))
    members = families(names)
    particles = list(members)
    amounts = {name: by_family(by) for name, by in species.items()}
    regions = _regions(amounts)
    shown = _shown(like or species)
    height = len(particles) + 1.3
    places = {
        (name, particle): i * height + 1.0 + j
        for i, name in enumerate(amounts)
        for j, particle in enumerate(particles)
    }
    plot = style.new_figure(style.BAR * height * len(amounts), legend=len(shown) > 1)
    for colour, (region, among) in enumerate(shown.items()):
        values = [
            sum(amounts[name].get(particle, {}).get(one, 0.0) for one in among) for name, particle in places
        ]
        plot.add_bar(
            x=values,
            y=list(places.values()),
            orientation="h",
            width=0.78,
            name=label(region),
            marker={"color": style.series(colour), "line": {"width": 0}},
            text=[
                f"{_listed(particle, members[particle])}, {label(region)}: {plain(v)}"
                for (_, particle), v in zip(places, values)
            ],
            textposition="none",
            hovertemplate=f"%{{text}} {what.unit}<extra></extra>",
        )
    for i, name in enumerate(amounts):
        style.heading(plot, label(name), i * height)
    plot.update_layout(barmode="stack")
    plot.update_yaxes(
        tickmode="array",
        tickvals=list(places.values()),
        ticktext=[particle for _, particle in places],
        range=[len(amounts) * height - 0.9, -0.6],
        showgrid=False,
        fixedrange=True,
        tickfont={"size": 13, "color": style.INK},
    )
    plot.update_xaxes(title_text=what.unit)
    rows = [
        [name, particle, region, by.get(particle, {}).get(region, 0.0)]
        for name, by in species.items()
        for particle in names
        for region in regions
    ]
    columns = ("configuration", "particle", "region", what.column)
    spans = _spans(list(amounts), places, height)
    title, caption = what.title, what.caption
    if regions == [EVERYWHERE]:
        title, caption = title.removesuffix(" and region"), caption.removesuffix(COLOURS)
    return Figure(what.name, title, caption, plot, columns, rows, spans)


def _listed(family: str, members: list[str]) -> str:
    """Return a family with those of its members that there are, where its name does not tell."""
    return family if members == [family] else f"{family} ({', '.join(members)})"


def _spans(names: list[str], places: Mapping[tuple[str, str], float], height: float) -> list[Span]:
    """Return a span a configuration, but for the first, which the others are compared with, and one a bar."""
    configurations = [
        Span(i * height - 0.6, (i + 1) * height - 0.6, filter_key("entry", name))
        for i, name in enumerate(names)
        if i
    ]
    bars = [
        Span(at - 0.5, at + 0.5, filter_key("particle", particle)) for (_, particle), at in places.items()
    ]
    return configurations + bars


def _regions(amounts: Mapping[str, ByRegion]) -> list[str]:
    """Return the regions in which there is something."""
    return list(
        dict.fromkeys(r for by in amounts.values() for inner in by.values() for r, n in inner.items() if n)
    )


def _shown(amounts: Mapping[str, ByRegion]) -> dict[str, list[str]]:
    """Return {name: regions}: the regions with the most by themselves, the others together."""
    regions = _regions(amounts)
    if len(regions) <= len(style.SERIES):
        return {region: [region] for region in regions}
    total = {r: sum(inner.get(r, 0.0) for by in amounts.values() for inner in by.values()) for r in regions}
    largest = sorted(regions, key=lambda region: -total[region])[: len(style.SERIES) - 1]
    rest = [region for region in regions if region not in largest]
    return {**{r: [r] for r in regions if r in largest}, f"{len(rest)} other regions": rest}
