"""Mean and spread of quantities as smooth functions of the incident energy, by group: a layer, a ring in one.

Both are polynomials of the logarithm of the energy (Chebyshev's), the spread's of its own logarithm.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.polynomial.chebyshev import chebvander
from numpy.typing import NDArray

DEGREE = 4
TERMS = DEGREE + 1
BINS = 24  # of energy, in which spreads are measured
RIDGE = 2.0  # pseudo-showers that draw the higher terms to zero
FLOOR = 0.02  # the least spread
OF_LAYERS = ("number", "energy", "odds", "sum", "rest", "dipole", "quadrupole")
"""Number of cells on, log of the energy, log odds of the excess against what comes later, log of the
energy up to a layer and from it on, moments."""
OF_RINGS = ("cell", "ring", "ring_number", "share", "part")
"""Log of a cell's and a ring's energy, number on in a ring, log odds of a ring's and a cell's share."""
Floats = NDArray[np.floating[Any]]


def scale_columns(radii: int) -> dict[str, slice]:
    """Return which columns of arrays of scales belong to a quantity; of rings there is one for each."""
    first = len(OF_LAYERS)
    rings = {name: slice(first + k * radii, first + (k + 1) * radii) for k, name in enumerate(OF_RINGS)}
    return {name: slice(k, k + 1) for k, name in enumerate(OF_LAYERS)} | rings


def position(incident_MeV: Floats, least_MeV: float, most_MeV: float) -> Floats:
    """Return where energies are between two, in the logarithm: -1 to 1, also for those outside."""
    low, high = np.log(least_MeV), np.log(most_MeV)
    place = 2.0 * (np.log(incident_MeV) - low) / max(high - low, 1e-6) - 1.0
    return np.clip(place, -1.0, 1.0)


def powers(place: Floats) -> NDArray[np.float32]:
    """Return the polynomials at places from -1 to 1; float32[n, TERMS]."""
    return chebvander(place, DEGREE).astype(np.float32)


class ScaleSums:
    """Numbers, sums and sums of squares of quantities by shower and group, gathered in parts."""

    def __init__(self) -> None:
        self.parts: list[tuple[Floats, Floats, Floats]] = []

    def add(self, values: Any, present: Any, over: int | None = None) -> None:
        """Add torch tensors [n, groups], those where `present`; `over`: an axis that is summed over."""
        kept = values.where(present, 0.0).double()
        sums = [present.double(), kept, kept * kept]
        if over is not None:
            sums = [part.sum(over) for part in sums]
        self.parts.append(tuple(part.reshape(len(part), -1).cpu().numpy() for part in sums))

    def fit(self, place: Floats, floor: float = FLOOR) -> tuple[Floats, Floats]:
        """Return mean and log spread [groups, TERMS] of what was added, at these places of the showers."""
        count, total, squares = (np.concatenate(part) for part in zip(*self.parts))
        basis = chebvander(place, DEGREE)
        mean = _fit(basis, count, total)
        middle = basis @ mean.T
        off = squares - 2.0 * middle * total + middle**2 * count
        which = np.clip(((place + 1.0) * 0.5 * BINS).astype(int), 0, BINS - 1)
        inside = np.eye(BINS)[which].T
        number, variance = inside @ count, inside @ off
        known = number >= 5.0
        level = 0.5 * np.log(np.where(known, variance / np.maximum(number, 1.0), 1.0) + floor**2)
        weight = np.where(known, number, 0.0)
        centres = chebvander((np.arange(BINS) + 0.5) / BINS * 2.0 - 1.0, DEGREE)
        return mean, _fit(centres, weight, weight * level)


def _fit(basis: Floats, weight: Floats, total: Floats) -> Floats:
    """Return the least-squares coefficients [groups, terms] of weighted values' sums [n, groups]."""
    terms = basis.shape[1]
    products = (basis[:, :, None] * basis[:, None, :]).reshape(len(basis), -1)
    normal = (weight.T @ products).reshape(-1, terms, terms)
    ridge = RIDGE * np.diag(np.arange(terms, dtype=np.float64) ** 2) + 1e-6 * np.eye(terms)
    return np.linalg.solve(normal + ridge, (total.T @ basis)[:, :, None])[:, :, 0]
