"""Precision, recall, density and coverage: do two samples fill the same region of the space of all cells?

By the nearest neighbours (M. F. Naeem et al., ICML 2020, arXiv:2002.09797), as the CaloChallenge has them:
log10 of the cells' energies in MeV, 0.1 for a cell that is zero, the fifth neighbour. They depend on N.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

NEIGHBOUR = 5
ZERO_MEV = 0.1
BLOCK = 1000

Floats32 = NDArray[np.float32]


class Manifold(NamedTuple):
    """precision, density: of the other sample within the truth; recall, coverage: of the truth."""

    precision: float
    recall: float
    density: float
    coverage: float


def manifolds(truth: Floats32, others: Sequence[Floats32]) -> list[Manifold]:
    """Return how each of the other samples lies in the truth; cells' energies, float32[n, cells] in MeV."""
    reference = _logarithms(truth)
    radii = _neighbour(reference)
    return [_compare(reference, radii, _logarithms(other)) for other in others]


def _logarithms(cells: Floats32) -> Floats32:
    """Return log10 of energies over what stands for zero: distances are the same, numbers smaller."""
    return np.log10(np.where(cells == 0.0, np.float32(ZERO_MEV), cells) / np.float32(ZERO_MEV))


def _compare(reference: Floats32, radii: Floats32, other: Floats32) -> Manifold:
    own = _neighbour(other)
    within = np.zeros(len(other), dtype=np.int64)
    recalled, covered = [], []
    for rows, squares in _squares(reference, other):
        near = squares < radii[rows, None]
        within += near.sum(axis=0)
        recalled.append((squares < own).any(axis=1))
        covered.append(near.any(axis=1))
    return Manifold(
        precision=float(np.mean(within > 0)),
        recall=float(np.concatenate(recalled).mean()),
        density=float(within.mean() / NEIGHBOUR),
        coverage=float(np.concatenate(covered).mean()),
    )


def _neighbour(sample: Floats32) -> Floats32:
    """Return the squared distance of each to its fifth neighbour, itself not counted."""
    found = [
        np.partition(squares, NEIGHBOUR, axis=1)[:, NEIGHBOUR] for _, squares in _squares(sample, sample)
    ]
    return np.concatenate(found)


def _squares(a: Floats32, b: Floats32) -> Iterator[tuple[slice, Floats32]]:
    """Yield squared distances of some rows of `a` to all of `b`."""
    norms = np.einsum("ij,ij->i", b, b)
    for start in range(0, len(a), BLOCK):
        part = a[start : start + BLOCK]
        squares = np.einsum("ij,ij->i", part, part)[:, None] + norms - 2.0 * (part @ b.T)
        if a is b:
            squares[np.arange(len(part)), start + np.arange(len(part))] = (
                0.0  # itself, whatever rounding says
            )
        yield slice(start, start + len(part)), squares
