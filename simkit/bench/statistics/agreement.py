"""Do two backends agree event by event? The same seed gives both the same random numbers.

A GPU rounds some operations otherwise than a CPU does. Where that turns a comparison, the rest of the event
goes another way and only statistics can compare it; everywhere else the counts are the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simkit.record.tallies import Tallies

COUNTS = ("steps", "secondaries", "interactions", "counters")
LEAST_EQUAL = 0.99  # of short showers' events
LARGEST_DIFFERENCE = 1e-6  # of an event's deposit


@dataclass(frozen=True)
class Agreement:
    """How alike the same events came out.

    events: compared. equal: fraction with all counts equal. difference: over the events with equal counts,
    the largest difference of a region's deposit over the event's whole deposit.
    """

    events: int
    equal: float
    difference: float

    @property
    def good(self) -> bool:
        """Whether short showers agree as well as they must: LEAST_EQUAL, LARGEST_DIFFERENCE."""
        return self.equal >= LEAST_EQUAL and self.difference <= LARGEST_DIFFERENCE


def agreement(a: Tallies, b: Tallies) -> Agreement:
    """Return how `b` agrees with `a`; both hold the same events, run with the same seed."""
    equal = np.ones(len(a), dtype=bool)
    for name in COUNTS:
        same = getattr(a, name) == getattr(b, name)
        equal &= same.reshape(len(a), -1).all(axis=1)
    deposits = a.region_deposits[equal]
    whole = np.maximum(deposits.sum(axis=1, keepdims=True), 1)
    apart = np.abs(b.region_deposits[equal] - deposits) / whole
    return Agreement(len(a), float(equal.mean()), float(apart.max(initial=0.0)))
