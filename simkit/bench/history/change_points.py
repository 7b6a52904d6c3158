"""Where a series of figures changed its level.

Candidates are the exact least-squares segmentation (PELT: R. Killick, P. Fearnhead, I. A. Eckley, J. Am.
Stat. Assoc. 107 (2012) 1590, in ruptures), the noise taken from neighbouring differences. A candidate counts
when Student's t-test of the levels before and after it agrees, at 3 % shared among the records. Of steady
series of 6 to 100 records of Gaussian noise about one in a hundred shows a change (simulated).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from importlib.util import find_spec
from itertools import pairwise
from typing import NamedTuple

import numpy as np

PENALTY = 4.0  # times ln(records), in units of the variance
LEVEL = 0.03
FEWEST = 3  # records before and after a change: a single outlier is none
EXACT = 1e-9  # relative; below it, differences are rounding


class Change(NamedTuple):
    """A change of level before record number `place`; before and after are the means."""

    place: int
    before: float
    after: float

    @property
    def relative(self) -> float | None:
        """Return the change over the level before, None where that is zero."""
        return (self.after - self.before) / abs(self.before) if self.before else None


def available() -> bool:
    """Return whether ruptures is installed."""
    return find_spec("ruptures") is not None


def find_changes(values: Sequence[float]) -> list[Change]:
    """Return the changes of level in a series, in its order; none in one shorter than twice FEWEST.

    Errors: ImportError where ruptures is missing.
    """
    import ruptures

    x = np.asarray(values, dtype=float)
    n = len(x)
    if n < 2 * FEWEST:
        return []
    # The median of |differences| is 0.6745 sqrt(2) standard deviations, whatever the levels are.
    floor = EXACT * float(np.abs(x).max()) or 1.0
    sigma = max(float(np.median(np.abs(np.diff(x)))) / (0.6745 * math.sqrt(2.0)), floor)
    pelt = ruptures.Pelt(model="l2", min_size=FEWEST, jump=1).fit((x / sigma).reshape(-1, 1))
    cuts = [int(cut) for cut in pelt.predict(pen=PENALTY * math.log(n))[:-1]]
    while cuts:
        parts = np.split(x, cuts)
        chances = [_chance(a, b, floor) for a, b in pairwise(parts)]
        worst = int(np.argmax(chances))
        if chances[worst] < LEVEL / n:
            return [
                Change(cut, float(a.mean()), float(b.mean())) for cut, (a, b) in zip(cuts, pairwise(parts))
            ]
        del cuts[worst]
    return []


def _chance(a: np.ndarray, b: np.ndarray, floor: float) -> float:
    """Return the chance of such a difference of means by noise alone (Student, two-sided)."""
    from scipy import stats

    m, n = len(a), len(b)
    squares = float(((a - a.mean()) ** 2).sum() + ((b - b.mean()) ** 2).sum())
    error = math.sqrt(max(squares / (m + n - 2), floor**2) * (1.0 / m + 1.0 / n))
    return float(2.0 * stats.t.sf(abs(a.mean() - b.mean()) / error, m + n - 2))
