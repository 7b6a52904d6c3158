"""Does a program do more when it is told to simulate more events? Three runs of growing length."""

from __future__ import annotations

from itertools import pairwise

from simkit.engines import ProgramRun
from simkit.errors import BadInput

AS_FAST = 0.2  # what grows as the number of events does, within this, is a sum
NOISE = 0.05  # of the time of a run
FLAT, UNEVEN = 0.1, 2.0  # the time of further events over that of the first: none at all; not the same


def check_growth(few: ProgramRun, many: ProgramRun, long: ProgramRun) -> str:
    """Return in words how the time of further events differs from that of the first; "" where it does not.

    Errors: BadInput when further events take no time at all, or when what is told grows as their number does.
    """
    runs = [few, many, long]
    told = [dict(run.figures.values()) for run in runs]
    more = [b.figures.events / a.figures.events for a, b in pairwise(runs)]
    for name in set.intersection(*map(set, told)):
        growth = [b[name] / a[name] if a[name] else 0.0 for a, b in pairwise(told)]
        if all(abs(g / m - 1.0) < AS_FAST for g, m in zip(growth, more)):
            raise BadInput(
                f"engine: {name} is {told[1][name]:.4g} for {many.figures.events:g} events and "
                f"{told[2][name]:.4g} for {long.figures.events:g}: it gives sums of a run; "
                "means per event were expected"
            )
    first, further = ((b.own_s - a.own_s) / (b.figures.events - a.figures.events) for a, b in pairwise(runs))
    # A long start-up, which is in both runs, makes the time of the first events uncertain.
    unsure = NOISE * (few.own_s + many.own_s) / (many.figures.events - few.figures.events)
    if further < FLAT * (first - unsure):
        raise BadInput(f"engine: {no_growth(many, long)}")
    if (first - unsure) / UNEVEN < further < (first + unsure) * UNEVEN:
        return ""
    return (
        f"takes {1e3 * first:.3g} ms an event up to {many.figures.events:g} events and {1e3 * further:.3g} "
        f"ms for those up to {long.figures.events:g}; does it simulate as many as it is told?"
    )


def no_growth(few: ProgramRun, many: ProgramRun) -> str:
    """Return in words that a longer run took no longer."""
    return (
        f"it takes {many.own_s:.3g} s for {many.figures.events:g} events and {few.own_s:.3g} s for "
        f"{few.figures.events:g}; does it use the number of events it is given?"
    )
