"""Distances between the high-level features of two samples: Frechet (FPD) and kernel physics distance (KPD).

As R. Kansal et al. define them (Phys. Rev. D 107 (2023) 076017, arXiv:2211.10295) and the CaloChallenge uses
them: features over their largest size in the truth; subsamples drawn with replacement, of N/10 to N/2 for the
FPD and of N/10 for the KPD (10,000 to 50,000 of its 100,000). Both depend on N: compare at one N only.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh, eigvalsh
from scipy.optimize import curve_fit
from scipy.stats import iqr

Floats = NDArray[np.float64]

SIZES = 10  # of subsamples
DRAWS = 20  # of each size
BATCHES = 10  # of the KPD
DEGREE = 4
RESIDUE = 1e-6  # what rounding leaves of the width of one cell is no size of a feature
BLOCK = 2000  # rows of a kernel that are in memory together


class Distance(NamedTuple):
    """A distance and its uncertainty."""

    value: float
    error: float


def scaled(truth: Floats, other: Floats) -> tuple[Floats, Floats]:
    """Return features of both samples over the largest size that each has in the truth."""
    largest = np.abs(truth).max(axis=0).astype(np.float64)
    largest[largest < RESIDUE] = 1.0
    return truth / largest, other / largest


def frechet(truth: Floats, other: Floats) -> float:
    """Return the squared Frechet distance of two samples as if both were Gaussian; [n, features]."""
    shift = truth.mean(axis=0) - other.mean(axis=0)
    one, two = np.cov(truth, rowvar=False), np.cov(other, rowvar=False)
    variances, axes = eigh(np.atleast_2d(one))
    root = axes * np.sqrt(np.maximum(variances, 0.0))
    # The trace of the root of the product, from a symmetric matrix with the same eigenvalues.
    product = np.maximum(eigvalsh(root.T @ np.atleast_2d(two) @ root), 0.0)
    return float(shift @ shift + np.trace(one) + np.trace(two) - 2.0 * np.sum(np.sqrt(product)))


def fpd(truth: Floats, other: Floats, seed: int) -> Distance:
    """Return the FPD: the Frechet distance of subsamples, continued to 1/N = 0, and the fit's error."""
    x, y = scaled(truth, other)
    n = min(len(x), len(y))
    sizes = np.unique((1.0 / np.linspace(10.0 / n, 2.0 / n, SIZES)).astype(int))
    random = np.random.default_rng(seed)
    means = [
        np.mean(
            [frechet(x[random.choice(len(x), size)], y[random.choice(len(y), size)]) for _ in range(DRAWS)]
        )
        for size in sizes
    ]
    values, errors = curve_fit(lambda u, a, b: a + b * u, 1.0 / sizes, means, bounds=(0.0, np.inf))
    return Distance(float(values[0]), float(np.sqrt(errors[0, 0])))


def kpd(truth: Floats, other: Floats, seed: int) -> Distance:
    """Return the KPD: median and half the central 68 % of the unbiased squared MMD, kernel of degree 4."""
    x, y = scaled(truth, other)
    size = max(min(len(x), len(y)) // 10, 2)
    random = np.random.default_rng(seed)
    found = []
    for _ in range(BATCHES):
        a, b = x[random.choice(len(x), size)], y[random.choice(len(y), size)]
        same = [(_kernel_sum(u, u) - np.sum(_kernel(np.sum(u * u, axis=1), u))) / size for u in (a, b)]
        found.append(sum(same) / (size - 1) - 2.0 * _kernel_sum(a, b) / size**2)
    return Distance(float(np.median(found)), float(iqr(found, rng=(16.275, 83.725)) / 2.0))


def _kernel(products: Floats, like: Floats) -> Floats:
    return (products / like.shape[1] + 1.0) ** DEGREE


def _kernel_sum(a: Floats, b: Floats) -> float:
    return sum(float(_kernel(a[i : i + BLOCK] @ b.T, a).sum()) for i in range(0, len(a), BLOCK))
