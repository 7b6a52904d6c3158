"""What the statistics need of the tallies: one row per independent unit, the same units on every side.

A unit is an event, or a slice of an event's primaries, or a few small events together. Both sides of a
comparison simulate the same primaries, so row k of one side pairs with row k of the other; all estimates are
ratios of sums over units, which needs no unit to be like the next.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simkit.particles import PARTICLES, species
from simkit.record.tallies import ENERGY_UNIT, Tallies, in_order, names_of
from simkit.tally import KILLED, LEAKED, LOOPED

if TYPE_CHECKING:
    from simkit.engines import Prepared

Floats = NDArray[np.float64]

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
    names: dict[str, tuple[str, ...]] = field(default_factory=lambda: names_of(COUNTED))

    def __len__(self) -> int:
        return len(self.energy)


SUMS = tuple(f.name for f in fields(Sample) if f.name != "names")
"""The arrays of a sample."""


def sample_of(tallies: Tallies, energy: Floats, layout: SampleColumns, by_event: bool) -> Sample:
    """Return the sample of one run; energy: of the primaries by row of the tallies; by_event: `Schedule`."""
    tallies = in_order(tallies)
    deposits = tallies.region_visible * ENERGY_UNIT
    starts = np.unique(np.linspace(0, len(tallies), UNITS_PER_RUN, endpoint=False).astype(np.int64))

    def grouped(rows: Any) -> Floats:
        return np.add.reduceat(np.asarray(rows, dtype=np.float64), starts, axis=0)

    charged = [kind for kind, name in enumerate(PARTICLES) if species(name).charge]
    columns = len(layout.layers) + 1
    layers = np.array(
        [
            np.bincount(layout.layer_of_cell, weights=cells, minlength=columns)
            for cells in np.add.reduceat(tallies.visible, starts, axis=0)
        ]
    )
    return Sample(
        energy=grouped(energy),
        leaked=grouped(tallies.balance[:, LEAKED] * ENERGY_UNIT),
        killed=grouped(tallies.balance[:, [KILLED, LOOPED]].sum(axis=1) * ENERGY_UNIT),
        deposits=grouped(deposits),
        unseen=grouped(tallies.unseen.sum(axis=1) * ENERGY_UNIT),
        late=grouped(tallies.late.sum(axis=1) * ENERGY_UNIT),
        punched=grouped(tallies.escaped[:, charged, 0].any(axis=1)),
        layers=layers[:, :-1] * ENERGY_UNIT,
        steps=grouped(tallies.steps),
        secondaries=grouped(tallies.secondaries),
        counters=grouped(tallies.counters),
        event_deposits=deposits if by_event else deposits[:0],
    )


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
