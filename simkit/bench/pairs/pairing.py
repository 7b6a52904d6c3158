"""Paired measuring in one warm process: the same blocks on every side, forth and back.

A round takes two blocks. The first is run by all sides in turn, the second by all sides in reverse: ABBA for
two, so that a machine that gets slower or faster while it runs cancels. Who begins is drawn anew for each
round: two equal sides then differ by a fair coin, whatever else the machine does, even at the pace of the
rounds. Each block is simulated once a side and gives both its CPU time and its physics. In a round all sides
have the same random numbers: what a speedup does not touch is then the same work on each, and only the rest
scatters. What is simulated for physics alone has random numbers of each side's own.

Every few rounds all sides go on with a copy of their code at another place in memory. Rounds at one place
have that in common, so the interval of a speedup is made of what the places give: simkit.bench.pairs.placing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from simkit.bench.pairs.blocks import TARGET_S, Block, Schedule, derive_seed, take
from simkit.bench.pairs.clocks import (
    SHORTEST_S,
    Clock,
    Judge,
    Timed,
    against_itself,
    judge_in_process,
    no_times,
)
from simkit.bench.pairs.piece import Piece, Place, physics_piece
from simkit.bench.pairs.placing import Places
from simkit.bench.pairs.spread import Spread
from simkit.bench.statistics.differences import WHOLE, Difference, differences, own_margin
from simkit.bench.statistics.intervals import TrimmedMean, paired_ratio
from simkit.bench.statistics.samples import Floats, Sample, SampleColumns, counted_once, join, sample_of
from simkit.engines import Prepared
from simkit.errors import BadInput
from simkit.record.tallies import Tallies
from simkit.record.waiting import scheduled

# Rounds between those of the first side against itself, for the noise floor: about 12 % of the time for two
# sides, less for more.
SELF_EVERY, SELF_EVERY_OF_MANY = 8, 4
SELF = 1_000_000  # where the seeds of those rounds branch off
ORDER = 1_000_001  # and those of the order of the sides
COMMON = 1_000_006  # and those of the rounds, which all sides share
REACHED = 0.02  # of the deposit in the sensitive region that gets most


@dataclass
class Measurement:
    """Sides being measured on one schedule of blocks, and all that was measured so far.

    timed: (2, sides) seconds of each round by every clock; asked: the clock that was asked for;
    block_energy: the (2,) energies (MeV) of its blocks; self_timed: (4,) seconds of each round of the first
    side against itself; parts: the samples of each side, the same blocks on every side; timed_steps: steps of
    each side in the timed blocks; cursor: the next block; planned: rounds expected before the first was run;
    keep: is given each piece as soon as it is done; spread: runs what is not timed on other processes, None
    for in this one. placements: names the place of the code in each round, see `Places`. showers: the same
    sides on other events, on which physics is judged; None: it is judged on those that are timed, and on more
    of them.
    """

    sides: Sequence[Prepared]
    schedule: Schedule
    seed: int
    seconds_per_MeV: float
    layout: SampleColumns
    planned: int = 1
    cursor: int = 0
    asked: Clock | None = None
    timed: list[Timed] = field(default_factory=list)
    block_energy: list[Floats] = field(default_factory=list)
    self_timed: list[Timed] = field(default_factory=list)
    timed_steps: Floats = field(default_factory=lambda: np.zeros(0))
    parts: list[list[Sample]] = field(default_factory=list)
    keep: Callable[[Piece], None] | None = None
    spread: Spread | None = None
    placements: list[int] = field(default_factory=list)
    showers: Measurement | None = None

    def __post_init__(self) -> None:
        self.places = Places(self.sides)

    @property
    def judged(self) -> Measurement:
        """Return what the physics is judged on: the showers, or this measurement itself."""
        return self if self.showers is None else self.showers

    @property
    def rounds(self) -> int:
        """Return how many rounds were timed."""
        return len(self.timed)

    @property
    def pins(self) -> bool:
        """Return whether timing stays on one processor: all sides compute on one thread of this process."""
        return True

    @property
    def judge(self) -> Judge:
        """Return which clock decides."""
        return judge_in_process([side.backend for side in self.sides], self.asked)

    @property
    def times(self) -> list[Floats]:
        """Return one (2, sides) array of seconds a round, by the clock that judges."""
        clock = self.judge.clock
        return [timed.of(clock) for timed in self.timed]

    @property
    def cpu_s(self) -> float:
        """Return the CPU seconds of all timed blocks, those of the first side against itself included."""
        return float(sum(t.cpu.sum() for t in (*self.timed, *self.self_timed)))

    @property
    def queued_s(self) -> float:
        """Return the seconds in which other work had the processor while a block was to run."""
        return float(sum(np.nansum(t.queued) for t in (*self.timed, *self.self_timed)))

    @property
    def round_s(self) -> float:
        """Return about how long a round takes (s of wall time), rounds against itself included."""
        if not self.timed:
            return 2.0 * len(self.sides) * TARGET_S * 1.2
        every = [np.fmax(t.cpu, t.wall).sum() for t in (*self.timed, *self.self_timed)]
        return float(sum(every)) / len(self.timed)

    def timed_round(self) -> None:
        """Run two blocks on all sides forth and back, and now and then the first side against itself."""
        placement = self.places.next_round(self.round_s, self.planned)
        begin = time.perf_counter()
        place = Place(self.cursor, self.cursor + 2, "round")
        first, second = self.schedule.block(self.cursor), self.schedule.block(self.cursor + 1)
        n = len(self.sides)
        order = list(np.random.default_rng([self.seed, ORDER, self.cursor]).permutation(n))
        timed, steps = no_times(2, n), np.zeros(n)
        samples: list[list[Sample]] = [[] for _ in range(n)]
        for half, (block, sides) in enumerate(((first, order), (second, order[::-1]))):
            for i in sides:
                tallies = self._timed_run(
                    timed, (half, i), int(i), block, derive_seed(self.seed, COMMON, block.turn)
                )
                steps[i] += tallies.steps.sum()
                samples[i].append(self._sample(tallies, block))
        own = no_times(0)
        if self.rounds % (SELF_EVERY if n == 2 else SELF_EVERY_OF_MANY) == 0:
            own = self._against_itself(first, second)
        energy = np.array([self.schedule.energy(first), self.schedule.energy(second)])
        seconds = time.perf_counter() - begin
        piece = Piece(
            place, [join(parts) for parts in samples], seconds, timed, energy, steps, own, placement
        )
        if self.keep is not None:
            self.keep(piece)
        self.add(piece)

    def add(self, piece: Piece) -> None:
        """Take in a finished piece; those of a kind come in the order of their blocks."""
        if self.showers is not None and piece.place.kind == "physics":
            self.showers.add(piece)
            return
        for part, new in zip(self.parts, piece.samples):
            part.append(new)
        if piece.place.kind == "round":
            self.timed_steps = self.timed_steps + piece.steps
            self.block_energy.append(piece.energy)
            self.timed.append(piece.timed)
            self.placements.append(piece.placement)
            if len(piece.self_timed.cpu):
                self.self_timed.append(piece.self_timed)
        self.cursor = max(self.cursor, piece.place.end)

    def _against_itself(self, first: Block, second: Block) -> Timed:
        timed = no_times(4)
        for i, block in enumerate((first, first, second, second)):
            self._timed_run(timed, (i,), 0, block, derive_seed(self.seed, SELF, self.cursor))
        return timed

    def _timed_run(self, timed: Timed, place: tuple[int, ...], side: int, block: Block, seed: int) -> Tallies:
        """Run a block on a side and write what each clock told into `timed` at `place`."""
        before = scheduled()
        tallies = self._run(side, block, seed)
        after = scheduled()
        timed.cpu[place] = max(tallies.cpu_s, SHORTEST_S)
        if tallies.wall_s > 0.0:
            timed.wall[place] = tallies.wall_s
        if tallies.gpu is not None:
            timed.wall[place], timed.gpu[place] = tallies.gpu.total_s, tallies.gpu.kernel_s
        if before is not None and after is not None:
            timed.queued[place], timed.unclear[place] = after.queued_s - before.queued_s, 0.0
        return tallies

    def untimed_chunk(self, cpu_s: float, threads: int) -> None:
        """Run about `cpu_s` CPU seconds a side on all threads, or workers, for physics only."""
        if self.showers is not None:
            self.showers.untimed_chunk(cpu_s, threads)
            return
        workers = 1 if self.spread is None else self.spread.workers
        chunks = -(-workers // len(self.sides))
        if self.spread is not None:
            cpu_s *= workers / threads
        places, cursor = [], self.cursor
        for _ in range(chunks):
            after = self.schedule.chunk(cursor, cpu_s / chunks / self.seconds_per_MeV)
            places.append(Place(cursor, after, "physics"))
            cursor = after
        for _ in self.physics(places, threads):
            pass

    def physics(
        self, places: Sequence[Place], threads: int, have: Mapping[Place, Piece] | None = None
    ) -> Generator[Piece, None, None]:
        """Run all sides on the blocks of each place, for physics only, and yield the pieces as they are done.

        Each is kept when it is done, in whatever order the workers finish, and taken in in the order of the
        places; those in `have` are taken in as they are.
        """
        if self.showers is not None:
            yield from self.showers.physics(places, threads, have)
            return
        done = {k: have[place] for k, place in enumerate(places) if have and place in have}
        missing = [k for k in range(len(places)) if k not in done]
        blocks = [self.schedule.joined(places[k].first, places[k].end) for k in missing]
        tasks = [(side, block) for block in blocks for side in range(len(self.sides))]
        waiting: dict[int, dict[int, Sample]] = {}
        taken = self._take(done, 0)
        begin = time.perf_counter()
        for index, sample in self._samples(tasks, threads):
            chunk, side = missing[index // len(self.sides)], index % len(self.sides)
            mine = waiting.setdefault(chunk, {})
            mine[side] = sample
            if len(mine) < len(self.sides):
                continue
            seconds, begin = time.perf_counter() - begin, time.perf_counter()
            samples = [mine[i] for i in range(len(self.sides))]
            piece = done[chunk] = physics_piece(places[chunk], samples, seconds)
            del waiting[chunk]
            if self.keep is not None:
                self.keep(piece)
            taken = self._take(done, taken)
            yield piece
        if taken < len(places):
            raise BadInput(
                f"the physics of {places[taken].name} did not come back from where it was run; go on with "
                "the campaign, what came is kept"
            )

    def _take(self, done: dict[int, Piece], first: int) -> int:
        """Take in the pieces from number `first` on, up to one that is not done; return its number."""
        while first in done:
            self.add(done.pop(first))
            first += 1
        return first

    def _samples(self, tasks: Sequence[tuple[int, Block]], threads: int) -> Iterator[tuple[int, Sample]]:
        """Yield (index of the task, its sample) as they get done, here or where the work is spread to."""
        if self.spread is not None:
            yield from self.spread.samples(tasks, self.schedule, self.seed)
            return
        for index, (side, block) in enumerate(tasks):
            tallies = self._run(side, block, derive_seed(self.seed, side, block.turn), threads)
            yield index, self._sample(tallies, block)

    def _run(self, side: int, block: Block, seed: int, threads: int = 1) -> Tallies:
        return self.sides[side].run(take(self.schedule.primaries, block.rows), seed, threads)

    def _sample(self, tallies: Tallies, block: Block) -> Sample:
        return sample_of(tallies, self.schedule.row_energy(block), self.layout, self.schedule.by_event)

    def sample(self, side: int) -> Sample:
        """Return all that was measured of a side, one row a unit."""
        self.parts[side] = [join(self.parts[side])]
        return counted_once(self.parts[side][0])

    def events(self, energy: float) -> float:
        """Return how many events primaries of `energy` MeV together amount to."""
        return energy / self.schedule.mean_energy

    def independent(self, a: int = 0, b: int = 1) -> int:
        """Return how many independent units the physics of two sides is compared on."""
        parts = self.judged.parts[0]
        return sum(len(part) for part in parts)

    def observed(self, a: int, b: int, observables: Collection[str]) -> list[Difference]:
        """Return the differences of all observables; `observables`: keys, besides the usual.

        Those of regions that the showers hardly reach are left out, see `unreached`.
        """
        if self.showers is not None:
            left_out = self.unreached(a, b, observables)
            rows = self.showers.observed(a, b, observables) if self.independent() else []
            return [row for row in rows if row.region not in left_out or row.kind in WHOLE]
        return self.seen(a, b, observables)

    def seen(self, a: int, b: int, observables: Collection[str]) -> list[Difference]:
        """Return the differences on the events of this measurement, the showers apart."""
        x, y = self.sample(a), self.sample(b)
        events = self.events(float(x.energy.sum()))
        return differences(x, y, self.layout, events, observables, self.schedule.alike, self.schedule.shower)

    def unreached(self, a: int, b: int, observables: Collection[str]) -> list[str]:
        """Return the regions to observe in which the showers of two sides leave next to nothing."""
        if not self.independent():
            return []
        most = np.maximum(*(self.judged.sample(side).deposits.sum(axis=0) for side in (a, b)))
        deposit = dict(zip(self.layout.regions, most))
        least = REACHED * max(deposit[region] for region in self.layout.sensitive)
        return [region for region in own_margin(self.layout, observables) if deposit[region] <= least]

    def log_ratio(self, a: int, b: int) -> TrimmedMean:
        """Return ln(time of a / time of b), see simkit.bench.statistics.intervals.paired_ratio."""
        return paired_ratio(np.asarray(self.times), a, b, self.placements)

    def self_ratio(self) -> TrimmedMean | None:
        """Return the same of the first side against itself, None while there are too few rounds."""
        return against_itself(self.self_timed, self.judge.clock)
