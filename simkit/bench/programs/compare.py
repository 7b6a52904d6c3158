"""`simkit compare` where at least one side is another program, or what one printed elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from simkit.bench.named_sides import NamedSide
from simkit.bench.pairs.blocks import shower_of_species
from simkit.bench.pairs.clocks import CLOCKS, Clock, known
from simkit.bench.pairs.spending import CHUNK_S, WANTED, Pair, Plan, Progress, Spent, spend
from simkit.bench.programs.records import (
    judge_means,
    mean_of,
    process_of,
    program_contrast,
    program_side,
    ratio_of,
)
from simkit.bench.programs.timing import ProgramMeasurement, begin_programs, check_budget
from simkit.bench.statistics.differences import Showers
from simkit.bench.statistics.equivalence import null_excess, pass_probability
from simkit.bench.statistics.intervals import FEWEST_BLOCKS
from simkit.bench.statistics.means import Units, events_of, mean_differences
from simkit.bench.words import physics_words
from simkit.engines import Prepared, Program, Recording, find_engine, find_foreign, given_path
from simkit.engines.command import event_energy
from simkit.engines.figures import STEPS
from simkit.engines.process import digest
from simkit.engines.warm import Warm
from simkit.errors import BadInput
from simkit.events import Gun
from simkit.record.comparison import Comparison
from simkit.record.conditions import Watch, queued_share
from simkit.record.part import INCONCLUSIVE, PHYSICS_DIFFERS
from simkit.record.provenance import Budget, Provenance
from simkit.record.side_by_side import NOT_PAIRED, ReportedSide, SideBySide
from simkit.record.tallies import PARTICLES

TIMED = 3  # rounds that tell what an event costs beside recorded output
MEASURING = "running the other side"


class Asked(NamedTuple):
    """What was asked for besides the sides; see simkit.bench.compare.run_compare."""

    rounds: int | None
    budget_s: float
    precision: float | None
    seed: int
    threads: int
    clock: Clock | None


class Ready(NamedTuple):
    """A side that can run, or what was recorded of one; `prepared` is that of simkit's own engine."""

    source: NamedSide
    side: Program | Recording
    prepared: Prepared | None


def prepare(source: NamedSide, progress: Progress | None) -> Ready:
    """Return the side ready to run. Errors: BadInput when the engine cannot simulate it, or is missing."""
    if progress is not None:
        progress(0.0, f"preparing {source.label}")
    if source.foreign:
        return Ready(source, find_foreign(source.engine).prepare(source.scenario, source.given), None)
    if not isinstance(source.scenario.events, Gun):
        raise BadInput(f"{source.label}: beside another program, events.source must be 'gun'")
    prepared = find_engine(source.engine).prepare(source.scenario)
    return Ready(source, Warm(prepared), prepared)


def labels_of(ready: Sequence[Ready]) -> tuple[str, str]:
    """Return the labels of both sides, told apart even where the same program is on both."""
    a, b = (r.source.label for r in ready)
    return (a, b) if a != b else (f"{a} (A)", f"{b} (B)")


def energy_of(source: NamedSide) -> float | None:
    """Return the kinetic energy that an event brings (MeV), None for a spectrum."""
    gun = source.scenario.events
    return event_energy(gun) if isinstance(gun, Gun) else None


def shower_of_gun(source: NamedSide) -> Showers:
    """Return the kind of shower that an event is; "mixed" where events do not come from a gun."""
    gun = source.scenario.events
    return shower_of_species([gun.particle]) if isinstance(gun, Gun) else "mixed"


def compare_programs(
    ready: Sequence[Ready],
    asked: Asked,
    progress: Progress | None,
    provenance: Provenance,
    decide: Callable[[Comparison, ProgramMeasurement], int],
) -> Comparison:
    """Compare two sides that can both run; `decide` fills in what the wish makes of it: the exit code."""
    compile_s = sum(r.prepared.compile_s for r in ready if r.prepared)
    started, watch = time.perf_counter(), Watch()
    programs = [r.side for r in ready if not isinstance(r.side, Recording)]
    energy = energy_of(ready[0].source)
    shower = shower_of_gun(ready[0].source)
    m = begin_programs(programs, asked.seed, asked.budget_s, energy, asked.rounds, asked.clock, shower)
    if asked.rounds is None:
        check_budget(m, asked.budget_s)
    plan = Plan(
        start=started,
        budget_s=asked.budget_s,
        rounds=asked.rounds,
        precision=asked.precision,
        threads=asked.threads,
    )
    m.planned = asked.rounds or max(FEWEST_BLOCKS, int(0.6 * asked.budget_s / m.round_s))
    spent = Spent()
    spend(m, [Pair(0, 1)], plan, spent, progress)  # Ctrl-C ends the programs at once: nothing would be kept
    used_s = time.perf_counter() - started
    labels = labels_of(ready)
    contrast = program_contrast(m, labels, used_s)
    sides = [program_side(m, i, r.source, r.prepared) for i, r in enumerate(ready)]
    result = Comparison(
        **dict(contrast),
        a=sides[0],
        b=sides[1],
        exit_code=0,
        noise_floor=None,
        conditions=watch.conditions(spent.processors, m.processor_share, queued_share(m.queued_s, m.wall_s)),
        budget=Budget(
            asked_s=asked.budget_s if asked.rounds is None else None,
            used_s=used_s,
            compile_s=compile_s,
            setup_s=sum(r.prepared.setup_s for r in ready if r.prepared),
            timing_s=spent.timing_s,
            physics_s=spent.physics_s,
            rounds=m.rounds,
            to_settle_s=contrast.to_settle_s,
        ),
        provenance=provenance,
    )
    result.exit_code = decide(result, m)
    return result


def compare_recorded(
    ready: Sequence[Ready], asked: Asked, progress: Progress | None, provenance: Provenance
) -> SideBySide:
    """Set two sides side by side of which at least one was recorded elsewhere."""
    started, watch = time.perf_counter(), Watch()
    energy, shower = energy_of(ready[0].source), shower_of_gun(ready[0].source)
    units: list[Units] = [r.side.parts if isinstance(r.side, Recording) else () for r in ready]
    m = None
    for i, r in enumerate(ready):
        if not isinstance(r.side, Recording):
            m = _measure(r.side, units[1 - i], energy, shower, asked, progress)
            units[i] = m.units[0]
    labels = labels_of(ready)
    unchecked = [x for r in ready if isinstance(r.side, Recording) for x in r.side.unchecked]
    repeating = [
        label
        for label, r in zip(labels, ready)
        if m is not None and not isinstance(r.side, Recording) and m.ignores_seed(0)
    ]
    left_out = dict.fromkeys(unchecked)
    physics, _ = judge_means(units[0], units[1], energy, labels, left_out, repeating, shower)
    recorded = next((r.side.time for r in ready if isinstance(r.side, Recording)), "")
    told = [_told(r, u, m, asked.clock or _clock_of(recorded)) for r, u in zip(ready, units)]
    times = [t.s_per_event for t in told]
    alike = _clock_of(told[0].time) == _clock_of(told[1].time)
    secondaries = {
        name: ratio_of(units[0], units[1], "secondaries", name)[0] for name in (*PARTICLES, "total")
    }
    return SideBySide(
        scenario=ready[0].source.scenario.name,
        scenario_hash=ready[0].source.scenario.hash,
        a=told[0],
        b=told[1],
        times_ratio=times[0] / times[1] if times[0] and times[1] and alike else None,
        steps_ratio={name: ratio_of(units[0], units[1], "steps", name)[0] for name in STEPS},
        secondaries_ratio={name: value for name, value in secondaries.items() if value is not None},
        physics=physics,
        summary=f"{NOT_PAIRED}; the physics {physics_words(physics)}",
        exit_code=PHYSICS_DIFFERS if physics.verdict == "fail" else INCONCLUSIVE,
        # of two outputs that were recorded elsewhere this machine tells nothing
        conditions=watch.conditions(set(), m.processor_share, queued_share(m.queued_s, m.wall_s))
        if m is not None
        else None,
        used_s=time.perf_counter() - started,
        provenance=provenance,
    )


def _measure(
    program: Program,
    recorded: Units,
    energy: float | None,
    shower: Showers,
    asked: Asked,
    progress: Progress | None,
) -> ProgramMeasurement:
    """Return a measurement of one program, precise enough to be set beside recorded output."""
    end = time.perf_counter() + asked.budget_s
    m = begin_programs([program], asked.seed, asked.budget_s, energy, shower=shower)
    for _ in range(TIMED):
        m.timed_round()
    while True:
        rows = mean_differences(recorded, m.units[0], energy, shower)
        excess = null_excess(rows, len(recorded) + len(m.units[0]) - 1)
        left = end - time.perf_counter()
        enough = not rows or m.ignores_seed(0) or pass_probability(excess) >= WANTED
        if enough or left < 0.5 * CHUNK_S:
            return m
        m.untimed_chunk(min(CHUNK_S, left) * asked.threads, asked.threads)
        if progress is not None:
            progress(min(1.0 - left / asked.budget_s, 1.0), MEASURING)


def _clock_of(time: str) -> Clock | None:
    """Return the clock of a recorded time, from what it says of itself."""
    found: dict[str, Clock] = {"CPU": "cpu", "wal": "wall"}
    return found.get(time[:3])


def _told(ready: Ready, units: Units, m: ProgramMeasurement | None, clock: Clock | None) -> ReportedSide:
    """Return what a side told; of one that ran here, the time by `clock`, None: by the one that suits it."""
    side, source = ready.side, ready.source
    recorded = isinstance(side, Recording)
    engine = {"name": source.engine, **side.about}
    seconds, what, times = None, "", {}
    if isinstance(side, Recording):
        seconds, what = side.s_per_event, side.time
        engine["output"] = digest(Path(given_path(source.engine, source.given)))
    elif m is not None:
        clock = clock or m.judge.clock
        medians = {c: np.median(m.s_per_event(0, c)) for c in CLOCKS}
        times = {str(c): float(median) for c, median in medians.items() if known(median)}
        seconds = float(medians[clock])
        what = f"{'CPU' if clock == 'cpu' else clock} time, here ({m.judge.why})"
        if m.silent or m.paces[0].uneven:
            what += (
                f"; not believed: {m.paces[0].uneven or 'it does not report how many events it simulated'}"
            )
        engine["process"] = process_of(m, 0)
    groups = {
        group: {name: found.value for name in names if (found := mean_of(units, group, name)) is not None}
        for group, names in (("steps", STEPS), ("secondaries", (*PARTICLES, "total")))
    }
    total = events_of(units)

    def mean(values: Sequence[float]) -> float:
        return sum(v * u.events for v, u in zip(values, units)) / total

    return ReportedSide(
        label=source.label,
        engine=engine,
        recorded=recorded,
        events=total,
        s_per_event=seconds,
        time=what,
        times=times,
        steps_per_event=groups["steps"],
        secondaries_per_event=groups["secondaries"],
        edep_MeV={r: mean([u.deposits[r] for u in units]) for r in units[0].deposits},
        leaked_MeV=mean([u.leaked or 0.0 for u in units]) if units[0].leaked is not None else None,
    )
