"""Intervals and decisions for paired log ratios of times.

Every number here is about the centre of independent blocks x = ln(time A / time B); effects are logs, so 0 is
"no difference" and 0.01 is about 1 %.

Blocks that share something, as those do that were timed while the code stood at one place in memory, are
independent only from group to group: where the code stands moves a speedup by about 1 % (T. Mytkowicz, A.
Diwan, M. Hauswirth and P. F. Sweeney, ASPLOS 2009, 265), and code that is moved about while it is timed makes
that a part of the spread (C. Curtsinger and E. D. Berger, ASPLOS 2013, 219). Their error is that of the
groups' sums (K.-Y. Liang and S. L. Zeger, Biometrika 73 (1986) 13), and never less than that of the blocks.

Sources: trimmed mean with Winsorised standard error, J. W. Tukey and D. H. McLaughlin, Sankhya A 25 (1963)
331, and K. K. Yuen, Biometrika 61 (1974) 165; the boundary valid at any time, H. Robbins, Ann. Math. Stat. 41
(1970) 1397, in the asymptotic form of I. Waudby-Smith, D. Arbour, R. Sinha, E. H. Kennedy and A. Ramdas, Ann.
Stat. 52 (2024) 2613.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
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
CHANCE = 0.05  # with which groups that differ in nothing are said to differ
UNLIKE = 0.02  # in logs: so far from the trimmed mean must the ratio of sums be to take its place,
UNLIKE_ERRORS = 4.0  # and so many errors of the difference


class TrimmedMean(NamedTuple):
    """The 20 %-trimmed mean of n blocks, its standard error and the degrees of freedom of its t.

    groups: of blocks, each independent of the others; None where every block is. between: standard deviation
    between the groups, the scatter within taken out; 0 where it may be chance (5 %), None where a group is a
    block, or there is one group. of_sums: it is nothing trimmed, but the ratio of sums, see `paired_ratio`.
    """

    mean: float
    error: float
    freedom: int
    n: int
    groups: int | None = None
    between: float | None = None
    of_sums: bool = False

    @property
    def independent(self) -> int:
        """Return how many independent values it is made of: groups, or blocks where nothing groups them."""
        return self.n if self.groups in (None, 1) else int(self.groups)

    def interval(self, level: float = SHOWN_LEVEL) -> tuple[float, float]:
        """Return the Tukey-McLaughlin interval, right for one look at a number of blocks fixed before."""
        half = -float(special.stdtrit(self.freedom, (1.0 - level) / 2.0)) * self.error
        return self.mean - half, self.mean + half


def log_ratios(
    times: NDArray[np.float64] | Sequence[NDArray[np.float64]], a: int, b: int
) -> NDArray[np.float64]:
    """Return ln(time of side `a` / time of side `b`) by round, from times (rounds, 2, sides)."""
    logs = np.log(np.asarray(times))
    return (logs[:, :, a] - logs[:, :, b]).mean(axis=1)


def paired_ratio(
    times: NDArray[np.float64], a: int, b: int, groups: Sequence[int] | None = None
) -> TrimmedMean:
    """Return ln(time of side `a` / time of side `b`), from times (rounds, blocks, sides); groups: of rounds.

    It is the trimmed mean of the rounds' log ratios, which disturbances leave alone. Where events differ in
    what they gain, as showers of 1 GeV and 1 TeV do from a fast simulation, that is no ratio of throughputs:
    where it is far from the ratio of the sums of times, the latter is returned, with the error of a ratio
    (W. G. Cochran, Sampling Techniques (1977), section 6.3).
    """
    of_rounds = log_ratios(times, a, b)
    by_round = trimmed_mean(of_rounds, groups)
    one, other = times[:, :, a].sum(axis=1), times[:, :, b].sum(axis=1)
    parts = math.log(one.sum() / other.sum()) + one / one.mean() - other / other.mean()
    of_sums = trimmed_mean(parts, groups, trim=0.0)
    difference = parts - _winsorised(of_rounds, TRIM) / (1.0 - 2.0 * TRIM)
    error = float(np.std(difference, ddof=1)) / math.sqrt(len(parts))
    if abs(of_sums.mean - by_round.mean) > max(UNLIKE, UNLIKE_ERRORS * error):
        return of_sums._replace(of_sums=True)
    return by_round


def trimmed_mean(
    x: NDArray[np.float64], groups: Sequence[int] | None = None, trim: float = TRIM
) -> TrimmedMean:
    """Return the 20 %-trimmed mean of `x` (at least FEWEST_BLOCKS values) with its standard error.

    groups: the group that each block belongs to; None where every block is independent of all others. One
    group says nothing of its like: then the error is that of its blocks. trim: on each side, below a half.

    Blocks hit by a disturbance lie in the tails and are trimmed; two sides that differ in nothing give a
    symmetric distribution, so that trimming leaves the centre at 0.
    """
    n = len(x)
    if n < FEWEST_BLOCKS:
        raise ValueError(f"{n} blocks, at least {FEWEST_BLOCKS} are needed")
    cut = int(trim * n)
    winsorised = _winsorised(x, trim)
    mean, error = float(np.mean(np.sort(x)[cut : n - cut])), _error(winsorised, trim)
    if groups is None:
        return TrimmedMean(mean, error, _freedom(n, trim), n)
    names, place = np.unique(groups, return_inverse=True)
    k = len(names)
    if k == 1:
        return TrimmedMean(mean, error, _freedom(n, trim), n, 1)
    shared = np.bincount(place, winsorised - winsorised.mean())
    of_groups = math.sqrt(k / (k - 1) * float(np.sum(shared**2))) / ((1.0 - 2.0 * trim) * n)
    more = of_groups**2 - error**2
    by_chance = (float(special.chdtri(k - 1, CHANCE)) / (k - 1) - 1.0) * error**2
    between = (math.sqrt(more / (1.0 / k - 1.0 / n)) if more > by_chance else 0.0) if k < n else None
    # So many groups of one size would tell as much: L. Kish, Survey Sampling (1965), section 8.2.
    alike = n**2 / float(np.sum(np.bincount(place) ** 2))
    return TrimmedMean(mean, max(error, of_groups), max(_freedom(int(alike), trim), 1), n, k, between)


def _winsorised(x: NDArray[np.float64], trim: float) -> NDArray[np.float64]:
    """Return values of which those that would be trimmed are moved to the last that are not."""
    ordered, cut = np.sort(x), int(trim * len(x))
    return np.clip(x, ordered[cut], ordered[len(x) - cut - 1])


def _error(winsorised: NDArray[np.float64], trim: float) -> float:
    """Return the standard error of the trimmed mean of independent blocks."""
    return float(np.std(winsorised, ddof=1)) / ((1.0 - 2.0 * trim) * math.sqrt(len(winsorised)))


def _freedom(n: int, trim: float) -> int:
    """Return the degrees of freedom that n independent blocks, or groups, leave after trimming."""
    return n - 2 * int(trim * n) - 1


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
