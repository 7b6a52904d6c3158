"""What is asked for: whether a wish is met, and the exit code that says how it all came out."""

from __future__ import annotations

import math

from simkit.bench.statistics.intervals import TrimmedMean, blocks_to_settle, sequential_interval
from simkit.record.equivalence import PhysicsVerdict
from simkit.record.interval import SpeedVerdict
from simkit.record.part import FINE, INCONCLUSIVE, PHYSICS_DIFFERS, TOO_SLOW


def against_wish(centre: TrimmedMean, planned: int, min_speedup: float | None) -> tuple[bool, bool, float]:
    """Return whether B is slower than asked, whether that is undecided, and the growth that would decide."""
    if min_speedup is None:
        return False, False, 1.0
    asked = math.log(min_speedup)
    lo, hi = sequential_interval(centre, planned)
    if hi < asked:
        return True, False, 1.0
    if lo >= asked:
        return False, False, 1.0
    # No resolution here: a wish is met or not, however close.
    return False, True, min(blocks_to_settle(centre, asked, 0.0) / centre.n, 1000.0)


def exit_code(
    speed: SpeedVerdict, physics: PhysicsVerdict | None, below: bool, undecided: bool, wished: bool
) -> int:
    """Return the contract's exit code: physics differs beats slower than asked beats inconclusive.

    With a wish (`min_speedup`) the speed is inconclusive when the wish is undecided, without one when neither
    a difference nor the absence of one of 1 % could be shown. physics: None where none is judged.
    """
    if physics == "fail":
        return PHYSICS_DIFFERS
    if below:
        return TOO_SLOW
    open_speed = undecided if wished else speed == "inconclusive"
    if open_speed or physics == "inconclusive":
        return INCONCLUSIVE
    return FINE
