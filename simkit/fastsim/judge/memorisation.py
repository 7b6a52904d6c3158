"""Does a generator repeat its training showers? How near each shower's nearest training shower is.

The distance of two showers is that of the roots of their cells' shares of the incident energy (up to a factor
Hellinger's), the smallest over all rotations and mirror images, so that a turned or scaled copy is found: a
copy has 0. Training showers within 10 % of the incident energy are searched, or the next in energy where
there are none. Only truth's own distance says what is near: showers that no training has seen, at the same
energies.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simkit.fastsim.showers.files import Showers

WINDOW = 1.1
BLOCK = 64
RESAMPLES = 500
COPY = 0.02  # true showers are 0.2 apart or more, those without a common cell some 1.4
NEAR = 0.01  # the quantile of truth's own distances below which a shower is called near


class Memorisation(NamedTuple):
    """Nearest distances of generated and of unseen true showers.

    ratio: of their medians, 1 where nothing is repeated; lo, hi: its 95 % interval (bootstrap). near: the
    share of generated showers nearer than all but 1 % of the true ones, 0.01 where nothing is repeated.
    copies, true_copies: the share with a distance below COPY.
    """

    generated: NDArray[np.float32]
    truth: NDArray[np.float32]
    ratio: float
    lo: float
    hi: float
    near: float
    copies: float
    true_copies: float


def memorisation(generated: Showers, truth: Showers, training: Showers, seed: int) -> Memorisation:
    """Return how much nearer to the training showers generated ones are than true ones that it never saw."""
    found, own = nearest(generated, training), nearest(truth, training)
    random = np.random.default_rng(seed)
    ratios = [
        np.median(random.choice(found, len(found))) / max(np.median(random.choice(own, len(own))), COPY)
        for _ in range(RESAMPLES)
    ]
    middle = max(float(np.median(own)), COPY)  # of truth that was trained on it would be nothing
    lo, hi = np.quantile(ratios, [0.025, 0.975])
    return Memorisation(
        found,
        own,
        float(np.median(found)) / middle,
        float(lo),
        float(hi),
        float(np.mean(found < np.quantile(own, NEAR))),
        *(float(np.mean(distances < COPY)) for distances in (found, own)),
    )


def nearest(showers: Showers, training: Showers) -> NDArray[np.float32]:
    """Return each shower's distance to the nearest training shower of its energy; float32[n]."""
    images = showers.binning.symmetries()
    order = np.argsort(training.incident_MeV, kind="stable")
    energies = training.incident_MeV[order]
    lows, ends = _near_in_energy(showers.incident_MeV, energies)
    found = np.empty(len(showers.incident_MeV), dtype=np.float32)
    sequence = np.argsort(showers.incident_MeV, kind="stable")
    for start in range(0, len(sequence), BLOCK):
        rows = sequence[start : start + BLOCK]
        first, end = lows[rows].min(), ends[rows].max()
        candidates = _roots(training.take(order[first:end]))
        queries = _roots(showers.take(rows))
        overlap = np.full((len(rows), len(candidates)), -np.inf, dtype=np.float32)
        for image in images:
            np.maximum(overlap, queries[:, image] @ candidates.T, out=overlap)
        squares = np.sum(candidates**2, axis=1) - 2.0 * overlap + np.sum(queries**2, axis=1)[:, None]
        number = np.arange(first, end)
        squares[(number < lows[rows, None]) | (number >= ends[rows, None])] = np.inf
        found[rows] = np.sqrt(np.maximum(squares.min(axis=1), 0.0))
    return found


def _near_in_energy(
    energies: NDArray[np.float64], training: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first of the rising `training` within WINDOW, or the next, and the one after the last."""
    low = np.searchsorted(training, energies / WINDOW, side="left")
    end = np.searchsorted(training, energies * WINDOW, side="right")
    above = np.minimum(low, len(training) - 1)
    below = np.maximum(low - 1, 0)
    next_one = np.where(training[above] / energies < energies / training[below], above, below)
    none = end <= low
    return np.where(none, next_one, low), np.where(none, next_one + 1, end)


def _roots(showers: Showers) -> NDArray[np.float32]:
    return np.sqrt(showers.energies_MeV / showers.incident_MeV[:, None].astype(np.float32))
