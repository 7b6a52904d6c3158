"""Intervals and decisions for paired log ratios of times.

Every number here is about the centre of independent blocks x = ln(time A / time B); effects are logs, so 0 is
"no difference" and 0.01 is about 1 %.

Sources: trimmed mean with Winsorised standard error, J. W. Tukey and D. H. McLaughlin, Sankhya A 25 (1963)
331, and K. K. Yuen, Biometrika 61 (1974) 165; the boundary valid at any time, H. Robbins, Ann. Math. Stat. 41
(1970) 1397, in the asymptotic form of I. Waudby-Smith, D. Arbour, R. Sinha, E. H. Kennedy and A. Ramdas, Ann.
Stat. 52 (2024) 2613.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from simkit.record.interval import Interval

TRIM = 0.2  # on each side
SHOWN_LEVEL = 0.95
DECISION_LEVEL = 0.995
POWER = 0.8  # of the smallest detectable effect
FEWEST_BLOCKS = 6  # one trimmed on each side, four left


class TrimmedMean(NamedTuple):
    """The 20 %-trimmed mean of n blocks, its standard error and the degrees of freedom of its t."""

    mean: float
    error: float
    freedom: int
    n: int

    def interval(self, level: float = SHOWN_LEVEL) -> tuple[float, float]:
        """Return the Tukey-McLaughlin interval, right for one look at a number of blocks fixed before."""
        half = -float(special.stdtrit(self.freedom, (1.0 - level) / 2.0)) * self.error
        return self.mean - half, self.mean + half


def trimmed_mean(x: NDArray[np.float64]) -> TrimmedMean:
    """Return the 20 %-trimmed mean of `x` (at least FEWEST_BLOCKS values) with its standard error.

    Blocks hit by a disturbance lie in the tails and are trimmed; two sides that differ in nothing give a
    symmetric distribution, so that trimming leaves the centre at 0.
    """
    n = len(x)
    if n < FEWEST_BLOCKS:
        raise ValueError(f"{n} blocks, at least {FEWEST_BLOCKS} are needed")
    cut = int(TRIM * n)
    ordered = np.sort(x)
    winsorised = np.clip(ordered, ordered[cut], ordered[n - cut - 1])
    error = float(np.std(winsorised, ddof=1)) / ((1.0 - 2.0 * TRIM) * math.sqrt(n))
    return TrimmedMean(float(np.mean(ordered[cut : n - cut])), error, n - 2 * cut - 1, n)


def boundary(n: int, planned: int, level: float = DECISION_LEVEL) -> float:
    """Return how many standard errors from the mean the sequential interval ends after `n` blocks.

    Robbins' mixture boundary: with this width at every n, the interval covers the truth at all n together
    with probability `level`, so one may look after each block, stop at any time, or go on later. It is
    narrowest near `planned` blocks, which must be fixed before the data are seen. The price against a single
    look is a factor 1.35.
    """
    alpha = 1.0 - level
    tail = -2.0 * math.log(alpha)
    rho2 = (tail + math.log(tail + 1.0)) / max(planned, 1)
    spread = n * rho2 + 1.0
    return math.sqrt(spread / (n * rho2) * (tail + math.log(spread)))


def sequential_interval(
    centre: TrimmedMean, planned: int, level: float = DECISION_LEVEL
) -> tuple[float, float]:
    """Return the interval by which an effect is declared; see `boundary`.

    The boundary holds for many blocks; for few, its tail probability is carried over to Student's t.
    """
    half = _few_blocks(boundary(centre.n, planned, level), centre.freedom) * centre.error
    return centre.mean - half, centre.mean + half


def _few_blocks(z: float, freedom: int) -> float:
    return -float(special.stdtrit(freedom, special.ndtr(-z)))


def smallest_detectable(centre: TrimmedMean, planned: int) -> float:
    """Return the effect (log) that these blocks would have declared with 80 % probability."""
    z = _few_blocks(boundary(centre.n, planned), centre.freedom)
    return (z + float(special.ndtri(POWER))) * centre.error


def blocks_to_settle(centre: TrimmedMean, target: float, resolution: float) -> int:
    """Return how many blocks would settle an inconclusive result, by either of two ways.

    Away from `target` (log): a true effect as large as the one seen is declared with 80 % probability. At the
    target: the 95 % interval fits within +- `resolution` around it. Effects just at the resolution are
    settled by neither soon; then the count is large, which is the truth.
    """
    away = abs(centre.mean - target)
    power = float(special.ndtri(POWER))
    per_block = centre.error * math.sqrt(centre.n)
    # A plan made for the new number of blocks has its boundary at its narrowest there.
    narrowest = boundary(1, 1)
    declared = (narrowest + power) / max(away, 1e-12)
    shown = -float(special.ndtri((1.0 - SHOWN_LEVEL) / 2.0))
    inside = (shown + power) / max(resolution - away, 1e-12)
    return math.ceil((per_block * min(declared, inside)) ** 2)


def bounded_exp(x: float) -> float:
    """Return exp(x) kept finite: a handful of wild blocks can put the end of an interval anywhere."""
    return math.exp(min(max(x, -50.0), 50.0))


def exp_interval(centre: TrimmedMean, scale: float = 1.0) -> Interval:
    """Return the ratio whose logarithm `centre` is, times `scale`, with its 95 % interval."""
    value, lo, hi = (scale * bounded_exp(x) for x in (centre.mean, *centre.interval()))
    return Interval(value=value, lo=lo, hi=hi, level=SHOWN_LEVEL)
