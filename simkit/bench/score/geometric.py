"""The weighted geometric mean of workloads' ratios, of which a score is made, and its error."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from simkit.bench.schema import Workload


def weighted_geometric_mean(ratios: Sequence[float], weights: Sequence[float]) -> float:
    """Return exp(sum(w ln r) / sum(w))."""
    return math.exp(math.fsum(w * math.log(r) for w, r in zip(weights, ratios)) / math.fsum(weights))


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
