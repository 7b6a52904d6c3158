"""`simkit scale`: events per second of a whole machine, by threads and processes, and how they scale.

All layouts are measured in turn, in an order drawn anew for each round, and compared round by round, so that
a machine that gets slower or faster meanwhile cancels. The work grows with the threads: every thread has the
same events.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Sequence

import numpy as np

from simkit.bench.pairs.blocks import derive_seed
from simkit.bench.pairs.spending import Progress
from simkit.bench.scale.curves import interval, make_curves
from simkit.bench.scale.work import Done, Layout, Work, measure, work_of
from simkit.bench.statistics.intervals import FEWEST_BLOCKS
from simkit.engines import Prepared, find_engine
from simkit.errors import BadInput
from simkit.events import Primaries, load_events
from simkit.record.conditions import Watch
from simkit.record.interval import Interval
from simkit.record.machine import cpu_quota, physical_cores, usable_threads
from simkit.record.part import FINE, INCONCLUSIVE, PHYSICS_DIFFERS
from simkit.record.provenance import make_provenance
from simkit.record.scale import OTHERS, WIDE, Memory, Point, Scale
from simkit.scenario import Scenario

ORDER = 1_000_005  # where the seeds of the order of the layouts branch off
ROUNDS = 10  # that a budget is meant to give
LEAST_S, MOST_S = 0.1, 2.0  # of a measurement
FEWEST_EVENTS = 4  # a thread
ONE = Layout(1, 1)


def layouts_of(
    usable: int, threads: Sequence[int] | None = None, processes: Sequence[int] | None = None
) -> list[Layout]:
    """Return the layouts to measure: one thread, threads, processes, and both together.

    Without lists: 1, 2, 4 ... and all of the usable processors, by threads of one process, by processes of
    one thread, and by all ways to fill the machine with several of both. With lists: those threads in one
    process, those processes of one thread, and with both given every pair.
    """
    every = sorted({*(2**k for k in range(usable.bit_length()) if 2**k <= usable), usable})
    if threads is None and processes is None:
        mixed = [Layout(usable // t, t) for t in range(2, usable) if usable % t == 0]
        chosen = [*(Layout(1, n) for n in every), *(Layout(n, 1) for n in every), *mixed]
    else:
        chosen = [Layout(p, t) for p in processes or (1,) for t in threads or (1,)]
    return sorted({ONE, *chosen}, key=lambda one: (one.processes * one.threads, one.processes))


def run_scale(
    scenario: Scenario,
    *,
    threads: Sequence[int] | None = None,
    processes: Sequence[int] | None = None,
    budget_s: float = 120.0,
    rounds: int | None = None,
    command: str = "",
    progress: Progress | None = None,
) -> Scale:
    """Measure the throughput of this machine on a scenario; see `layouts_of` for threads and processes.

    budget_s: wall time, compiling apart. rounds: exactly so many, whatever they take, each measurement as
    long as for that budget. Errors: BadInput.
    """
    if not hasattr(os, "fork"):
        raise BadInput("simkit scale: needs a system that can fork processes, such as Linux")
    if scenario.run.backend != "cpu":
        raise BadInput("simkit scale: found run.backend = 'cuda'; it scales over processors, give 'cpu'")
    if rounds is not None and rounds < FEWEST_BLOCKS:
        raise BadInput(f"--rounds: found {rounds}; at least {FEWEST_BLOCKS} are needed for an interval")
    usable, watch = usable_threads(), Watch()
    layouts = layouts_of(usable, threads, processes)
    if progress is not None:
        progress(0.0, f"preparing {scenario.name}")
    prepared = find_engine("native").prepare(scenario)
    begin = time.perf_counter()
    work = _work(prepared, scenario, budget_s / ((rounds or ROUNDS) * len(layouts)))
    done: list[list[Done]] = []
    slowest = 0.0
    while rounds is None or len(done) < rounds:
        used = time.perf_counter() - begin
        if rounds is None and done:
            needed = FEWEST_BLOCKS * slowest
            if len(done) >= FEWEST_BLOCKS and used + slowest > budget_s:
                break
            if needed > budget_s and work.each > FEWEST_EVENTS:
                # The machine is busier with all its processors in use than it was with one.
                each = max(int(work.each * budget_s / (ROUNDS * slowest)), FEWEST_EVENTS)
                work = work_of(work.block, work.events, min(each, work.each - 1), work.seed)
                done, slowest = [], 0.0
            elif needed > 1.5 * budget_s:
                raise BadInput(
                    f"--budget: found {budget_s:g} s, but {FEWEST_BLOCKS} rounds of {len(layouts)} layouts "
                    f"take about {needed:.0f} s; give {math.ceil(2.0 * needed)}s, fewer layouts (--threads, "
                    "--processes), or smaller events"
                )
        done.append(_round(prepared, layouts, work, derive_seed(scenario.seed, ORDER, len(done))))
        slowest = max(slowest, time.perf_counter() - begin - used)
        if progress is not None:
            progress(min((time.perf_counter() - begin) / budget_s, 1.0), "measuring")
    cores = physical_cores()
    points = _points(layouts, done, work, usable, cores)
    same = len({one for parts in done for part in parts for one in part.digests}) == 1
    wide = any(_half(p.efficiency) > WIDE for p in points)
    disturbed = any(p.others > OTHERS * usable for p in points)
    return Scale(
        scenario=scenario.name,
        scenario_hash=scenario.hash,
        speedups=list(scenario.speedups),
        seed=scenario.seed,
        usable_processors=usable,
        cores=cores,
        quota=cpu_quota(),
        points=points,
        curves=make_curves(points),
        same_bits=same,
        rounds=len(done),
        verdict="fail" if not same else "inconclusive" if wide or disturbed else "pass",
        exit_code=PHYSICS_DIFFERS if not same else INCONCLUSIVE if wide or disturbed else FINE,
        budget_s=budget_s,
        used_s=time.perf_counter() - begin,
        conditions=watch.conditions(set(), None, max(p.others for p in points) / usable),
        provenance=make_provenance(command, scenario.seed),
    )


def _work(prepared: Prepared, scenario: Scenario, seconds: float) -> Work:
    """Return work that takes one thread about `seconds`, within LEAST_S and MOST_S where events allow it."""
    events = load_events(scenario.events, scenario.count, scenario.seed)
    if not len(events.primaries.event):
        raise BadInput("events: there is no gamma, e- or e+ among the primaries; nothing to measure")
    seconds = min(max(seconds, LEAST_S), MOST_S)
    n = 1
    while True:
        block = Primaries(*(column[events.primaries.event < n] for column in events.primaries))
        begin = time.perf_counter()
        prepared.run(block, scenario.seed)
        used = time.perf_counter() - begin
        if used >= 0.5 * LEAST_S or n >= events.n_events:
            break
        n = min(2 * n, events.n_events)
    # The first run of one event is slow, but for those that take long.
    wanted = max(round(seconds * n / max(used, 1e-9)), FEWEST_EVENTS)
    return work_of(events.primaries, events.n_events, wanted, scenario.seed)


def _round(prepared: Prepared, layouts: Sequence[Layout], work: Work, seed: int) -> list[Done]:
    """Measure every layout once, in an order drawn by `seed`."""
    done: dict[int, Done] = {}
    for i in np.random.default_rng(seed).permutation(len(layouts)):
        done[int(i)] = measure(prepared, layouts[i], work)
    return [done[i] for i in range(len(layouts))]


def _points(
    layouts: Sequence[Layout], rounds: Sequence[Sequence[Done]], work: Work, usable: int, cores: int | None
) -> list[Point]:
    one = layouts.index(ONE)
    workers = np.array([layout.processes * layout.threads for layout in layouts])
    events = work.each * workers
    logs = np.log(events / np.array([[part.wall_s for part in done] for done in rounds]))
    points = []
    for i, layout in enumerate(layouts):
        parts = [done[i] for done in rounds]
        n = int(workers[i])
        paired = logs[:, i] - logs[:, one]
        points.append(
            Point(
                processes=layout.processes,
                threads=layout.threads,
                events=int(events[i]),
                events_per_s=interval(logs[:, i]),
                speedup=interval(paired),
                efficiency=interval(paired, 1.0 / n),
                busy=sum(part.cpu_s for part in parts) / sum(part.wall_s for part in parts),
                others=float(np.mean([part.others for part in parts])),
                memory=_largest([part.memory for part in parts]),
                beyond_cores=cores is not None and n > cores,
                beyond_processors=n > usable,
            )
        )
    return points


def _largest(parts: Sequence[Memory]) -> Memory:
    """Return the largest of each figure."""
    return Memory(
        **{
            name: max(told) if (told := [x for p in parts if (x := getattr(p, name)) is not None]) else None
            for name in Memory.model_fields
        }
    )


def _half(of: Interval) -> float:
    return 0.5 * (of.hi - of.lo) / of.value
