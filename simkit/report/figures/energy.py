"""Energy by name: species not transported, where the energy of an event went."""

from __future__ import annotations

from collections.abc import Mapping

from simkit.report.figures import style
from simkit.report.numbers import label, percent, plain, wrapped
from simkit.report.page_parts import Figure

LISTED = 12  # species; the rest is drawn together


def untransported_figure(name: str, title: str, energies_MeV: Mapping[str, float]) -> Figure:
    """Return the energy per event of each species, the largest first."""
    ordered = sorted(energies_MeV.items(), key=lambda item: -item[1])
    rest = ordered[LISTED:]
    bars = ordered[:LISTED]
    if rest:
        bars.append((f"{len(rest)} others", sum(energy for _, energy in rest)))
    caption = "Total energy per event, means; the data lists every species."
    return _bars(name, title, caption, bars, ordered)


def energy_figure(name: str, title: str, caption: str, energies_MeV: Mapping[str, float]) -> Figure:
    """Return energies per event in the order given."""
    return _bars(name, title, caption, list(energies_MeV.items()), list(energies_MeV.items()))


def _bars(
    name: str, title: str, caption: str, bars: list[tuple[str, float]], rows: list[tuple[str, float]]
) -> Figure:
    total = sum(energy for _, energy in bars)
    largest = max(energy for _, energy in bars)
    factor, unit = (1e-3, "GeV") if largest >= 1e3 else (1.0, "MeV")
    plot = style.new_figure(28 * len(bars), legend=False)
    plot.add_bar(
        x=[energy * factor for _, energy in bars],
        y=list(range(len(bars))),
        orientation="h",
        width=0.66,
        marker={"color": style.ACCENT},
        text=[f"{plain(e * factor, 3)} {unit}, {percent(e / total, 3)}" for _, e in bars],
        textposition="outside",
        cliponaxis=False,
        hovertext=[label(species) for species, _ in bars],
        hovertemplate="%{hovertext}: %{text}<extra></extra>",
    )
    plot.update_yaxes(**style.names_axis([wrapped(species) for species, _ in bars]))
    # As much again as the longest bar: its text stands beside it, on a sheet's half too.
    plot.update_xaxes(title_text=f"{unit} per event", range=[0, 2.0 * largest * factor])
    return Figure(name, title, caption, plot, ("name", "MeV_per_event"), rows)
