"""Histograms of two samples and how far they are apart: separation and chi2 per degree of freedom.

All histograms have an underflow and an overflow bin, which count. Their edges come from the truth alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simkit.fastsim.showers.features import Features, chunks
from simkit.fastsim.showers.files import Showers

BINS = 30
TAIL = 0.005  # of the truth's values, beyond either end of the bins
POINTS = 17
MOST_DISCRETE = 64  # incident energies of a file that has points and no spectrum

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


class ShowerObservable(NamedTuple):
    """One number a shower: its group ("x width"), the layer (None for all), and its values in a unit."""

    group: str
    layer: int | None
    unit: str
    values: Floats

    @property
    def name(self) -> str:
        """What the observable is called; in words layers count from 1."""
        return self.group if self.layer is None else f"{self.group}, layer {self.layer + 1}"


def observables(of: Features) -> Iterator[ShowerObservable]:
    """Yield all that is compared; the logarithm of a layer without energy is minus infinity."""
    with np.errstate(divide="ignore"):
        layer_energy = np.log10(of.layer_MeV)
    yield ShowerObservable("response", None, "", of.response)
    yield ShowerObservable("mean layer", None, "layers", of.depth)
    yield ShowerObservable("layer width", None, "layers", of.depth_width)
    groups = (
        ("layer energy", "log10 MeV", of.layers, layer_energy),
        ("sparsity", "", of.layers, of.sparsity),
        ("x", "mm", of.angular, of.x_mm),
        ("y", "mm", of.angular, of.y_mm),
        ("x width", "mm", of.angular, of.x_width_mm),
        ("y width", "mm", of.angular, of.y_width_mm),
        ("radius", "mm", of.layers, of.radius_mm),
        ("radius width", "mm", of.layers, of.radius_width_mm),
    )
    for group, unit, layers, values in groups:
        for i, layer in enumerate(layers):
            yield ShowerObservable(group, layer, unit, values[:, i])


def edges_of(truth: Floats, bins: int = BINS) -> Floats:
    """Return equal bins between the 0.5 % and 99.5 % quantiles of the truth; float64[bins + 1]."""
    finite = truth[np.isfinite(truth)]
    low, high = np.quantile(finite, [TAIL, 1.0 - TAIL]) if len(finite) else (0.0, 0.0)
    reach = max(high - low, 1e-6 * max(abs(low), abs(high)), 1e-12)
    return np.linspace(low, low + reach, bins + 1)


def histogram(values: NDArray[Any], edges: Floats) -> Counts:
    """Return counts with the underflow first and the overflow last; int64[bins + 2]."""
    return np.bincount(np.searchsorted(edges, values, side="right"), minlength=len(edges) + 1)


def separation(one: Counts, other: Counts) -> float:
    """Return half the sum of (p - q)^2 / (p + q) over all bins: 0 for the same shares, 1 for no overlap.

    Also called triangular discrimination (eq. 15 of arXiv:2009.03796).
    """
    if not (one.any() and other.any()):
        return float(one.any() != other.any())
    p, q = one / one.sum(), other / other.sum()
    filled = p + q > 0
    return float(0.5 * np.sum((p - q)[filled] ** 2 / (p + q)[filled]))


def chi2(one: Counts, other: Counts) -> tuple[float, int]:
    """Return chi2 of two histograms of counts, and its degrees of freedom (filled bins less one).

    The two may have different totals (W. T. Eadie et al., Statistical Methods in Experimental Physics, 11.5).
    """
    filled = one + other > 0
    n, m = one[filled].astype(np.float64), other[filled].astype(np.float64)
    scale = np.sqrt(n.sum() / m.sum())
    return float(np.sum((n / scale - m * scale) ** 2 / (n + m))), max(int(filled.sum()) - 1, 1)


class EnergyPoint(NamedTuple):
    """chi2 of the response at one incident energy, or in one range: low to high in MeV; showers of each."""

    low_MeV: float
    high_MeV: float
    showers: tuple[int, int]
    chi2: float
    freedom: int


def response_by_energy(truth: Features, other: Features, points: int = POINTS) -> list[EnergyPoint]:
    """Return chi2 of the response (30 bins) at every incident energy, or in equal ranges of its logarithm.

    Samples of few energies have these as their points, as in ATLAS's figure of merit (arXiv:2109.02551);
    others `points` ranges, or fewer where that leaves less than 10 showers a bin. Points where either sample
    has less than 2 are left out.
    """
    energies = np.unique(truth.incident_MeV)
    if len(energies) <= MOST_DISCRETE:
        cuts = np.sqrt(energies[1:] * energies[:-1])
        ends = [(energy, energy) for energy in energies]
    else:
        most = max(min(len(truth.incident_MeV), len(other.incident_MeV)) // (10 * BINS), 1)
        ends = list(pairwise(np.geomspace(energies[0], energies[-1], min(points, most) + 1)))
        cuts = np.array([low for low, _ in ends[1:]])
    of_truth, of_other = (np.searchsorted(cuts, of.incident_MeV, side="right") for of in (truth, other))
    found = []
    for i, (low, high) in enumerate(ends):
        one, two = truth.response[of_truth == i], other.response[of_other == i]
        if min(len(one), len(two)) >= 2 * BINS:
            edges = edges_of(one)
            value, freedom = chi2(histogram(one, edges), histogram(two, edges))
            found.append(EnergyPoint(float(low), float(high), (len(one), len(two)), value, freedom))
    return found


def cell_edges(truth: Showers, bins: int = 50) -> Floats:
    """Return bins of the energies of cells that are not zero, equal in their logarithm; MeV."""
    cells = truth.energies_MeV
    return np.geomspace(cells[cells > 0].min(initial=1e3), max(cells.max(), 1e-3), bins + 1)


def cell_spectrum(showers: Showers, edges: Floats) -> Counts:
    """Return how many cells of all showers have which energy; the underflow holds those that are zero."""
    parts = (showers.energies_MeV[rows] for rows in chunks(*showers.energies_MeV.shape))
    return np.sum([histogram(part.ravel(), edges) for part in parts], axis=0)
