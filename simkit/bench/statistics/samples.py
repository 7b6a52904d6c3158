"""What the statistics need of the tallies: one row per independent unit, the same units on every side.

A unit is an event, or a slice of an event's primaries, or a few small events together. Both sides of a
comparison simulate the same primaries, so row k of one side pairs with row k of the other; all estimates are
ratios of sums over units, which needs no unit to be like the next.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simkit.particles import PARTICLES, species
from simkit.record.tallies import ENERGY_UNIT, Tallies, in_order, names_of
from simkit.tally import KILLED, LEAKED, LOOPED

if TYPE_CHECKING:
    from simkit.engines import Prepared

Floats = NDArray[np.float64]

ALIKE: Floats = np.zeros(0)
"""Weights of events that count once each."""
NO_WEIGHTS: Floats = np.zeros((0, 3))
"""Their sums by unit."""

COUNTED = ("steps", "secondaries", "counters")
"""The arrays of a sample whose columns have names."""

UNITS_PER_RUN = 64  # at most: thousands of small events in one run are grouped


class SampleColumns(NamedTuple):
    """Names of the columns. `layers` holds (region, layer) of each column of `Sample.layers`; `seeing_less`
    has the regions whose readout does not see all."""

    regions: tuple[str, ...]
    calorimeter: tuple[str, ...]
    sensitive: tuple[str, ...]
    layers: tuple[tuple[str, int], ...]
    layer_of_cell: NDArray[np.int64]  # column of the cell; len(layers) for cells of no layer
    seeing_less: tuple[str, ...] = ()


def make_columns(prepared: Prepared) -> SampleColumns:
    """Return the layout of the tallies that a prepared scenario gives."""
    columns: list[tuple[str, int]] = []
    layer_of_cell = np.full(len(prepared.cell_region), -1, dtype=np.int64)
    for region, cells_of_layers in prepared.layers.items():
        for index, cells in enumerate(cells_of_layers):
            layer_of_cell[np.asarray(cells, dtype=np.int64)] = len(columns)
            columns.append((region, index))
    layer_of_cell[layer_of_cell < 0] = len(columns)
    return SampleColumns(
        tuple(prepared.regions),
        tuple(prepared.calorimeter),
        tuple(prepared.sensitive),
        tuple(columns),
        layer_of_cell,
        getattr(prepared, "seeing_less", ()),  # another program sees all
    )


@dataclass
class Sample:
    """Sums per unit, energies in MeV, one row a unit.

    energy: [n], kinetic energy of the primaries. leaked, killed: [n]; killed has that of loopers, too.
    deposits: [n, regions]. layers: [n, layers]. steps: [n, PARTICLES, regions]. secondaries: [n, PARTICLES].
    counters: [n, COUNTERS]. event_deposits: [events, regions], one row an event, kept only where
    the verdict needs them. Of deposits it is what the readout sees; unseen: [n], the rest; late: [n],
    that of it which came outside a time window. punched: [n], events that a charged hadron or a muon left.
    weights: [n, 3], sums of the events' weights times their energy, of weights and of their squares, and
    event_weights: [events], beside event_deposits; both empty where each event counts once. Where they do
    not, what events leave is summed by weight, but for event_deposits; steps, secondaries, counters never.
    names: of those of COUNTED, see `Tallies`.
    """

    energy: Floats
    leaked: Floats
    killed: Floats
    deposits: Floats
    unseen: Floats
    late: Floats
    punched: Floats
    layers: Floats
    steps: Floats
    secondaries: Floats
    counters: Floats
    event_deposits: Floats
    weights: Floats = field(default_factory=lambda: NO_WEIGHTS)
    event_weights: Floats = field(default_factory=lambda: ALIKE)
    names: dict[str, tuple[str, ...]] = field(default_factory=lambda: names_of(COUNTED))

    def __len__(self) -> int:
        return len(self.energy)


SUMS = tuple(f.name for f in fields(Sample) if f.name != "names")
"""The arrays of a sample."""


def sample_of(tallies: Tallies, energy: Floats, layout: SampleColumns, by_event: bool) -> Sample:
    """Return the sample of one run; energy: of the primaries by row of the tallies; by_event: `Schedule`."""
    tallies = in_order(tallies)
    deposits = tallies.region_visible * ENERGY_UNIT
    weights = tallies.weights
    starts = np.unique(np.linspace(0, len(tallies), UNITS_PER_RUN, endpoint=False).astype(np.int64))

    def grouped(rows: Any) -> Floats:
        return np.add.reduceat(np.asarray(rows, dtype=np.float64), starts, axis=0)

    def weighed(rows: Any) -> Floats:
        return grouped(rows if weights is None else (rows.T * weights).T)

    charged = [kind for kind, name in enumerate(PARTICLES) if species(name).charge]
    columns = len(layout.layers) + 1
    layers = np.array(
        [
            np.bincount(layout.layer_of_cell, weights=cells, minlength=columns)
            for cells in weighed(tallies.visible)
        ]
    )
    return Sample(
        energy=grouped(energy),
        leaked=weighed(tallies.balance[:, LEAKED] * ENERGY_UNIT),
        killed=weighed(tallies.balance[:, [KILLED, LOOPED]].sum(axis=1) * ENERGY_UNIT),
        deposits=weighed(deposits),
        unseen=weighed(tallies.unseen.sum(axis=1) * ENERGY_UNIT),
        late=weighed(tallies.late.sum(axis=1) * ENERGY_UNIT),
        punched=weighed(tallies.escaped[:, charged, 0].any(axis=1)),
        layers=layers[:, :-1] * ENERGY_UNIT,
        steps=grouped(tallies.steps),
        secondaries=grouped(tallies.secondaries),
        counters=grouped(tallies.counters),
        event_deposits=deposits if by_event else deposits[:0],
        weights=NO_WEIGHTS
        if weights is None
        else grouped(np.stack([weights * energy, weights, weights**2], axis=1)),
        event_weights=ALIKE if weights is None or not by_event else weights,
    )


WEIGHED = ("leaked", "killed", "deposits", "unseen", "late", "punched", "layers")
"""The arrays of a sample that are summed by weight."""


def counted_once(sample: Sample) -> Sample:
    """Return the sample with events that count once each, and with the means and errors of the weighted ones.

    A weighted mean is a ratio, of sums of weight times value over sums of weight (here: times energy, as an
    event's energy is known); its unit k becomes what the ratio is linear in, R e_k + (y_k - R c_k) E / C, for
    the energies e and the weighted ones c that add up to E and C, and R = Y / C (W. G. Cochran, Sampling
    Techniques, 3rd ed., section 6.4). They add up to R E, and scatter as R does.
    """
    if not len(sample.weights):
        return sample
    counted = sample.weights[:, 0]
    scale = sample.energy.sum() / counted.sum()

    def linear(rows: Floats) -> Floats:
        mean = rows.sum(axis=0) / counted.sum()
        return np.multiply.outer(sample.energy, mean) + scale * (rows - np.multiply.outer(counted, mean))

    arrays: dict[str, Any] = {name: linear(getattr(sample, name)) for name in WEIGHED}
    return replace(sample, **arrays)


def deposits_by_event(sample: Sample, region: int) -> Floats:
    """Return the deposits by event in a region, [events], with weights as `counted_once` has sums."""
    x, weights = sample.event_deposits[:, region], sample.event_weights
    if not len(weights):
        return x
    mean = np.average(x, weights=weights)
    return mean + weights / weights.mean() * (x - mean)


def quantiles(x: Floats, at: Sequence[float], weights: Floats = ALIKE) -> list[float]:
    """Return the quantiles of `x`; with weights one of its values each, without them also in between."""
    if not len(weights):
        return [float(q) for q in np.quantile(x, at)]
    return [float(q) for q in np.quantile(x, at, weights=weights, method="inverted_cdf")]


def effective(weights: Floats) -> float:
    """Return how many events without weights know a mean as well: (sum w)^2 / sum w^2 of weights w.

    L. Kish, Survey Sampling (1965), section 11.7: as long as weights are not tied to what is averaged.
    """
    return float(weights.sum() ** 2 / np.sum(weights**2)) if weights.any() else 0.0


def join(parts: list[Sample]) -> Sample:
    """Return one sample of several, in order. Errors: BadInput, see `in_order`."""
    parts = [in_order(part) for part in parts]
    if len(parts) == 1:
        return parts[0]
    joined: dict[str, Any] = {name: np.concatenate([getattr(p, name) for p in parts]) for name in SUMS}
    return Sample(**joined)


class Ratio(NamedTuple):
    """A ratio of sums over units with its standard error and its influence by unit (they add up to 0)."""

    value: float
    error: float
    influence: Floats


def ratio(numerator: Floats, denominator: Floats, within: float = math.inf) -> Ratio:
    """Return sum(numerator) / sum(denominator), both by unit, with the linearised standard error.

    The error is that of the ratio estimator (W. G. Cochran, Sampling Techniques, 3rd ed., section 6.4); with
    `within` it is the error at the value nearest to the one found that lies within +- `within`.
    Raises ZeroDivisionError when the denominator adds up to 0; one unit has an infinite error.
    """
    total = float(denominator.sum())
    if total == 0.0:
        raise ZeroDivisionError
    value = float(numerator.sum()) / total
    nearest = min(max(value, -within), within)
    influence = (numerator - nearest * denominator) / total
    if nearest != value:
        influence -= influence.mean()
    n = len(influence)
    error = float(np.sqrt(n / (n - 1) * np.sum(influence**2))) if n > 1 else float("inf")
    return Ratio(value, error, influence)
