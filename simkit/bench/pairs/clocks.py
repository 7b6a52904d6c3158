"""Which of the measured times judges: CPU time, wall time or the time in a GPU's kernels.

CPU time is what a program that computes costs, however much else the machine does, and is summed over
threads. It leaves out what a program waits for: sleep, disks, devices, the network, other processes. Wall
time is what somebody waits for, with all that others on the machine add to it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from simkit.bench.named_sides import NamedSide
from simkit.bench.statistics.intervals import (
    FEWEST_BLOCKS,
    TrimmedMean,
    exp_interval,
    log_ratios,
    paired_ratio,
    trimmed_mean,
)
from simkit.bench.statistics.samples import Floats
from simkit.errors import BadInput
from simkit.record.interval import CLOCKS, Clock, Interval

OPTION = "--clock"
WAITS = 0.1  # share of the wall time that a program waits by itself, from which its CPU time misleads
PARALLEL = 1.1  # processors kept busy, from which a program has threads
APART = math.log(1.1)  # speedups by two clocks that differ by more do so for a reason
SHORTEST_S = 1e-9  # a time of zero has no logarithm


class Timed(NamedTuple):
    """What was measured of one round, or of many: seconds, (..., 2, sides); NaN where a clock is not known.

    queued: of the wall time, ready to run while other work had the processor; unclear: while other work had
    it, and not known whether ready to run.
    """

    cpu: Floats
    wall: Floats
    gpu: Floats
    queued: Floats
    unclear: Floats

    def of(self, clock: Clock) -> Floats:
        """Return the times of one clock."""
        return getattr(self, clock)


class Judge(NamedTuple):
    """The clock whose times decide, and why, in a sentence; `decided` is False where a person must choose."""

    clock: Clock
    why: str
    decided: bool = True


def no_times(*shape: int) -> Timed:
    """Return times of a shape, nothing known of any clock."""
    return Timed(*(np.full(shape, np.nan) for _ in Timed._fields))


def stacked(rounds: Sequence[Timed]) -> Timed:
    """Return the times of many rounds, the round first."""
    return Timed(*(np.stack(parts) for parts in zip(*rounds)))


def known(times: Floats | np.floating[Any]) -> bool:
    """Return whether a clock gave all of these times (or their mean), none of them too short for it."""
    return times.size > 0 and bool((times > SHORTEST_S).all())


def time_ratios(timed: Timed, a: int, b: int, placements: Sequence[int] | None = None) -> dict[str, Interval]:
    """Return time of side `a` over time of side `b` by each clock that tells both, with 95 % intervals.

    placements: of the code in each round, see simkit.bench.pairs.pairing.
    """
    found = {}
    for clock in CLOCKS:
        times = timed.of(clock)[..., [a, b]]
        if not known(times):  # what is short beside the start-up of a program, which was taken out
            times = times.mean(axis=1, keepdims=True)
        if len(times) >= FEWEST_BLOCKS and known(times):
            found[str(clock)] = exp_interval(paired_ratio(times, 0, 1, placements))
    return found


def against_itself(timed: Sequence[Timed], clock: Clock) -> TrimmedMean | None:
    """Return the trimmed mean of the same of a side against itself, from its times (4,) of each round.

    None while there are too few rounds.
    """
    if len(timed) < FEWEST_BLOCKS:
        return None
    logs = np.log(stacked(timed).of(clock))
    return trimmed_mean(0.5 * (logs[:, 0] - logs[:, 1] - logs[:, 2] + logs[:, 3]))


def check_clock(sources: Sequence[NamedSide], asked: str | None) -> Clock | None:
    """Return the clock asked for. Errors: BadInput for one that is none, or that a side cannot tell."""
    if asked is None:
        return None
    if asked not in CLOCKS:
        raise BadInput(f"{OPTION}: found {asked!r}; must be one of {', '.join(CLOCKS)}")
    for source in sources:
        if asked == "gpu" and (source.foreign or source.scenario.run.backend != "cuda"):
            why = "another program, which does not report it" if source.foreign else "run on the CPU"
            raise BadInput(
                f"{OPTION} gpu: there is no time in a GPU's kernels of {source.label}, {why}; "
                f"choose wall, or set run.backend=cuda on both sides"
            )
    return asked


def judge_in_process(backends: Sequence[str], asked: Clock | None) -> Judge:
    """Return the judge of sides that run in this process: computing on one thread, or waiting for a GPU."""
    if asked is not None:
        return Judge(asked, "asked for")
    if "cuda" in backends:
        return Judge("wall", "a GPU is timed by its whole transport; --clock gpu takes its kernels only")
    return Judge("cpu", "both compute all the time, on one thread")


def judge_programs(timed: Timed, asked: Clock | None, names: Sequence[str] = "AB") -> Judge:
    """Return the judge of two programs of which nothing is known but what was measured.

    CPU time, unless one of them waits by itself for 10 % of its time or more, or has threads that the other
    has not: then wall time. Where the two clocks disagree and it cannot be seen why, a person must choose.
    """
    cpu, wall, _, queued, unclear = (x.sum(axis=(0, 1)) for x in timed)
    if not known(wall):
        return Judge(asked or "cpu", "no wall time is known")
    own = timed.wall - timed.queued - timed.unclear
    share = cpu / np.maximum(own.sum(axis=(0, 1)), SHORTEST_S)
    waits = bool((1.0 - share >= WAITS).any())
    parallel = bool((share >= PARALLEL).any())
    seen = _all([f"{name} {_busy(x)}" for name, x in zip(names, share)])
    taken = _all([f"{100.0 * x:.0f} % of {name}'s time" for name, x in zip(names, (queued + unclear) / wall)])
    # The wall time of one that computes suffers from other work, that of one that sleeps does not.
    disturbed = _apart(timed.wall, own)
    if asked is not None:
        but = f"; CPU time leaves out what is waited for: {seen}" if asked == "cpu" and waits else ""
        if asked == "wall" and disturbed:
            but = f"; other work took {taken}, which is in it"
        return Judge(asked, f"asked for{but}")
    apart = _apart(timed.cpu, timed.wall)
    why = ""
    if waits:
        why = f"{seen}; the rest is waiting, which CPU time leaves out"
    elif parallel and apart:
        why = f"{seen}; CPU time is the sum over threads, wall time is what one waits for"
    if why and disturbed:
        mend = f"measure again when nothing else runs, or choose with {OPTION}"
        return Judge("wall", f"{why}, and other work took {taken}, which wall time counts: {mend}", False)
    if why:
        return Judge("wall", why)
    if apart and bool((unclear / wall >= WAITS).any()):
        choose = f"choose {OPTION} cpu or {OPTION} wall"
        return Judge(
            "wall", f"other work took {taken}, or they waited, which cannot be seen: {choose}", False
        )
    threads = "; CPU time is the sum over threads" if parallel else ""
    return Judge("cpu", f"{seen}{threads}")


def _all(words: Sequence[str]) -> str:
    return " and ".join(words)


def _busy(share: float) -> str:
    """Return in words how much of its own time, without what other work took, a program computed."""
    if share >= PARALLEL:
        return f"keeps {share:.2g} processors busy"
    return f"computes for {100.0 * min(share, 1.0):.0f} % of its time"


def _apart(a: Floats, b: Floats) -> bool:
    """Return whether the speedups by two clocks differ by more than 10 %, noise apart."""
    if len(a) < FEWEST_BLOCKS or a.shape[-1] < 2:
        return False
    first, second = (log_ratios(np.maximum(times, SHORTEST_S), 0, 1) for times in (a, b))
    lo, hi = trimmed_mean(first - second).interval()
    return lo > APART or hi < -APART
