"""How many events a run of a program needs, and what they take: found by runs of growing length."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from simkit.bench.pairs.clocks import PARALLEL, SHORTEST_S, WAITS
from simkit.bench.programs.growth import check_growth, no_growth
from simkit.bench.statistics.samples import Floats
from simkit.engines import Program, ProgramRun
from simkit.errors import BadInput

FEW = 2  # events of the short run
MOST = 2**20  # events of a run
TARGET_S = 1.0  # own time of the events of a long run
STARTUPS = 2.0  # or so many times the start-up, if that is longer
CALIBRATION_S = 0.2
ATTEMPTS = 3  # at runs of which the longer one takes longer


@dataclass
class Pace:
    """What one side needs: events of a long run, own seconds an event and to start, wall over own time.

    apart: whether its start-up is taken out, by a short run. uneven: how far its time is from growing with
    the number of events, in words. computes: whether it keeps one processor busy, without threads or waiting.
    """

    events: int
    s_per_event: float
    start_s: float
    wall_share: float
    apart: bool = False
    uneven: str = ""
    computes: bool = True

    @property
    def half_s(self) -> float:
        """Return about how much wall time a side's part of half a round takes."""
        return self.wall_share * (self.events * self.s_per_event + (1 + self.apart) * self.start_s)


def seconds_of(run: ProgramRun) -> Floats:
    """Return the seconds of a run in the order of Timed."""
    gpu_s = np.nan if run.gpu_s is None else run.gpu_s
    return np.array([run.cpu_s, run.wall_s, gpu_s, run.queued_s, run.unclear_s])


def starts_apart(program: Program) -> bool:
    """Return whether the start-up of a program is measured apart from its events."""
    return program.process == "fresh" and program.counts_events


def find_pace(program: Program, seed: int, budget_s: float) -> Pace:
    """Return what `program` needs; it is run with more and more events until their time is above its noise.

    Errors: BadInput when it fails, hangs, takes as long for many events as for a few, or tells sums of a run.
    """
    end = time.perf_counter() + budget_s

    def run(events: int) -> ProgramRun:
        return program.run(events, seed, max(end - time.perf_counter(), 1.0))

    if not program.counts_events:
        only = run(FEW)
        events = int(only.figures.events)
        return Pace(events, only.own_s / events, 0.0, _wall_share(only), computes=_computes(seconds_of(only)))
    run(1)  # files are read for the first time, memory is touched
    few = run(FEW)
    start = few.own_s if starts_apart(program) else 0.0
    events = 2 * FEW
    while True:
        many = run(events)
        work = many.own_s - start
        if work >= max(CALIBRATION_S, 0.1 * start):
            break
        if events >= MOST:
            raise BadInput(f"engine: {no_growth(few, many)}")
        events = min(events * (2 if work > 0.02 * CALIBRATION_S else 8), MOST)
    each = work / (events - (FEW if starts_apart(program) else 0))
    start = max(start - FEW * each, 0.0)
    target = max(TARGET_S, STARTUPS * start)
    count = FEW + max(2 * FEW, min(math.ceil(target / each), MOST))
    pace = Pace(count, each, start, _wall_share(many), starts_apart(program))
    pace.computes = _computes(seconds_of(many) - seconds_of(few))
    left = end - time.perf_counter()
    if (
        program.process == "fresh"
        and count > 1.5 * events
        and pace.wall_share * (start + count * each) < 0.5 * left
    ):
        pace.uneven = _confirmed_growth([few, many, run(count)], run, end)
    return pace


def _confirmed_growth(runs: list[ProgramRun], run: Callable[[int], ProgramRun], end: float) -> str:
    """Return what `check_growth` says of the quickest runs of each length: load only adds to a time.

    end: by time.perf_counter; runs that are not likely to end before it are not begun.
    """
    for _ in range(ATTEMPTS - 1):
        with suppress(BadInput):
            if not check_growth(*runs):
                return ""
        if 2.0 * sum(r.wall_s for r in runs) > end - time.perf_counter():
            break
        runs = [min(r, run(int(r.figures.events)), key=lambda r: r.own_s) for r in runs]
    return check_growth(*runs)


def _wall_share(run: ProgramRun) -> float:
    return max(run.wall_s / max(run.own_s, SHORTEST_S), 1.0)


def _computes(seconds: Floats) -> bool:
    """Return whether this work, in the order of Timed, kept one processor busy when it had one."""
    cpu, wall, _, queued, unclear = seconds
    return wall > 0.0 and cpu / wall < PARALLEL and (wall - cpu - queued - unclear) / wall < WAITS
