"""How many instructions an event takes: counted beside the timing, on blocks of the same events.

The processor's own counters are used where the machine shows them, else valgrind's callgrind. Of simkit's
own engine blocks of events are counted, what a run costs without any primary taken off; of other programs
the difference of runs of few and many events, as for their times.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import stats

from simkit.bench.instructions import callgrind, hardware_counter
from simkit.bench.instructions.task import CountedSide, Task, count_blocks, prepare
from simkit.bench.pairs.blocks import derive_seed, make_schedule, take
from simkit.bench.statistics.intervals import SHOWN_LEVEL
from simkit.bench.statistics.samples import Floats, ratio
from simkit.engines import Prepared, Program
from simkit.errors import BadInput
from simkit.events import Events, load_events
from simkit.record.comparison import InstructionsOfSides
from simkit.record.instructions import Instructions
from simkit.record.interval import Interval

if TYPE_CHECKING:
    from simkit.bench.named_sides import NamedSide
    from simkit.bench.pairs.pairing import Measurement
    from simkit.bench.programs.compare import Ready
    from simkit.bench.programs.timing import ProgramMeasurement

OPTION = "--instructions"
BLOCKS = {hardware_counter.SOURCE: 40, callgrind.SOURCE: 8}
FEW = 2  # events of the short run of a program
# Events of the longer ones, beyond those.
MORE = {hardware_counter.SOURCE: (10, 20, 30, 40, 50), callgrind.SOURCE: (2, 4, 6)}
GUN_EVENTS = 200  # primaries to choose blocks from
SHORTER = {hardware_counter.SOURCE: 1.0, callgrind.SOURCE: 2.5}  # the blocks, than those that are timed
SLOWER = {hardware_counter.SOURCE: 10.0, callgrind.SOURCE: 400.0}  # how long to wait, over the plain time


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


def make_task(sides: Sequence[CountedSide], events: Events, s_per_MeV: float, seed: int, source: str) -> Task:
    """Return some blocks of the events as a task for `source`; s_per_MeV: CPU time of the slowest side."""
    schedule = make_schedule(events, seed, SHORTER[source] * s_per_MeV)
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
    value = x.value / y.value
    if np.array_equal(a.events, b.events):  # the same blocks
        error, freedom = ratio(a.counts, b.counts).error / value, len(a.counts) - 1.0
    else:
        errors = np.array([x.error / x.value, y.error / y.value])
        error = math.hypot(*errors)
        within = errors**4 / np.array([len(a.counts) - 1, len(b.counts) - 1])
        freedom = error**4 / float(within.sum()) if error else 1.0  # Welch and Satterthwaite
    half = float(stats.t.isf((1.0 - SHOWN_LEVEL) / 2.0, freedom)) * error
    return Interval(value=value, lo=value * math.exp(-half), hi=value * math.exp(half), level=SHOWN_LEVEL)


def of_measurement(
    m: Measurement, sources: Sequence[NamedSide], events: Events, source: str
) -> InstructionsOfSides:
    """Return the instructions of two sides of simkit's own engine, on events of those that were timed."""
    sides = [CountedSide(s.engine, s.scenario) for s in sources]
    task = make_task(sides, events, m.seconds_per_MeV, m.seed, source)

    def count(i: int) -> Counted:
        alone = task._replace(sides=(sides[i],), seed=derive_seed(m.seed, i))
        return count_sides(alone, source, [m.sides[i]])[0]

    return _of_sides([s.label for s in sources], count)


def of_programs(m: ProgramMeasurement, ready: Sequence[Ready], source: str) -> InstructionsOfSides:
    """Return the instructions of two sides of which at least one is another program."""

    def count(i: int) -> Counted:
        pace, one = m.paces[i], ready[i]
        if one.prepared is None:
            return count_program(m.sides[i], m.seed, pace.s_per_event, pace.start_s, source)
        side = CountedSide(one.source.engine, one.source.scenario)
        return of_scenario(side, pace.s_per_event, m.seed, source, [one.prepared])

    return _of_sides([one.source.label for one in ready], count)


def _of_sides(labels: Sequence[str], count: Callable[[int], Counted]) -> InstructionsOfSides:
    """Count both sides; a side that cannot be counted loses nothing of what was measured before.

    Ctrl-C ends the counting of both.
    """
    found: list[Counted | None] = [None, None]
    reasons = []
    for i, label in enumerate(labels):
        try:
            found[i] = count(i)
        except BadInput as error:
            reasons.append(f"{label}: {why_not_counted(error)}")
        except KeyboardInterrupt as error:
            reasons += [f"{left}: {why_not_counted(error)}" for left in labels[i:]]
            break
    a, b = found
    return InstructionsOfSides(
        a=a and a.record(),
        b=b and b.record(),
        ratio=instructions_ratio(a, b) if a and b else None,
        not_counted="; ".join(reasons),
    )


def why_not_counted(error: BaseException) -> str:
    """Return why nothing was counted, of what counting raised."""
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    return str(error).removeprefix(f"{OPTION}: ")


def of_scenario(
    side: CountedSide, s_per_event: float, seed: int, source: str, prepared: Sequence[Prepared] = ()
) -> Counted:
    """Return the instructions of a scenario whose events take `s_per_event` CPU seconds. Errors: BadInput."""
    given = side.scenario.events
    events = load_events(given, GUN_EVENTS if given.source == "gun" else side.scenario.count, seed)
    energy = float(events.primaries.energy.sum()) / events.n_events
    s_per_MeV = max(s_per_event, 1e-9) / energy if energy else 1.0
    return count_sides(make_task([side], events, s_per_MeV, seed, source), source, prepared)[0]
