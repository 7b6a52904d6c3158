"""How a budget of wall time is spent: timing pairs first, then physics on all threads, then timing again."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from contextlib import nullcontext
from dataclasses import dataclass, field

from simkit.bench.pairs.contrast import precise
from simkit.bench.pairs.measured import Measured
from simkit.bench.pairs.pairing import Measurement
from simkit.bench.pairs.pinning import pinned
from simkit.bench.statistics.intervals import FEWEST_BLOCKS, smallest_detectable
from simkit.interrupts import Stopped

Progress = Callable[[float, str], None]
"""Called with the fraction done (0 to 1) and what is being done."""

WANTED = 0.97  # chance that sides without a difference pass, at which physics has had enough
EFFECT = 0.01  # on the CPU time, that timing is to see before physics begins
CHUNK_S = 2.0
GROWTH = 1.1  # in units, between two looks at the precision
# Where the interval first looks narrow its error is one that chance made small; stopping there, the 95 %
# interval would hold the truth in 90 % of cases. With so many independent rounds, or places of the code, and
# so much more, it is 94 to 95 %.
PRECISE, PRECISE_GROWTH = 20, 1.25


@dataclass
class Pair:
    """Two sides whose physics is compared, and the keys observed besides: simkit.speedups.observables."""

    a: int
    b: int
    observables: Collection[str] = ()


@dataclass
class Plan:
    """What to spend.

    budget_s: wall seconds from `start` (time.perf_counter) on. rounds: exactly so many timed rounds,
    whatever they take. timing_share: of the budget, before physics begins: at least the first, and until an
    effect of 1 % would be declared or the second is reached. precision: stop timing when the 95 % interval of
    every pair is within +- this (relative), and a quarter more was measured. threads: for physics. look: at
    the verdict, this time included. chunk_s: wall seconds of physics between two looks at its precision.
    """

    start: float
    budget_s: float
    rounds: int | None = None
    timing_share: tuple[float, float] = (0.25, 0.6)
    precision: float | None = None
    threads: int = 1
    look: int = 1
    chunk_s: float = CHUNK_S


@dataclass
class Spent:
    """Wall seconds spent on timing and on physics, and the processors that timing was pinned to."""

    timing_s: float = 0.0
    physics_s: float = 0.0
    processors: set[int] = field(default_factory=set)

    @property
    def total(self) -> float:
        """Return all seconds of measuring."""
        return self.timing_s + self.physics_s


def spend(
    m: Measured,
    pairs: list[Pair],
    plan: Plan,
    spent: Spent,
    progress: Progress | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> bool:
    """Measure until the plan is fulfilled; return whether it was (False: `stop` asked).

    Neither the speed nor the physics seen decides when to stop, only budget and precision do. `m` and `spent`
    are filled.
    """

    narrow_at = 0  # rounds

    def used() -> float:
        return time.perf_counter() - plan.start

    def narrow() -> bool:
        nonlocal narrow_at
        if plan.precision is None or m.rounds < PRECISE:
            return False
        if not narrow_at and _narrow(m, pairs, plan.precision):
            narrow_at = m.rounds
        return 0 < PRECISE_GROWTH * narrow_at <= m.rounds

    def tell(what: str) -> None:
        if progress is not None:
            done = used() / plan.budget_s
            if plan.rounds is not None and what == TIMING:
                done = m.rounds / plan.rounds
            progress(min(done, 1.0), what)

    def fulfilled(until: float) -> bool:
        if plan.rounds is not None:
            return m.rounds >= plan.rounds
        if m.rounds < FEWEST_BLOCKS:
            return False
        if used() + 0.5 * m.round_s > until:
            return True
        return narrow()

    def time_while(wanted: Callable[[], bool]) -> None:
        if not wanted() or stop():
            return
        with pinned() if m.pins else nullcontext() as processor:
            if processor is not None:
                spent.processors.add(processor)
            while wanted() and not stop():
                begin = time.perf_counter()
                m.timed_round()
                spent.timing_s += time.perf_counter() - begin
                tell(TIMING)

    def first_share() -> bool:
        least, most = (share * plan.budget_s for share in plan.timing_share)
        return not fulfilled(least) or not (fulfilled(most) or _sensitive(m, pairs))

    try:
        time_while(first_share)
        _physics(m, pairs, plan, spent, used, tell, stop)
        time_while(lambda: not fulfilled(plan.budget_s))
    except Stopped:
        return False
    return not stop()


TIMING = "timing pairs"
PHYSICS = "comparing physics"


def _physics(
    m: Measured,
    pairs: list[Pair],
    plan: Plan,
    spent: Spent,
    used: Callable[[], float],
    tell: Callable[[str], None],
    stop: Callable[[], bool],
) -> None:
    units = 0.0
    # What was never looked at has no verdict: one chunk there is, whatever timing has used.
    while not stop() and (not m.independent() or used() + 0.5 * plan.chunk_s < plan.budget_s):
        begin = time.perf_counter()
        now = m.independent()
        if now > GROWTH * units:
            units = now
            if all(precise(m, pair.a, pair.b, pair.observables, WANTED, plan.look) for pair in pairs):
                return
        left = min(plan.chunk_s, plan.budget_s - used())
        m.untimed_chunk(max(left, 0.1) * plan.threads / len(m.sides), plan.threads)
        spent.physics_s += time.perf_counter() - begin
        tell(PHYSICS)


def _sensitive(m: Measured, pairs: list[Pair]) -> bool:
    return all(smallest_detectable(m.log_ratio(p.a, p.b), m.planned) < EFFECT for p in pairs)


def _narrow(m: Measured, pairs: list[Pair], precision: float) -> bool:
    for pair in pairs:
        centre = m.log_ratio(pair.a, pair.b)
        lo, hi = centre.interval()
        if centre.independent < PRECISE or 0.5 * (hi - lo) > precision:
            return False
    return True


def processor_share(m: Measurement, spent: Spent) -> float | None:
    """Return CPU over wall time of the timing, without moving the code; what is between the blocks is in it.

    None on a GPU, where what was timed is wall time itself.
    """
    if not spent.timing_s or any(side.backend == "cuda" for side in m.sides):
        return None
    return m.cpu_s / (spent.timing_s - sum(m.places.moving_s))
