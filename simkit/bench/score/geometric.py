"""The weighted geometric mean of workloads' ratios, of which a score is made, and its error."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from simkit.record.score import Workload

DIGITS = 4  # of every ratio, mean and score, as HEPscore rounds them


def rounded(ratio: float) -> float:
    """Return a ratio to a reference machine, or a mean of such, as HEPscore goes on with it."""
    return round(ratio, DIGITS)


def weighted_geometric_mean(ratios: Sequence[float], weights: Sequence[float]) -> float:
    """Return the product of r**w, to the power of 1 / sum(w).

    In the order in which HEPscore multiplies, so that what is rounded afterwards is the same.
    """
    return math.prod(r**w for w, r in zip(weights, ratios)) ** (1.0 / math.fsum(weights))


def relative_error(measured: Sequence[Workload]) -> float:
    """Return the relative standard error of the score from the spread of the repetitions.

    The median of n values of standard deviation s has an error of about 1.25 s / sqrt(n).
    """
    total = math.fsum(w.weight for w in measured)
    variance = 0.0
    for w in measured:
        if len(w.values) > 1:
            spread = statistics.stdev(math.log(v) for v in w.values)
            variance += (w.weight / total * 1.2533 * spread) ** 2 / len(w.values)
    return math.sqrt(variance)
