"""The code is moved about in memory while it is timed, so that a speedup does not hold for one place alone.

Where a function's code stands decides which of its branches share a slot of the processor's predictors and
caches. Two sides that run different code so differ by about 1 % from process to process, with the same seed
and events. Loading the code anew within a process scatters the ratio just as much, at a twentieth of the cost
of a process; new tables at new addresses alone do not scatter it (docs/verdicts.md has the figures).
"""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from simkit.bench.statistics.intervals import FEWEST_BLOCKS
from simkit.engines import Prepared

SHARE = 0.12  # of the time of the rounds may go into moving
MOST = 200  # places of a measurement: the memory of a copy that was used is never given back


@dataclass
class Places:
    """Where the code of `sides` stands: `here`, for `stayed` rounds. moving_s: seconds of each move."""

    sides: Sequence[Prepared]
    here: int = 0
    stayed: int = 0
    moving_s: list[float] = field(default_factory=list)

    @property
    def movable(self) -> bool:
        """Return whether the code of all sides can be moved."""
        return all(side.backend == "cpu" and hasattr(side, "place") for side in self.sides)

    def rounds_each(self, round_s: float, planned: int) -> int:
        """Return how many of `planned` rounds of `round_s` seconds to stay at one place.

        Few, as every place tells more than another round does, but moving has to be paid for. The first
        rounds have a place each, as an interval needs some, and the next places a round more at a time; but
        not where a move takes longer than a round, as where code is compiled anew because no cache keeps it.
        """
        move_s = min(self.moving_s)
        stay = math.ceil(move_s / (SHARE * round_s))
        if move_s < round_s:
            stay = min(stay, 1 + (len(self.moving_s) - 1) // FEWEST_BLOCKS)
        return max(stay, math.ceil(planned / MOST))

    def next_round(self, round_s: float, planned: int) -> int:
        """Return what names the place of the next round; the code is moved there first if it is time to."""
        if self.movable and (not self.moving_s or self.stayed >= self.rounds_each(round_s, planned)):
            begin = time.perf_counter()
            if not gc.isenabled():  # see `pinned`
                gc.collect()  # what the last copy leaves
            # One name for ever: a campaign may go on in another process.
            self.here, self.stayed = time.time_ns(), 0
            for side in self.sides:
                side.place(self.here)  # type: ignore[attr-defined]
            self.moving_s.append(time.perf_counter() - begin)
        self.stayed += 1
        return self.here
