"""Two callables being measured: blocks of calls, forth and back, by every clock.

A block is so many calls of one side that it takes about 50 ms, the same number on both sides where their
times allow it. Callables that take `seed` get the same numbers on both sides, new ones in each call. The
first call of a block gives a unit of what is judged besides the time. Garbage is collected between blocks and
not within.
"""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from simkit.bench.callables.callee import Callee
from simkit.bench.callables.values import Margins, numbers_of, same
from simkit.bench.pairs.beginning import CALIBRATION_S
from simkit.bench.pairs.blocks import TARGET_S, derive_seed
from simkit.bench.pairs.clocks import (
    PARALLEL,
    SHORTEST_S,
    WAITS,
    Clock,
    Judge,
    Timed,
    against_itself,
    judge_programs,
    no_times,
    stacked,
)
from simkit.bench.pairs.pairing import ORDER, SELF_EVERY
from simkit.bench.statistics.differences import Difference
from simkit.bench.statistics.intervals import TrimmedMean, paired_ratio
from simkit.bench.statistics.samples import Floats
from simkit.errors import BadInput
from simkit.record.measurement import Sameness
from simkit.record.waiting import scheduled

MOST_CALLS = 10**7  # of a block
ALIKE = 4.0  # sides whose times differ by less are called as often as each other in a block
WANTED = 20  # rounds
COMPARED = 30  # results, of each side with the other's
LARGEST_SEED = 2**30  # numpy's older generators take 32 bits


@dataclass
class CallPace:
    """What a side needs: calls of a block, seconds a call; whether it keeps one processor busy, no more."""

    calls: int
    s_per_call: float
    first_call_s: float
    computes: bool


@dataclass
class CallMeasurement:
    """Callables being measured, and all that was measured so far; see simkit.bench.pairs.measured.Measured.

    asked: the clock that was asked for. timed: (2, sides) seconds per call of each round by every clock;
    self_timed: (4,) of the first side against itself. values: by side, {observable: number} a unit.
    """

    sides: Sequence[Callee]
    seed: int
    observables: Mapping[str, Any]
    margins: Margins
    paces: list[CallPace]
    next_seed: int
    planned: int = 1
    asked: Clock | None = None
    timed: list[Timed] = field(default_factory=list)
    self_timed: list[Timed] = field(default_factory=list)
    values: list[list[dict[str, float]]] = field(default_factory=lambda: [[], []])
    sameness: list[bool | None] = field(default_factory=list)
    cpu_s: float = 0.0
    wall_s: float = 0.0
    queued_s: float = 0.0

    @property
    def judge(self) -> Judge:
        """Return which clock decides, by what was measured so far."""
        return judge_programs(stacked(self.timed), self.asked, [side.name for side in self.sides])

    @property
    def times(self) -> list[Floats]:
        """Return one (2, sides) array of seconds per call a round, by the clock that judges."""
        clock = self.judge.clock
        return [timed.of(clock) for timed in self.timed]

    @property
    def placements(self) -> list[int]:
        """Return where the code stood in each round: callables stay where they are."""
        return [0] * self.rounds

    @property
    def pins(self) -> bool:
        """Return whether timing stays on one processor: threads, or a child that works, need more."""
        return all(pace.computes for pace in self.paces)

    @property
    def rounds(self) -> int:
        """Return how many rounds were timed."""
        return len(self.timed)

    @property
    def round_s(self) -> float:
        """Return about how long a round takes (s of wall time), those of a side against itself included."""
        blocks = [pace.calls * pace.s_per_call for pace in self.paces]
        return 2.0 * sum(blocks) + 4.0 * blocks[0] / SELF_EVERY

    @property
    def identical(self) -> Sameness:
        """Return whether what was returned is exactly the same on both sides, as far as it was compared."""
        if False in self.sameness:
            return "different"
        return "not compared" if None in self.sameness or not self.sameness else "identical"

    def timed_round(self) -> None:
        """Run two blocks on both sides, forth and back, and now and then the first side against itself."""
        order = [int(i) for i in np.random.default_rng([self.seed, ORDER, self.rounds]).permutation(2)]
        timed = no_times(2, 2)
        for half, sides in enumerate((order, order[::-1])):
            seeds = self._seeds(max(pace.calls for pace in self.paces))
            returned: list[Any] = [None, None]
            for i in sides:
                block = self._block(i, seeds[: self.paces[i].calls], returned)
                for clock, seconds in zip(timed, block):
                    clock[half, i] = seconds
            self._take(returned)
        if self.rounds % SELF_EVERY == 0:
            own = no_times(4)
            twice = [self._seeds(self.paces[0].calls)] * 2 + [self._seeds(self.paces[0].calls)] * 2
            for k, seeds in enumerate(twice):
                for clock, seconds in zip(own, self._block(0, seeds)):
                    clock[k] = seconds
            self.self_timed.append(own)
        self.timed.append(timed)

    def _seeds(self, calls: int) -> range:
        first, self.next_seed = self.next_seed, self.next_seed + calls
        return range(first, first + calls)

    def _block(self, side: int, seeds: range, returned: list[Any] | None = None) -> Sequence[float]:
        """Return seconds per call of a block in the order of Timed; `returned` gets what the first gave."""
        block = timed_calls(self.sides[side], seeds)
        if returned is not None:
            returned[side] = block.first
        self.cpu_s += block.cpu_s
        self.wall_s += block.wall_s
        self.queued_s += block.queued_s
        each = [seconds / len(seeds) for seconds in block[:4]]
        return max(each[0], SHORTEST_S), max(each[1], SHORTEST_S), math.nan, *each[2:]

    def _take(self, returned: Sequence[Any]) -> None:
        """Take in what a call of each side returned."""
        if len(self.sameness) < COMPARED:
            self.sameness.append(same(*returned))
        found = [numbers_of(self.observables, r, side.name) for r, side in zip(returned, self.sides)]
        self.margins.check(found[0])
        names = [*self.values[0][:1], found[0], found[1]]
        for one in names[1:]:
            if one.keys() != names[0].keys():
                odd = sorted(one.keys() ^ names[0].keys())[0]
                raise BadInput(
                    f"observables: {odd}: is there in one call and not in another; give the same "
                    "numbers every time, a zero too"
                )
        for values, new in zip(self.values, found):
            values.append(new)

    def untimed_chunk(self, cpu_s: float, threads: int) -> None:
        """Call both sides in turn for about `cpu_s` seconds each, for what is judged besides."""
        end = time.perf_counter() + 2.0 * cpu_s
        while True:
            seeds = self._seeds(1)
            self._take([side.call(seeds) for side in self.sides])
            if time.perf_counter() >= end:
                return

    def independent(self, a: int = 0, b: int = 1) -> int:
        """Return how many units the observables are compared on."""
        return len(self.values[0])

    def observed(self, a: int, b: int, observables: Collection[str] = ()) -> list[Difference]:
        """Return the differences of all observables."""
        return [
            self.margins.difference(
                name, *(np.array([unit[name] for unit in self.values[side]]) for side in (a, b))
            )
            for name in (self.values[a][0] if self.values[a] else ())
        ]

    def log_ratio(self, a: int, b: int) -> TrimmedMean:
        """Return ln(time of a / time of b), see simkit.bench.statistics.intervals.paired_ratio."""
        return paired_ratio(np.asarray(self.times), a, b, self.placements)

    def self_ratio(self) -> TrimmedMean | None:
        """Return the same of the first side against itself, None while there are too few rounds."""
        return against_itself(self.self_timed, self.judge.clock)


class TimedCalls(NamedTuple):
    """Seconds that calls took, and what the first returned; queued, unclear: see Timed."""

    cpu_s: float
    wall_s: float
    queued_s: float
    unclear_s: float
    first: Any

    @property
    def own_s(self) -> float:
        """Return what the calls take of their own accord: CPU time, and what they wait for by themselves."""
        return max(self.cpu_s, self.wall_s - self.queued_s)


def timed_calls(side: Callee, seeds: range) -> TimedCalls:
    """Call a side once a seed."""
    gc.collect(1)  # what the block before left behind
    before = scheduled()
    wall, cpu = time.perf_counter(), time.process_time()
    first = side.call(seeds)
    cpu_s, wall_s = time.process_time() - cpu, time.perf_counter() - wall
    after = scheduled()
    idle_s = max(wall_s - cpu_s, 0.0)
    if before is None or after is None:
        return TimedCalls(cpu_s, wall_s, 0.0, idle_s, first)
    return TimedCalls(cpu_s, wall_s, min(after.queued_s - before.queued_s, idle_s), 0.0, first)


def begin_calls(
    sides: tuple[Callee, Callee],
    observables: Mapping[str, Any],
    margins: Margins,
    seed: int,
    budget_s: float,
    timing_s: float | None,
    clock: Clock | None = None,
) -> CallMeasurement:
    """Warm both sides up and find out what they need; return a measurement with nothing measured yet.

    budget_s: a first call must not take longer. timing_s: blocks are made short enough for WANTED rounds in
    so much time, if not None.
    """
    first = derive_seed(seed) % LARGEST_SEED
    paces = [find_pace(side, first, budget_s) for side in sides]
    calls = [pace.calls for pace in paces]
    if max(calls) <= ALIKE * min(calls):
        for pace in paces:
            pace.calls = min(calls)
    m = CallMeasurement(sides, seed, observables, margins, paces, first, asked=clock)
    too_long = 0.0 if timing_s is None else WANTED * m.round_s / timing_s
    if too_long > 1.0:
        for pace in paces:
            pace.calls = max(1, int(pace.calls / too_long))
    return m


def find_pace(side: Callee, seed: int, most_s: float) -> CallPace:
    """Return what a side needs, from more and more calls, the first of which warms it up.

    Errors: BadInput for a first call that takes longer than `most_s`, and for what does no work when called.
    """
    block = timed_calls(side, range(seed, seed + 1))
    side.check(block.first)
    first_call_s = block.wall_s
    if first_call_s > most_s:
        raise BadInput(
            f"budget: found {most_s:g} s, but the first call of {side.name} alone took {first_call_s:.2g} s; "
            "give more, or let a call do less"
        )
    calls = 1
    while True:
        block = timed_calls(side, range(seed, seed + calls))
        if block.own_s >= CALIBRATION_S or calls >= MOST_CALLS:
            break
        more = math.ceil(calls * CALIBRATION_S / max(block.own_s, 1e-6))
        calls = min(MOST_CALLS, max(2 * calls, more))
    each = max(block.own_s / calls, SHORTEST_S)
    waits = block.wall_s - block.cpu_s - block.queued_s - block.unclear_s
    computes = block.cpu_s < PARALLEL * block.wall_s and waits < WAITS * block.wall_s
    return CallPace(min(max(round(TARGET_S / each), 1), MOST_CALLS), each, first_call_s, computes)
