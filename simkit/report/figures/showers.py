"""Figures of generated showers: overlays with a panel of ratios, pictures, a map."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from simkit.record.evaluation import (
    CorrelationMatrix,
    MapPlaces,
    OverlaidHistogram,
    ShowerPicture,
    ShowerProfile,
)
from simkit.report.figures import style
from simkit.report.numbers import energy_words, label, plain
from simkit.report.page_parts import Figure, file_name

TRUTH, GENERATED, SECOND = "truth", "generated", "truth again"
SCALE = [[0.0, "var(--surface)"], [0.5, "var(--series-5)"], [1.0, "var(--accent)"]]
APART = [[0.0, "var(--series-2)"], [0.5, "var(--surface)"], [1.0, "var(--accent)"]]
SMALL = 150  # pixels a picture of many is high

Values = np.ndarray


def histogram_overlay(of: OverlaidHistogram) -> Figure:
    """Return the histograms as shares of all showers, and their ratios to the truth."""
    edges = np.linspace(of.low, of.high, len(of.truth) - 1)
    shares, errors = {}, {}
    for name, counts in ((TRUTH, of.truth), (GENERATED, of.generated), (SECOND, of.second_truth)):
        total = max(sum(counts), 1)
        shares[name] = np.array(counts[1:-1]) / total
        errors[name] = np.sqrt(np.array(counts[1:-1])) / total
    outside = ", ".join(
        f"{name} {(counts[0] + counts[-1]) / max(sum(counts), 1):.2%}"
        for name, counts in ((GENERATED, of.generated), (TRUTH, of.truth))
    )
    words = [f"separation {plain(of.separation[0], 3)}, truth against truth {plain(of.separation[1], 3)}"]
    if of.chi2_ndf is not None:
        words.append(f"chi2/NDF {plain(of.chi2_ndf[0], 3)} and {plain(of.chi2_ndf[1], 3)}")
    where = "outside of the bins" if of.chi2_ndf else "zero or outside of the bins"  # of cells most are zero
    caption = "; ".join([*words, f"{where} {outside}."])
    caption = caption[:1].upper() + caption[1:]
    title = of.name[:1].upper() + of.name[1:]
    axis = f"{of.name} ({of.unit})" if of.unit else of.name
    logarithmic = of.unit.startswith("log10 MeV") and of.name == "cell energy"
    return _overlay(of.name, title, caption, edges, shares, errors, axis, "share", logarithmic)


def ring_overlay(of: ShowerProfile) -> Figure:
    """Return mean energies by ring, and their ratio to the truth."""
    values = {TRUTH: np.array(of.truth_rings), GENERATED: np.array(of.generated_rings)}
    errors = {TRUTH: np.array(of.truth_rings_sem), GENERATED: np.array(of.generated_rings_sem)}
    caption = "Mean energy of a shower by ring, all layers together, with standard errors; not judged."
    edges, name, title = np.array(of.ring_edges_mm), f"rings {of.energies}", f"Rings, {of.energies}"
    return _overlay(name, title, caption, edges, values, errors, "radius (mm)", "MeV", True)


def _overlay(
    name: str,
    title: str,
    caption: str,
    edges: Values,
    values: dict[str, Values],
    errors: dict[str, Values],
    axis: str,
    unit: str,
    logarithmic: bool,
) -> Figure:
    plot = style.new_figure(300)
    middles = 0.5 * (edges[1:] + edges[:-1])
    truth = values[TRUTH]
    plot.add_scatter(
        x=np.repeat(edges, 2)[1:-1].tolist(), y=np.repeat(truth, 2).tolist(), mode="lines", name=TRUTH,
        line={"color": style.REFERENCE, "width": 2}, hovertemplate="%{y:.4g}",
    )  # fmt: skip
    looks = {SECOND: (style.MUTED, "line-ew-open", 8), GENERATED: (style.ACCENT, "circle", 6)}
    ratios: dict[str, Values] = {}
    reach = 0.02
    for which, (colour, symbol, size) in looks.items():
        if which not in values:
            continue
        marker = {"color": colour, "symbol": symbol, "size": size}
        if which == SECOND:
            marker["line"] = {"color": colour, "width": 2}
        both = (truth > 0.0) & (values[which] > 0.0)
        ratio, *relative = (
            np.divide(above, below, out=np.ones_like(truth), where=both)
            for above, below in (
                (values[which], truth),
                (errors[which], values[which]),
                (errors[TRUTH], truth),
            )
        )
        spread = np.where(both, ratio * np.hypot(*relative), 0.0)
        ratios[which] = np.where(both, ratio, np.nan)
        known = both & (spread < 0.5 * ratio)
        reach = max(reach, float(np.max(1.1 * (np.abs(ratio - 1.0) + spread)[known], initial=0.0)))
        for y, error, panel, shown in (
            (values[which], errors[which], "y", True),
            (ratio, spread, "y2", False),
        ):
            drawn = both if panel == "y2" else values[which] >= 0.0
            plot.add_scatter(
                x=middles[drawn].tolist(), y=y[drawn].tolist(), mode="markers", name=which, marker=marker,
                yaxis=panel, showlegend=shown, hovertemplate="%{y:.4g}<extra></extra>",
                error_y={"type": "data", "array": error[drawn].tolist(), "color": colour, "thickness": 1.5,
                         "width": 0},
            )  # fmt: skip
    reach = min(reach, 1.0)
    plot.update_xaxes(title_text=axis, range=[float(edges[0]), float(edges[-1])], anchor="y2")
    plot.update_yaxes(title_text=unit, domain=[0.4, 1.0], rangemode="normal" if logarithmic else "tozero")
    if logarithmic:
        plot.update_yaxes(type="log", exponentformat="power", dtick=1)
    plot.update_layout(
        yaxis2=style.axis(title="ratio", domain=[0.0, 0.32], range=[1.0 - reach, 1.0 + reach], nticks=5)
    )
    plot.add_shape(
        type="line", x0=0, x1=1, xref="x domain", y0=1.0, y1=1.0, yref="y2", layer="below",
        line={"color": style.MUTED, "width": 1},
    )  # fmt: skip
    names = [one for one in (TRUTH, GENERATED, SECOND) if one in values]
    columns = ["low", "high", *(one.replace(" ", "_") for one in names), "ratio"]
    rows = [
        [float(low), float(high), *(float(values[one][i]) for one in names), _number(ratios[GENERATED][i])]
        for i, (low, high) in enumerate(pairwise(edges))
    ]
    return Figure(file_name(name), title, caption, plot, columns, rows)


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def pictures_figure(name: str, title: str, caption: str, pictures: Sequence[ShowerPicture]) -> Figure:
    """Return showers by layer and ring, two in a row, with one scale of colours for each row."""
    rows = (len(pictures) + 1) // 2
    plot = _titled(rows * SMALL + 20)
    gap = 46 / (rows * SMALL + 20)
    high = (1.0 - (rows - 1) * gap) / rows
    for i, picture in enumerate(pictures):
        row, column = divmod(i, 2)
        pair = pictures[2 * row : 2 * row + 2]
        energies = np.array([[np.nan if e is None else e for e in layer] for layer in picture.energies])
        seen = np.concatenate([np.ravel([e for layer in one.energies for e in layer if e]) for one in pair])
        ends = np.log10([seen.min(), seen.max()]) if len(seen) else np.array([0.0, 1.0])
        ends[0] = max(ends[0], ends[1] - 5.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            logarithms = np.where(energies > 0.0, np.log10(energies), ends[0])
        logarithms = np.where(np.isnan(energies), np.nan, logarithms)
        suffix = "" if i == 0 else str(i + 1)
        top = 1.0 - row * (high + gap)
        domain = [max(top - high, 0.0), top]
        bar = {"thickness": 10, "y": sum(domain) / 2, "len": high, "x": 1.0, "tickfont": {"size": 11},
               "title": {"text": f"log10 {picture.unit}", "side": "right", "font": {"size": 11}}}  # fmt: skip
        plot.add_heatmap(
            z=[[_number(e) for e in ring] for ring in logarithms.T],
            x0=1, y0=1, xaxis=f"x{suffix}", yaxis=f"y{suffix}",
            colorscale=SCALE, zmin=float(ends[0]), zmax=float(ends[1]), showscale=column == 1, colorbar=bar,
            hovertemplate="layer %{x}, ring %{y}: 10^%{z:.2f}<extra></extra>",
        )  # fmt: skip
        plot.update_layout({
            f"xaxis{suffix}": style.axis(
                domain=[0.0, 0.44] if column == 0 else [0.52, 0.96], anchor=f"y{suffix}", showgrid=False,
                title="layer" if row == rows - 1 else None),
            f"yaxis{suffix}": style.axis(
                domain=domain, anchor=f"x{suffix}", title="ring" if column == 0 else None, showgrid=False),
        })  # fmt: skip
        plot.add_annotation(
            text=label(_picture_words(picture)), x=0, y=1, xref=f"x{suffix} domain", yref=f"y{suffix} domain",
            xanchor="left", yanchor="bottom", showarrow=False, font={"size": 12},
        )  # fmt: skip
    table = [
        [_picture_words(picture), layer, ring, energy]
        for picture in pictures
        for layer, by_ring in enumerate(picture.energies, 1)
        for ring, energy in enumerate(by_ring, 1)
        if energy
    ]
    return Figure(name, title, caption, plot, ["shower", "layer", "ring", pictures[0].unit], table)


def _titled(height: int) -> Any:
    """Return an empty figure with room for a line above the plots."""
    plot = style.new_figure(height, legend=False)
    plot.update_layout(height=plot.layout.height + 16, margin={"t": 24})
    return plot


def _picture_words(picture: ShowerPicture) -> str:
    if picture.row is None:
        return picture.name
    return f"{picture.name}, row {picture.row}, {energy_words(picture.incident_MeV)}"


def map_figure(places: MapPlaces) -> Figure:
    """Return the map: true showers as circles, generated ones as crosses."""
    plot = style.new_figure(420)
    rows = []
    for name, points, energies, colour, symbol in (
        (TRUTH, places.truth, places.truth_MeV, style.REFERENCE, "circle-open"),
        (GENERATED, places.generated, places.generated_MeV, style.ACCENT, "cross-thin"),
    ):
        plot.add_scatter(
            x=[x for x, _ in points], y=[y for _, y in points], mode="markers", name=name,
            marker={"color": colour, "symbol": symbol, "size": 5, "line": {"width": 1, "color": colour}},
            text=[energy_words(energy) for energy in energies], hovertemplate="%{text}<extra></extra>",
        )  # fmt: skip
        rows += [[name, *point, energy] for point, energy in zip(points, energies)]
    plot.update_xaxes(showticklabels=False)
    plot.update_yaxes(showticklabels=False)
    caption = (
        f"{len(places.truth):,} showers of each, by their high-level features (t-SNE): near are showers that "
        "are alike. Regions of one kind alone are what a classifier finds; axes have no meaning."
    )
    return Figure("map", "Map of showers", caption, plot, ["sample", "x", "y", "incident_MeV"], rows)


def correlations_figure(of: CorrelationMatrix) -> Figure:
    """Return the correlations of layer energies: of the truth, and what generated showers have more."""
    plot = _titled(300)
    truth, generated = np.array(of.truth), np.array(of.generated)
    layers = [layer + 1 for layer in of.layers]
    largest = float(np.abs(generated - truth).max())
    reach = max(largest, 0.01)  # no colours for noise
    panels: list[tuple[str, Values, float, Any, list[float]]] = [
        ("truth", truth, 1.0, APART, [0.0, 0.4]),
        ("generated less truth", generated - truth, reach, APART, [0.55, 0.95]),
    ]
    for i, (name, matrix, most, colours, domain) in enumerate(panels):
        suffix = "" if i == 0 else str(i + 1)
        plot.add_heatmap(
            x=layers, y=layers, z=matrix.tolist(), zmin=-most, zmax=most, colorscale=colours,
            xaxis=f"x{suffix}", yaxis=f"y{suffix}",
            colorbar={"thickness": 10, "x": domain[1] + 0.01, "tickfont": {"size": 11}},
            hovertemplate="layers %{x}, %{y}: %{z:.3f}<extra></extra>",
        )  # fmt: skip
        plot.update_layout({
            f"xaxis{suffix}": style.axis(domain=domain, anchor=f"y{suffix}", title="layer", showgrid=False),
            f"yaxis{suffix}": style.axis(anchor=f"x{suffix}", title="" if i else "layer", showgrid=False),
        })  # fmt: skip
        plot.add_annotation(
            text=name, x=0, y=1, xref=f"x{suffix} domain", yref="paper", xanchor="left", yanchor="bottom",
            showarrow=False, font={"size": 12},
        )  # fmt: skip
    rows = [
        [one, other, truth[i, j], generated[i, j]]
        for i, one in enumerate(layers)
        for j, other in enumerate(layers)
        if j > i
    ]
    caption = (
        f"Pearson's correlation of shares of the incident energy; the largest difference is {largest:.3f}."
    )
    names = ["layer", "other_layer", "truth", "generated"]
    return Figure("correlations", "Correlations of layer energies", caption, plot, names, rows)
