"""How many instructions an event takes: counted beside the timing, on blocks of the same events.

The processor's own counters are used where the machine shows them, else valgrind's callgrind. Of simkit's
own engine blocks of events are counted, what a run costs without any primary taken off; of other programs
the difference of runs of few and many events, as for their times.
"""

from __future__ import annotations

import math
import pickle
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from scipy import stats

from simkit.bench import callgrind, hardware_counter
from simkit.bench.blocks import Schedule, derive_seed, take
from simkit.bench.intervals import SHOWN_LEVEL
from simkit.bench.samples import Floats, ratio
from simkit.bench.schema_parts import Interval
from simkit.engines import Prepared, Program, find_engine
from simkit.errors import BadInput
from simkit.events import Primaries
from simkit.record.instructions import Instructions
from simkit.scenario import Scenario

OPTION = "--instructions"
SEEDS = 1_000_004  # where the seeds of these runs branch off
BLOCKS = {hardware_counter.SOURCE: 40, callgrind.SOURCE: 8}
FEW = 2  # events of the short run of a program
# Events of the two longer ones, beyond those.
MORE = {hardware_counter.SOURCE: (20, 40), callgrind.SOURCE: (5, 10)}
SLOWER = {hardware_counter.SOURCE: 10.0, callgrind.SOURCE: 400.0}  # how long to wait, over the plain time

Count = Callable[[Callable[[], object]], int]
"""Does a piece of work and returns how many instructions it took."""


class Side(NamedTuple):
    """A scenario and the engine that runs it, which is one of this process."""

    engine: str
    scenario: Scenario


class Task(NamedTuple):
    """What is counted: blocks of primaries, the same on every side. events: what each block amounts to."""

    sides: tuple[Side, ...]
    blocks: tuple[Primaries, ...]
    events: Floats
    seed: int


class Counted(NamedTuple):
    """Instructions of one side by unit (a block, or a difference of runs), and the events of each."""

    counts: Floats
    events: Floats
    source: str

    def record(self) -> Instructions:
        """Return what is told of them."""
        found = ratio(self.counts, self.events)
        return Instructions(
            per_event=found.value,
            standard_error=found.error,
            events=float(self.events.sum()),
            source=self.source,
        )


def find_source() -> str:
    """Return what can count instructions here. Errors: BadInput when nothing can, with the mends."""
    hardware = hardware_counter.why_not()
    if not hardware:
        return hardware_counter.SOURCE
    emulated = callgrind.why_not()
    if not emulated:
        return callgrind.SOURCE
    raise BadInput(f"{OPTION}: {hardware}; {emulated}; or leave the option out")


def check_backend(backend: str) -> None:
    """Check that instructions of the engine can be counted. Errors: BadInput."""
    if backend != "cpu":
        raise BadInput(f"{OPTION}: counted on the CPU only, found backend {backend!r}; leave it out")


def make_task(sides: Sequence[Side], schedule: Schedule, seed: int, source: str) -> Task:
    """Return the first blocks of the schedule as a task for `source`."""
    blocks = [schedule.block(k) for k in range(BLOCKS[source])]
    energy = np.array([schedule.energy(block) for block in blocks])
    primaries = tuple(take(schedule.primaries, block.rows) for block in blocks)
    return Task(tuple(sides), primaries, energy / schedule.mean_energy, seed)


def count_sides(task: Task, source: str, prepared: Sequence[Prepared] = ()) -> list[Counted]:
    """Return the instructions of each side; `prepared`: the sides, where they are. Errors: BadInput."""
    if source == callgrind.SOURCE:
        counts = callgrind.count_in_child(task)
    else:
        with hardware_counter.hardware_counter() as read:

            def count(work: Callable[[], object]) -> int:
                before = read()
                work()
                return read() - before

            counts = count_blocks(task, prepared or prepare(task), count)
    return [Counted(row[1:] - row[0], task.events, source) for row in counts]


def prepare(task: Task) -> list[Prepared]:
    """Return the sides of a task, ready to run."""
    return [find_engine(side.engine).prepare(side.scenario) for side in task.sides]


def count_blocks(task: Task, prepared: Sequence[Prepared], count: Count) -> Floats:
    """Return instructions [sides, 1 + blocks] of every block; the first is of no primaries."""
    nobody = take(task.blocks[0], np.zeros(0, dtype=np.int64))
    counts = np.zeros((len(prepared), 1 + len(task.blocks)))
    for i, side in enumerate(prepared):
        for k, block in enumerate((nobody, *task.blocks)):
            run = _Run(side, block, derive_seed(task.seed, SEEDS, i, k))
            if k == 0:
                run()  # what is done once is done
            counts[i, k] = count(run)
    return counts


class _Run(NamedTuple):
    side: Prepared
    block: Primaries
    seed: int

    def __call__(self) -> object:
        return self.side.run(self.block, self.seed)


def count_program(program: Program, seed: int, s_per_event: float, start_s: float, source: str) -> Counted:
    """Return the instructions of another program; s_per_event, start_s: its CPU time. Errors: BadInput."""
    if program.process != "fresh" or not program.counts_events:
        raise BadInput(f"{OPTION}: it cannot be told how many events to simulate")
    events = [FEW, *(FEW + more for more in MORE[source])]
    counts = []
    for n in events:
        timeout_s = 60.0 + SLOWER[source] * (start_s + n * s_per_event)
        if source == callgrind.SOURCE:
            counts.append(callgrind.count_program(program, n, seed, timeout_s))
            continue
        with hardware_counter.hardware_counter() as read:
            program.run(n, seed, timeout_s)
            counts.append(read())
    # The same seed gives the same events first, so that what is between belongs to the events between.
    return Counted(np.diff(np.array(counts, dtype=float)), np.diff(np.array(events, dtype=float)), source)


def instructions_ratio(a: Counted, b: Counted) -> Interval | None:
    """Return instructions per event of `a` over those of `b`; None without any."""
    x, y = ratio(a.counts, a.events), ratio(b.counts, b.events)
    if x.value <= 0.0 or y.value <= 0.0:
        return None
    if len(a.counts) == len(b.counts) and np.array_equal(a.events, b.events):
        paired = ratio(a.counts, b.counts)
        value, error, units = paired.value, paired.error / paired.value, len(a.counts)
    else:
        value, error = x.value / y.value, math.hypot(x.error / x.value, y.error / y.value)
        units = min(len(a.counts), len(b.counts))
    half = float(stats.t.isf((1.0 - SHOWN_LEVEL) / 2.0, max(units - 1, 1))) * error
    return Interval(value=value, lo=value * math.exp(-half), hi=value * math.exp(half), level=SHOWN_LEVEL)


def main(task_file: str, dumps: str, counts_file: Literal[""] | str = "") -> None:
    """Prepare a task's sides; with `dumps` count their blocks, in a process under callgrind."""
    task: Task = pickle.loads(Path(task_file).read_bytes())
    sides = prepare(task)
    for side in sides:
        side.run(task.blocks[0], task.seed)
    if dumps:
        np.save(counts_file, count_blocks(task, sides, callgrind.Counter(Path(dumps))))


if __name__ == "__main__":
    main(*sys.argv[1:])
