"""What asking costs: nanoseconds of a track that a rule takes, and of one that none takes.

In transport a question lasts some nanoseconds, less than reading a clock: it is timed in a loop of its own.
"""

from __future__ import annotations

import time

import numpy as np

from simkit.fastsim.hook.domains import NONE, Domains, takes
from simkit.jit import kernel
from simkit.tracks import Track

TIMES, TRIES = 20_000, 5


def cost_of_asking(domains: Domains) -> tuple[float, float]:
    """Return seconds of a question that is answered by yes, and by no: the least of several means."""
    kind, region = (int(found[0]) for found in np.nonzero(domains.waits))
    waits = int(domains.waits[kind, region])
    limits = domains.limits[(waits & -waits).bit_length() - 1]
    w = min(max(0.0, np.nextafter(limits[2], np.inf)), np.nextafter(limits[3], -np.inf))
    costs = []
    for energy in (limits[0], -1.0):
        track = Track(kind, float(energy), 0.0, 0.0, 0.0, 0.0, 0.0, float(w), 0.0, 1.0, 0, np.uint64(1), 0)
        means = []
        for _ in range(TRIES):
            begin = time.perf_counter()
            asked = _ask_often(domains, track, region, TIMES)
            means.append((time.perf_counter() - begin) / TIMES)
            assert (asked == TIMES) == (energy >= 0.0)
        costs.append(min(means))
    return costs[0], costs[1]


@kernel
def _ask_often(domains, track, region, times):
    taken = 0
    for _ in range(times):
        waits = domains.waits[track.kind, region]
        if waits != 0 and takes(domains, track, waits) != NONE:
            taken += 1
    return taken
