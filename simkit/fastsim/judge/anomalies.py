"""The oddest generated showers: those that an isolation forest grown on true ones cuts off soonest.

F. T. Liu, K. M. Ting, Z.-H. Zhou, ICDM 2008, 413. Needs scikit-learn.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simkit.imports import extra

TREES = 200
TAIL = 0.01


class Anomalies(NamedTuple):
    """scores: of generated showers, the lower the odder; order: the oddest first.

    tail: the share of generated showers odder than all but 1 % of true ones that the forest never saw.
    """

    scores: NDArray[np.float64]
    order: NDArray[np.int64]
    tail: float


def anomalies(
    truth: NDArray[np.float32], unseen: NDArray[np.float32], generated: NDArray[np.float32], seed: int
) -> Anomalies:
    """Return the oddity of generated showers by their high-level features, each [n, features]."""
    with extra("ml", "the search for anomalies"):
        from sklearn.ensemble import IsolationForest
    forest = IsolationForest(n_estimators=TREES, random_state=seed).fit(truth)
    scores, own = forest.score_samples(generated), forest.score_samples(unseen)
    tail = float(np.mean(scores < np.quantile(own, TAIL)))
    return Anomalies(scores, np.argsort(scores, kind="stable"), tail)
