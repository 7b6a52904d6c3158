"""Histograms of generated showers over those of the truth, and the figures that come from them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from simkit.bench.evaluation.samples import ShowerSamples
from simkit.fastsim.judge.correlations import correlations
from simkit.fastsim.judge.histograms import (
    Counts,
    cell_edges,
    cell_spectrum,
    chi2,
    edges_of,
    histogram,
    observables,
    response_by_energy,
    separation,
)
from simkit.record.evaluation import Metric, MetricValue, ObservableGroup, OverlaidHistogram, ResponsePoint


def _overlay(name: str, unit: str, edges: tuple[float, float], counts: Sequence[Counts]) -> OverlaidHistogram:
    """Return the histogram of an observable; counts: of truth, generated showers, second truth."""
    truth, *others = counts
    reduced = [value / freedom for value, freedom in (chi2(truth, other) for other in others)]
    return OverlaidHistogram(
        name=name,
        unit=unit,
        low=edges[0],
        high=edges[1],
        truth=truth.tolist(),
        generated=others[0].tolist(),
        second_truth=others[1].tolist(),
        separation=(separation(truth, others[0]), separation(truth, others[1])),
        chi2_ndf=(reduced[0], reduced[1]),
    )


def overlays(samples: ShowerSamples) -> Iterator[tuple[str, OverlaidHistogram]]:
    """Yield the group and the histogram of every observable; the spectrum of all cells comes first."""
    sides = (samples.truth, samples.generated, samples.second)
    edges = cell_edges(samples.truth.showers)
    spectra = [cell_spectrum(side.showers, edges) for side in sides]
    ends = (float(np.log10(edges[0])), float(np.log10(edges[-1])))
    lit = [counts[1:] for counts in spectra]  # most cells are zero: how many, sparsity says
    apart = tuple(separation(lit[0], other) for other in lit[1:])
    spectrum = _overlay("cell energy", "log10 MeV", ends, spectra)
    yield "cell energy", spectrum.model_copy(update={"separation": apart, "chi2_ndf": None})
    for truth, *others in zip(*(observables(side.features) for side in sides)):
        edges = edges_of(truth.values)
        counts = [histogram(one.values, edges) for one in (truth, *others)]
        yield truth.group, _overlay(truth.name, truth.unit, (float(edges[0]), float(edges[-1])), counts)


def groups(histograms: list[tuple[str, OverlaidHistogram]]) -> list[ObservableGroup]:
    """Return how far apart each kind of observable is, over the layers."""
    found = []
    for name in dict.fromkeys(group for group, _ in histograms):
        of = [one for group, one in histograms if group == name]
        worst = max(of, key=lambda one: one.separation[0])
        separations = np.array([one.separation for one in of])
        reduced = np.array([one.chi2_ndf for one in of if one.chi2_ndf is not None])
        found.append(
            ObservableGroup(
                name=name,
                layers=len(of),
                mean=tuple(separations.mean(axis=0).tolist()),
                largest=tuple(separations.max(axis=0).tolist()),
                largest_at=worst.name,
                chi2_ndf=tuple(reduced.mean(axis=0).tolist()) if len(reduced) else None,
            )
        )
    return found


def response_points(samples: ShowerSamples) -> list[ResponsePoint]:
    """Return chi2 of the response at the energies that all samples have."""
    truth = samples.truth.features
    generated, second = (
        {point.low_MeV: point for point in response_by_energy(truth, side.features)}
        for side in (samples.generated, samples.second)
    )
    return [
        ResponsePoint(
            low_MeV=low,
            high_MeV=point.high_MeV,
            showers=point.showers[0],
            chi2=(point.chi2, second[low].chi2),
            freedom=(point.freedom, second[low].freedom),
        )
        for low, point in generated.items()
        if low in second
    ]


def cheap_metrics(
    samples: ShowerSamples, histograms: list[tuple[str, OverlaidHistogram]], points: list[ResponsePoint]
) -> Iterator[Metric]:
    """Yield what comes from histograms and correlations."""
    n = samples.number

    def pair(name: str, key: str, values: tuple[float, float], best: float | None, note: str = "") -> Metric:
        generated, truth = (MetricValue(value=value) for value in values)
        return Metric(
            name=name, key=key, generated=generated, truth=truth, showers=n, best=best, seconds=0.0, note=note
        )

    if points:
        reduced = [
            sum(point.chi2[i] for point in points) / sum(point.freedom[i] for point in points) for i in (0, 1)
        ]
        fewest = min(point.showers for point in points)
        energies = "1 energy" if len(points) == 1 else f"{len(points)} energies"
        note = f"30 bins, {energies}, {fewest:,} showers or more at each"
        yield pair("chi2/NDF of the response", "chi2_ndf", (reduced[0], reduced[1]), 1.0, note)
    separations = np.array([one.separation for _, one in histograms[1:]])
    means = separations.mean(axis=0)
    note = f"of {len(separations)} observables, 30 bins, under- and overflow included"
    yield pair("separation, mean", "separation", (means[0], means[1]), 0.0, note)
    spectrum = histograms[0][1].separation
    yield pair(
        "separation of the cells' energies",
        "separation_cells",
        spectrum,
        0.0,
        "of cells that are not zero, 50 bins in the logarithm",
    )
    truth, *others = (
        correlations(side.features) for side in (samples.truth, samples.generated, samples.second)
    )
    apart = [float(np.sqrt(np.mean((other - truth) ** 2))) for other in others]
    note = "root mean square difference of the matrices"
    yield pair("correlations of layer energies", "correlations", (apart[0], apart[1]), 0.0, note)
