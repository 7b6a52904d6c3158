"""Is a faster tally worth its variance? The figure of merit 1 / (variance x time), with an interval.

The variance is that of the mean deposit of an event, weights and outliers included, relative to the mean. Its
ratio between two sides has no error that normal theory knows: deposits have long tails. The error comes from
the jackknife that deletes groups of independent events, on the logarithm (B. Efron and C. Stein, Ann. Stat. 9
(1981) 586); on deposits with a kurtosis of 28 its 95 % interval covers the truth in 93 to 95 % of cases.

No method knows of heavy tracks that the sample does not hold. Where few were drawn, or few events make the
variance, nothing is said to be worth it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import special

from simkit.bench.statistics.intervals import SHOWN_LEVEL, bounded_exp
from simkit.bench.statistics.samples import Floats
from simkit.record.comparison import Merit, MeritVerdict

GROUPS = 20
FEWEST_GROUPS = 4
FEWEST_SURVIVORS = 100  # tracks that survived a roulette, over the whole sample
FEWEST_DECIDING = 10.0  # events that the variance is made of
FEWEST_DECIDING_GROUPS = 3.0  # groups of events, where single ones are not known
APART = 3.0  # standard errors between the means: two tallies of one thing are not so far apart

HEAVY = "too few heavy tracks to judge"
SHIFTED = "the mean deposits differ, so the two are not tallies of the same"
FEW = "too few events to judge"
UNBELIEVED = "the times are not believed"


class Moments(NamedTuple):
    """Sums over one side's groups of events: how many, of the deposits, of their squares; each [groups]."""

    events: Floats
    sums: Floats
    squares: Floats

    def without(self, left_out: Sequence[int]) -> float:
        """Return ln(variance / mean^2) of all events but those of the groups `left_out`."""
        n, first, second = (float(np.delete(part, left_out).sum()) for part in self)
        mean = first / n
        spread = second / n - mean**2
        return math.log(spread / mean**2) if spread > 1e-12 * mean**2 else -math.inf

    def deciding(self) -> float:
        """Return how many groups make the variance, see `deciding_events`."""
        mean = float(self.sums.sum() / self.events.sum())
        parts = self.squares - 2.0 * mean * self.sums + mean**2 * self.events
        return float(parts.sum() ** 2 / np.sum(parts**2)) if parts.any() else math.inf


def moments(deposits: Floats) -> Moments:
    """Return the sums over groups of consecutive events, at most GROUPS of two events or more each."""
    groups = min(GROUPS, len(deposits) // 2)
    index = np.arange(len(deposits)) * groups // max(len(deposits), 1)
    weights = (None, deposits, deposits**2)
    return Moments(*(np.bincount(index, w, minlength=groups).astype(np.float64) for w in weights))


def deciding_events(deposits: Floats) -> float:
    """Return how many events make the variance: (sum d^2)^2 / sum d^4 of the distances d from the mean."""
    squares = (deposits - deposits.mean()) ** 2
    return float(squares.sum() ** 2 / np.sum(squares**2)) if squares.any() else math.inf


def merit(
    a: Moments,
    b: Moments,
    log_speedup: float,
    error: float,
    freedom: float,
    doubtful: tuple[bool, bool] = (False, False),
) -> Merit | None:
    """Return the figure of merit of B over that of A; None where a side deposits nothing, or always the same.

    log_speedup, error, freedom: ln(time of A / time of B), its standard error and degrees of freedom.
    doubtful: whether few heavy tracks make the variance of A, or of B; there may be more that were not seen.
    """
    if not (a.sums.any() and b.sums.any()):
        return None
    value = a.without([]) - b.without([]) + log_speedup
    if not math.isfinite(value):
        return None
    half = math.inf
    few = min(len(a.events), len(b.events)) < FEWEST_GROUPS
    parts = [] if few else [_jackknife(a), _jackknife(b), (error, freedom)]
    total = math.sqrt(sum(e**2 for e, _ in parts))
    if parts and math.isfinite(total):
        # Welch and Satterthwaite: the freedom of a sum of independent errors.
        shared = total**4 / max(sum(e**4 / f for e, f in parts), 1e-300)
        half = -float(special.stdtrit(shared, (1.0 - SHOWN_LEVEL) / 2.0)) * total
    lo, hi = value - half, value + half
    few_groups = (side.deciding() < FEWEST_DECIDING_GROUPS for side in (a, b))
    a_doubtful, b_doubtful = (known or seen for known, seen in zip(doubtful, few_groups))
    heavy = a_doubtful or b_doubtful or math.isinf(half)
    reason = FEW if few else HEAVY if heavy else SHIFTED if _apart(a, b) else ""
    verdict: MeritVerdict = "not decided"
    if hi < 0.0 and not a_doubtful:
        verdict, reason = "not worth it", ""
    elif lo > 0.0 and not reason:
        verdict = "worth it"
    return Merit(
        value=bounded_exp(value),
        lo=bounded_exp(lo),
        hi=bounded_exp(hi),
        level=SHOWN_LEVEL,
        verdict=verdict,
        reason=reason,
    )


def merit_of_events(
    a: Floats, b: Floats, log_speedup: float, error: float, freedom: float, survivors: Sequence[float]
) -> Merit | None:
    """Return the figure of merit from the deposits of every event of both sides; see `merit`.

    survivors: tracks of each side that survived a roulette, inf where none was played.
    """
    if not (len(a) and len(b)):
        return None
    a_doubtful, b_doubtful = (
        n < FEWEST_SURVIVORS or deciding_events(x) < FEWEST_DECIDING for x, n in zip((a, b), survivors)
    )
    return merit(moments(a), moments(b), log_speedup, error, freedom, (a_doubtful, b_doubtful))


def _apart(a: Moments, b: Moments) -> bool:
    """Return whether the means differ by more than chance."""
    sides = [
        (float(side.sums.sum() / (n := side.events.sum())), float(side.squares.sum() / n), n)
        for side in (a, b)
    ]
    error = math.sqrt(sum(max(square - mean**2, 0.0) / n for mean, square, n in sides))
    return abs(sides[1][0] - sides[0][0]) > APART * error


def _jackknife(side: Moments) -> tuple[float, float]:
    """Return the standard error of ln(variance / mean^2) and its degrees of freedom."""
    groups = len(side.events)
    logs = np.array([side.without([k]) for k in range(groups)])
    if not np.isfinite(logs).all():  # without one group nothing varies
        return math.inf, 1.0
    return math.sqrt((groups - 1) / groups * float(np.sum((logs - logs.mean()) ** 2))), groups - 1.0
