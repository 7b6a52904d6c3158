"""Compare engines of which at least one is another program: fresh processes, in alternation.

A round runs all sides twice, forth and back. A run of a program is a process of its own, and its start-up is
taken out by a second run of a few events with the same seed: the difference of the two times, CPU or wall,
belongs to the events between. simkit's own engine is warm in this process, and its code is moved in memory
before every round. Where a program cannot be told
how many events to simulate, its start-up cannot be measured; another program beside it is then timed in the
same way, in whole runs of as many events. Every long run has random numbers of its own and is one unit of the
physics comparison; the runs of a program that ignores its seed are one unit together.
"""

from __future__ import annotations

import math
import statistics
import threading
import time
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import numpy as np

from simkit.bench.pairs.blocks import derive_seed
from simkit.bench.pairs.clocks import (
    CLOCKS,
    SHORTEST_S,
    Clock,
    Judge,
    Timed,
    judge_programs,
    no_times,
    stacked,
)
from simkit.bench.programs.growth import no_growth
from simkit.bench.programs.pace import ATTEMPTS, FEW, MOST, TARGET_S, Pace, find_pace, seconds_of
from simkit.bench.statistics.differences import Difference, Showers
from simkit.bench.statistics.intervals import FEWEST_BLOCKS, TrimmedMean, paired_ratio
from simkit.bench.statistics.means import mean_differences
from simkit.bench.statistics.samples import Floats
from simkit.engines import Program, ProgramRun
from simkit.engines.figures import Figures
from simkit.engines.process import ended_by
from simkit.errors import BadInput

PACE_S = 60.0  # to find out what a side needs, where rounds were asked for and not a budget
ORDER = 1_000_001  # where the seeds of the order of the sides branch off
CALIBRATION = 1_000_002  # and those of the first runs
PATIENCE = 10.0  # a run that takes so many times what it should is stopped


@dataclass
class ProgramMeasurement:
    """Programs being measured, and all that was measured so far; see simkit.bench.pairs.measured.Measured.

    asked: the clock that was asked for. timed: (2, sides) seconds per event of each round by every clock.
    told: by side, one Figures a run. starts: by side, CPU seconds of start-up. silent: sides that do not
    report how many events they simulated. cpu_s, wall_s: seconds that all timed runs took; queued_s: of that,
    other work had the processor.
    """

    sides: Sequence[Program]
    seed: int
    energy_MeV: float | None
    paces: list[Pace]
    planned: int = 1
    cursor: int = 0
    asked: Clock | None = None
    shower: Showers = "electromagnetic"
    timed: list[Timed] = field(default_factory=list)
    told: list[list[Figures]] = field(default_factory=list)
    starts: list[list[float]] = field(default_factory=list)
    silent: set[int] = field(default_factory=set)
    cpu_s: float = 0.0
    wall_s: float = 0.0
    queued_s: float = 0.0

    def two(self, a: int, b: int) -> ProgramMeasurement:
        """Return what was measured of two of the sides, as if they had been measured alone."""
        return replace(
            self,
            sides=[self.sides[a], self.sides[b]],
            paces=[self.paces[a], self.paces[b]],
            timed=[Timed(*(clock[:, [a, b]] for clock in timed)) for timed in self.timed],
            told=[self.told[a], self.told[b]],
            starts=[self.starts[a], self.starts[b]],
            silent={place for place, side in enumerate((a, b)) if side in self.silent},
        )

    @property
    def processor_share(self) -> float | None:
        """Return CPU over wall time of the timed runs; a program that waits by itself has less, too."""
        return self.cpu_s / self.wall_s if self.wall_s else None

    @property
    def placements(self) -> None:
        """Return nothing: a run is a process of its own, or has its code moved for it."""

    @property
    def pins(self) -> bool:
        """Return whether timing stays on one processor: threads, or a child that works, need more."""
        return all(pace.computes for pace in self.paces)

    @property
    def judge(self) -> Judge:
        """Return which clock decides, by what was measured so far."""
        timed = stacked(self.timed) if self.timed else no_times(0, 2, len(self.sides))
        return judge_programs(timed, self.asked)

    @property
    def times(self) -> list[Floats]:
        """Return one (2, sides) array of seconds per event a round, by the clock that judges."""
        clock = self.judge.clock
        return [timed.of(clock) for timed in self.timed]

    def ignores_seed(self, side: int) -> bool:
        """Return whether all runs of a side told the same figures, though each was given another seed."""
        told = self.told[side]
        first = {run.events: run for run in reversed(told)}
        again = [run for run in told if run is not first[run.events]]
        return bool(again) and bool(_observed(told[0])) and all(r.repeats(first[r.events]) for r in again)

    @property
    def units(self) -> list[list[Figures]]:
        """Return, by side, what is independent of what its runs told."""
        # Shorter runs from the same random numbers are the beginning of the longest.
        return [
            [max(told, key=lambda run: run.events)] if self.ignores_seed(i) else told
            for i, told in enumerate(self.told)
        ]

    @property
    def rounds(self) -> int:
        """Return how many rounds were timed."""
        return len(self.timed)

    @property
    def round_s(self) -> float:
        """Return about how long a round takes (s of wall time)."""
        return 2.0 * sum(pace.half_s for pace in self.paces)

    def timed_round(self) -> None:
        """Run all sides forth and back."""
        for side in self.sides:
            if hasattr(side, "place"):
                side.place(time.time_ns())
        n = len(self.sides)
        order = list(np.random.default_rng([self.seed, ORDER, self.cursor]).permutation(n))
        timed = no_times(2, n)
        made: list[list[Figures]] = [[] for _ in range(n)]
        for half, sides in enumerate((order, order[::-1])):
            for i in sides:
                seed = derive_seed(self.seed, int(i), self.cursor, half)
                seconds, figures = self._timed(int(i), seed)
                for clock, found in zip(timed, seconds):
                    clock[half, i] = found
                made[i].append(figures)
        for i, new in enumerate(made):
            for figures in new:
                self._keep(i, figures)
        self.timed.append(timed)
        self.cursor += 1

    def _timed(self, side: int, seed: int) -> tuple[list[float], Figures]:
        """Return seconds per event in the order of Timed, without start-up, and what the long run told."""
        pace = self.paces[side]
        if not pace.apart:
            run = self._timed_run(side, pace.events, seed)
            return _per_event(seconds_of(run), run.figures.events), run.figures
        for _ in range(ATTEMPTS):
            few = self._timed_run(side, FEW, seed)
            run = self._timed_run(side, pace.events, seed)
            if run.own_s > few.own_s:
                break
        else:
            raise BadInput(f"engine: {no_growth(few, run)}")
        seconds = _per_event(seconds_of(run) - seconds_of(few), pace.events - FEW)
        self.starts[side].append(max(few.cpu_s - FEW * seconds[0], 0.0))
        return seconds, run.figures

    def _timed_run(self, side: int, events: int, seed: int) -> ProgramRun:
        run = self._run(side, events, seed)
        self.cpu_s += run.cpu_s
        self.wall_s += run.wall_s
        self.queued_s += run.queued_s + run.unclear_s
        return run

    def _run(self, side: int, events: int, seed: int, *, at_once: int = 1) -> ProgramRun:
        pace = self.paces[side]
        expected = pace.wall_share * (pace.start_s + events * pace.s_per_event)
        run = self.sides[side].run(events, seed, 10.0 + PATIENCE * at_once * expected)
        if not run.counted:
            self.silent.add(side)
        return run

    def untimed_chunk(self, cpu_s: float, threads: int) -> None:
        """Run about `cpu_s` seconds of own time a side, `threads` runs at a time, for physics only."""
        jobs: list[tuple[int, int, int]] = []
        for i, pace in enumerate(self.paces):
            if self.ignores_seed(i):
                continue  # it would tell the same again
            work = max(cpu_s / threads - pace.start_s, pace.start_s, 0.1 * TARGET_S)
            events = min(max(FEW + 1, int(work / pace.s_per_event)), MOST)
            jobs += [(i, events, derive_seed(self.seed, i, self.cursor, 2 + k)) for k in range(threads)]
        self.cursor += 1
        given_up = threading.Event()

        def run_one(job: tuple[int, int, int]) -> ProgramRun:
            with ended_by(given_up):
                return self._run(*job, at_once=threads)

        with ThreadPoolExecutor(threads) as pool:
            try:
                runs = list(pool.map(run_one, jobs))
            except BaseException:  # Ctrl-C, or one of the runs failed: the others are in vain
                given_up.set()
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        for (i, _, _), run in zip(jobs, runs):
            self._keep(i, run.figures)

    def _keep(self, side: int, figures: Figures) -> None:
        """Keep what a run told. Errors: BadInput when it tells of other deposits than the runs before."""
        told = self.told[side]
        odd = _observed(figures) ^ _observed(told[0]) if told else set()
        if odd:
            raise BadInput(
                f"engine: {sorted(odd)[0]} is reported by one of its runs and not by another; it must "
                "report the same figures every time, zeros included"
            )
        told.append(figures)

    def log_ratio(self, a: int, b: int) -> TrimmedMean:
        """Return ln(time of a / time of b), see simkit.bench.statistics.intervals.paired_ratio."""
        return paired_ratio(np.asarray(self.times), a, b)

    def observed(self, a: int, b: int, observables: Collection[str] = ()) -> list[Difference]:
        """Return the differences of all observables that both sides give, where more runs would tell more."""
        if self.ignores_seed(a) and self.ignores_seed(b):
            return []
        units = self.units
        return mean_differences(units[a], units[b], self.energy_MeV, self.shower)

    def independent(self, a: int = 0, b: int = 1) -> int:
        """Return how many independent units the differences of two sides are made of."""
        units = self.units
        return max(len(units[a]) + len(units[b]) - 1, 2)

    def s_per_event(self, side: int, clock: Clock = "cpu") -> Floats:
        """Return the seconds per event of every half round of a side, by one clock."""
        return stacked(self.timed).of(clock)[:, :, side].ravel()

    def start_s(self, side: int) -> float:
        """Return the median CPU time of a side's start-up; 0 where it is not apart."""
        return statistics.median(self.starts[side]) if self.starts[side] else 0.0


def _per_event(seconds: Floats, events: float) -> list[float]:
    """Return seconds per event, by each clock more than 0."""
    each = seconds / events
    return [*np.maximum(each[: len(CLOCKS)], SHORTEST_S), *each[len(CLOCKS) :]]


def _observed(figures: Figures) -> set[str]:
    """Return the names of the figures that physics is compared on."""
    return {name for name, _ in figures.values() if name.startswith(("deposit", "layer", "leakage"))}


def begin_programs(
    sides: Sequence[Program],
    seed: int,
    budget_s: float,
    energy_MeV: float | None,
    rounds: int | None = None,
    clock: Clock | None = None,
    shower: Showers = "electromagnetic",
) -> ProgramMeasurement:
    """Find out what every side needs; return a measurement with nothing measured yet.

    Runs are made short enough for the budget, unless a number of rounds was asked for. Errors: BadInput.
    """
    limit_s = budget_s if rounds is None else max(budget_s, PACE_S)
    paces = [find_pace(side, derive_seed(seed, CALIBRATION, i), limit_s) for i, side in enumerate(sides)]
    _make_alike(sides, paces)
    n = len(sides)
    m = ProgramMeasurement(
        sides, seed, energy_MeV, paces, asked=clock, shower=shower, told=[[] for _ in range(n)]
    )
    m.starts = [[] for _ in range(n)]
    if rounds is not None:
        return m
    # As many rounds as an interval needs must fit into the smallest share that timing gets of the budget.
    too_long = FEWEST_BLOCKS * m.round_s / (0.25 * budget_s)
    if too_long > 1.0:
        for side, pace in zip(sides, paces):
            if pace.apart or side.process == "warm":
                pace.events = max(4 * FEW, int(pace.events / too_long))
    return m


def _make_alike(sides: Sequence[Program], paces: Sequence[Pace]) -> None:
    """Let programs that count events run as those beside them that do not: whole, with as many events."""
    fixed = [pace.events for side, pace in zip(sides, paces) if not side.counts_events]
    for pace in paces:
        if fixed and pace.apart:
            pace.events, pace.apart = fixed[0], False


def check_budget(m: ProgramMeasurement, budget_s: float) -> None:
    """Check that the fewest rounds of an interval fit into the budget. Errors: BadInput."""
    needed = FEWEST_BLOCKS * m.round_s
    if needed > budget_s:
        starts = ", ".join(f"{pace.start_s:.2g} s" for pace in m.paces)
        raise BadInput(
            f"--budget: found {budget_s:g} s, but {FEWEST_BLOCKS} rounds of these programs take about "
            f"{needed:.0f} s (start-up {starts}); give {math.ceil(1.5 * needed)}s or more"
        )
