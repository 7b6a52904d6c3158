"""A measurement planned by counts: so many timed rounds, then physics on so many events, whatever they take.

Nothing in the plan depends on a clock: blocks are sized by counted steps, and every piece has its place
before the first is run. Two campaigns with one plan have the same record but for the times, however often
they were interrupted and wherever their physics was run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import closing

from simkit.bench.pairs.blocks import Schedule
from simkit.bench.pairs.pairing import Measurement
from simkit.bench.pairs.piece import Piece, Place
from simkit.bench.pairs.pinning import pinned
from simkit.bench.pairs.spending import PHYSICS, TIMING, Progress, Spent

S_PER_STEP = 3e-7  # of the CPU time of condensed-history transport, to size the blocks with
CHUNK_S = 1.0  # of such time a side, for physics


def round_places(rounds: int) -> list[Place]:
    """Return the places of the timed rounds."""
    return [Place(2 * k, 2 * k + 2, "round") for k in range(rounds)]


def physics_places(schedule: Schedule, first: int, events: float, seconds_per_MeV: float) -> list[Place]:
    """Return the places of physics from block `first` on, until all blocks together have `events` events."""
    energy = sum(schedule.energy(schedule.block(k)) for k in range(first))
    places: list[Place] = []
    while energy < events * schedule.mean_energy:
        end = schedule.chunk(first, CHUNK_S / seconds_per_MeV)
        energy += sum(schedule.energy(schedule.block(k)) for k in range(first, end))
        places.append(Place(first, end, "physics"))
        first = end
    return places


def fulfil(
    m: Measurement,
    rounds: int,
    events: int,
    kept: Mapping[Place, Piece],
    spent: Spent,
    threads: int,
    progress: Progress | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> bool:
    """Run what the plan has and `kept` has not; return whether all is done (False: `stop` asked)."""
    timed = round_places(rounds)
    first = timed[-1].end if m.showers is None else 0
    places = physics_places(m.judged.schedule, first, events, m.seconds_per_MeV)
    done = 0

    def tell(what: str) -> None:
        if progress is not None:
            progress(min(done / (len(timed) + len(places)), 1.0), what)

    def take(place: Place) -> bool:
        if place in kept:
            m.add(kept[place])
        return place in kept

    while done < len(timed) and take(timed[done]):
        done += 1
    begin = time.perf_counter()
    if done < len(timed) and not stop():
        with pinned() as processor:
            if processor is not None:
                spent.processors.add(processor)
            for place in timed[done:]:
                if stop():
                    return False
                if not take(place):
                    m.timed_round()
                done += 1
                tell(TIMING)
                spent.timing_s, begin = spent.timing_s + time.perf_counter() - begin, time.perf_counter()
    if stop():
        return False
    done += sum(place in kept for place in places)
    with closing(m.physics(places, threads, kept)) as pieces:
        for _ in pieces:
            done += 1
            tell(PHYSICS)
            spent.physics_s, begin = spent.physics_s + time.perf_counter() - begin, time.perf_counter()
            if stop():
                break
    return done == len(timed) + len(places)


def replay(
    m: Measurement, kept: Mapping[Place, Piece], damaged: list[Place], spent: Spent, threads: int
) -> None:
    """Take in what is kept, in order, and do the damaged pieces again in their places."""
    for place in sorted({*kept, *damaged}):
        if place in kept:
            m.add(kept[place])
            continue
        begin = time.perf_counter()
        if place.kind == "round":
            m.cursor = place.first
            with pinned() as processor:
                if processor is not None:
                    spent.processors.add(processor)
                m.timed_round()
            spent.timing_s += time.perf_counter() - begin
        else:
            m.judged.cursor = place.first
            for _ in m.physics([place], threads):
                pass
            spent.physics_s += time.perf_counter() - begin
