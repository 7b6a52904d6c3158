"""`simkit compare`: is B faster than A, why, and is the physics the same?"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

from simkit.bench.instructions.count import check_backend, find_source, of_measurement, of_programs
from simkit.bench.named_sides import (
    NamedSide,
    apart,
    check_seed,
    observables_of,
    parse_side,
    same_events,
    seed_notes,
    told_apart,
)
from simkit.bench.pairs.attribution import add_time, attribute, profile_sides
from simkit.bench.pairs.beginning import begin
from simkit.bench.pairs.clocks import check_clock
from simkit.bench.pairs.contrast import make_contrast, noise_floor, rounded_up
from simkit.bench.pairs.electricity import meter_sides
from simkit.bench.pairs.sides import make_side
from simkit.bench.pairs.spending import Pair, Plan, Progress, Spent, processor_share, spend
from simkit.bench.pairs.wish import against_wish, exit_code
from simkit.bench.programs.compare import Asked, compare_programs, compare_recorded, prepare
from simkit.bench.programs.timing import ProgramMeasurement
from simkit.bench.statistics.equivalence import unseen
from simkit.bench.statistics.intervals import (
    FEWEST_BLOCKS,
)
from simkit.engines import Recording
from simkit.engines.process import recorded_output
from simkit.engines.profile import check_profiling
from simkit.errors import BadInput, Interrupted
from simkit.interrupts import stop_request
from simkit.record.command_line import assignments, command_line, duration
from simkit.record.comparison import Comparison, Side
from simkit.record.conditions import Watch, queued_share
from simkit.record.equivalence import Equivalence
from simkit.record.machine import usable_threads
from simkit.record.provenance import Apart, Budget, make_provenance
from simkit.record.side_by_side import ReportedSide, SideBySide

COUNTING = "counting instructions"
RECORDED = "--instructions: recorded output cannot be counted; leave the option out"


def run_compare(
    a: str,
    b: str,
    *,
    scenario: str | None = None,
    overrides: Sequence[str] | Mapping[str, Any] = (),
    rounds: int | None = None,
    budget_s: float = 360.0,
    min_speedup: float | None = None,
    precision: float | None = None,
    seed: int | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    profile: bool = False,
    instructions: bool = False,
    clock: str | None = None,
) -> Comparison | SideBySide:
    """Compare `b` with `a`, each "SCENARIO[+speedup...]" or "engine:NAME[=PROGRAM][+speedup...]".

    With another program on a side, runs are timed as simkit.bench.programs.timing says; where a side is
    output that was recorded elsewhere, there is no speedup (SideBySide).

    scenario: what is simulated where `a` and `b` do not name it. rounds: so many timed ABBA rounds instead of
    what the budget allows. budget_s: wall time, compiling from scratch apart. min_speedup: what B is asked to
    reach. precision: stop timing when the 95 % interval is within +- this (relative). threads: for physics;
    timing is on one. progress: called with the fraction done and what is being done. profile: find out where
    the time of both sides goes, too, after the timing and beyond the budget. instructions: count them, too,
    likewise. clock: what judges the speed ("cpu", "wall", "gpu"), None for CPU time where all sides compute,
    else wall time.

    Errors: BadInput, before anything heavy is built where that is possible; also after Ctrl-C.
    """
    _check(rounds, budget_s, min_speedup, precision, threads)
    check_seed(seed)
    sources = told_apart(parse_side(a, scenario, overrides), parse_side(b, scenario, overrides))
    if profile:
        _check_profile(sources)
    counts = _check_instructions(sources) if instructions else ""
    observables = tuple(key for source in sources for key in observables_of(source.scenario))
    judge = check_clock(sources, clock)
    events = same_events(sources)
    base_seed = sources[0].scenario.seed if seed is None else seed
    command = command_line(
        "compare",
        [source.label for source in sources],  # without the paths of other programs
        scenario=scenario,
        set=assignments(overrides),
        rounds=rounds,
        budget=duration(budget_s),
        min_speedup=min_speedup,
        precision=precision,
        seed=base_seed,
        threads=threads,
        profile=profile,
        instructions=instructions,
        clock=clock,
    )
    provenance = make_provenance(command, base_seed)
    differ_in, notes = apart(*sources), seed_notes(sources, base_seed)
    if any(source.foreign for source in sources):
        asked = Asked(rounds, budget_s, precision, base_seed, threads or usable_threads(), judge)
        ready = [prepare(source, progress) for source in sources]
        if any(isinstance(r.side, Recording) for r in ready):
            if counts:
                raise BadInput(RECORDED)
            beside = compare_recorded(ready, asked, progress, provenance)
            _name_unseen(beside.physics, observables)
            beside.differ_in, beside.notes = [*differ_in, *versions_apart(beside.a, beside.b)], notes
            return beside

        def decide(result: Comparison, m: ProgramMeasurement) -> int:
            _name_unseen(result.physics, observables)
            result.differ_in, result.notes = [*differ_in, *versions_apart(result.a, result.b)], notes
            if counts:
                _tell(progress, COUNTING)
                result.attribution.instructions = of_programs(m, ready, counts)
            return _decided(result, m, min_speedup)

        return compare_programs(ready, asked, progress, provenance, decide)
    started, watch = time.perf_counter(), Watch()
    sides = []
    for source in sources:
        if progress is not None:
            progress(0.0, f"preparing {source.label}")
        sides.append(source.prepare())
    compile_s = sum(side.compile_s for side in sides)
    setup_s = sum(side.setup_s for side in sides)
    metered = meter_sides(sides)
    m = begin(metered, events, base_seed, clock=judge)
    plan = Plan(
        # Compiling from scratch happens once per machine and is not part of the budget.
        start=started + compile_s,
        budget_s=budget_s,
        rounds=rounds,
        precision=precision,
        threads=threads or usable_threads(),
    )
    m.planned = rounds or max(FEWEST_BLOCKS, int(0.6 * budget_s / m.round_s))
    spent = Spent()
    with stop_request() as stop:
        if not spend(m, [Pair(0, 1, observables)], plan, spent, progress, stop=stop):
            raise Interrupted("interrupted; a comparison is not kept, use simkit campaign for long ones")
    used_s = time.perf_counter() - plan.start
    contrast = make_contrast(m, 0, 1, observables, used_s)
    below, undecided, growth = against_wish(m.log_ratio(0, 1), m.planned, min_speedup)
    if growth > 1.0:
        contrast.to_settle_s = max(contrast.to_settle_s or 0.0, rounded_up(growth * used_s))
    used = [side.electricity(m.events(side.energy_MeV)) for side in metered]
    records = [make_side(m, i, s.label, s.scenario, s.engine, events) for i, s in enumerate(sources)]
    for record, energy in zip(records, used):
        record.energy_used = energy
    if profile:
        profiles = profile_sides(m)
        add_time(m, profiles, records)
        # What is profiled is CPU time, whatever judges.
        attribute(m, profiles, 0, 1, contrast.time_ratios["cpu"].value, contrast.attribution)
    if counts:
        _tell(progress, COUNTING)
        contrast.attribution.instructions = of_measurement(m, sources, events, counts)
    return Comparison(
        **dict(contrast),
        a=records[0],
        b=records[1],
        differ_in=differ_in,
        notes=notes,
        min_speedup=min_speedup,
        exit_code=exit_code(
            contrast.verdict, contrast.physics.verdict, below, undecided, min_speedup is not None
        ),
        noise_floor=noise_floor(m.self_ratio(), m.rounds),
        conditions=watch.conditions(
            spent.processors, processor_share(m, spent), queued_share(m.queued_s, spent.timing_s)
        ),
        budget=Budget(
            asked_s=budget_s if rounds is None else None,
            used_s=used_s,
            compile_s=compile_s,
            setup_s=setup_s,
            timing_s=spent.timing_s,
            physics_s=spent.physics_s,
            rounds=m.rounds,
            to_settle_s=contrast.to_settle_s,
        ),
        provenance=provenance,
    )


def _decided(result: Comparison, m: ProgramMeasurement, min_speedup: float | None) -> int:
    """Fill in what was asked of a comparison of programs, and return its exit code."""
    below, undecided, growth = against_wish(m.log_ratio(0, 1), m.planned, min_speedup)
    if result.doubts:
        below, undecided, growth = False, True, 1.0
    result.min_speedup = min_speedup
    if growth > 1.0:
        result.to_settle_s = max(result.to_settle_s or 0.0, rounded_up(growth * result.budget.used_s))
        result.budget.to_settle_s = result.to_settle_s
    return exit_code(result.verdict, result.physics.verdict, below, undecided, min_speedup is not None)


def _name_unseen(physics: Equivalence, observables: Sequence[str]) -> None:
    """Add what programs do not report to what is not compared."""
    notes = (physics.not_compared, unseen(observables, physics.rows))
    physics.not_compared = "; ".join(note for note in notes if note)


def versions_apart(a: Side | ReportedSide, b: Side | ReportedSide) -> list[Apart]:
    """Return what two programs report of themselves otherwise: versions, options, how they were built."""
    keys = [key for key in dict.fromkeys([*a.engine, *b.engine]) if key not in ("name", "process")]
    return [
        Apart(key=f"engine {key}", a=a.engine.get(key, "not reported"), b=b.engine.get(key, "not reported"))
        for key in keys
        if a.engine.get(key) != b.engine.get(key)
    ]


def _tell(progress: Progress | None, what: str) -> None:
    if progress is not None:
        progress(1.0, what)


def _check_instructions(sources: Sequence[NamedSide]) -> str:
    """Return what can count instructions of these sides. Errors: BadInput."""
    for source in sources:
        if not source.foreign:
            check_backend(source.scenario.run.backend)
        elif recorded_output(source.given, source.label):
            raise BadInput(RECORDED)
    return find_source()


def _check_profile(sources: Sequence[NamedSide]) -> None:
    for source in sources:
        if source.foreign:
            raise BadInput(
                f"--profile: {source.label} is another program; only simkit's own kernels count cycles"
            )
        check_profiling(source.scenario.run.backend)


def _check(
    rounds: int | None,
    budget_s: float,
    min_speedup: float | None,
    precision: float | None,
    threads: int | None,
) -> None:
    if rounds is not None and rounds < FEWEST_BLOCKS:
        raise BadInput(f"--rounds: found {rounds}; at least {FEWEST_BLOCKS} are needed for an interval")
    for name, value in (("--budget", budget_s), ("--min-speedup", min_speedup), ("precision", precision)):
        if value is not None and not (0.0 < value < math.inf):
            raise BadInput(f"{name}: found {value}; must be greater than 0")
    if threads is not None and threads < 1:
        raise BadInput(f"--threads: found {threads}; must be at least 1")
