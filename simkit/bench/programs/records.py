"""From what was measured of programs to records: the contrast of two sides, and each side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from scipy import stats

from simkit.bench.named_sides import NamedSide
from simkit.bench.pairs.clocks import CLOCKS, Clock, known, stacked, time_ratios
from simkit.bench.pairs.contrast import RESOLUTION, make_speedup, rounded_up, speed_verdict
from simkit.bench.programs.doubts import doubts
from simkit.bench.programs.pace import FEW
from simkit.bench.programs.timing import ProgramMeasurement
from simkit.bench.statistics.differences import Showers
from simkit.bench.statistics.equivalence import growth_to_settle, judge, null_excess, pass_probability
from simkit.bench.statistics.intervals import SHOWN_LEVEL, TrimmedMean, blocks_to_settle
from simkit.bench.statistics.means import (
    Estimate,
    Units,
    estimate,
    events_of,
    mean_differences,
    not_compared,
    width,
)
from simkit.bench.statistics.merit import UNBELIEVED, Moments, merit
from simkit.bench.words import summary
from simkit.engines import Prepared
from simkit.engines.figures import STEPS, with_sums
from simkit.record.comparison import Attribution, Contrast, MeanDeposit, Merit, Side, StepsRatio
from simkit.record.equivalence import Equivalence
from simkit.record.interval import Interval
from simkit.record.models import models_used
from simkit.record.tallies import PARTICLES


def judge_means(
    a: Units,
    b: Units,
    energy_MeV: float | None,
    labels: tuple[str, str],
    unchecked: Iterable[str] = (),
    repeating: Iterable[str] = (),
    shower: Showers = "electromagnetic",
) -> tuple[Equivalence, float]:
    """Return the physics verdict of side `b` against `a`, and how many times the units would settle it.

    `unchecked` and `repeating`: see simkit.bench.statistics.means.not_compared.
    """
    rows = mean_differences(a, b, energy_MeV, shower)
    units = max(len(a) + len(b) - 1, 2)
    excess = null_excess(rows, units)
    events = min(events_of(a), events_of(b))
    physics = judge(rows, units, events, pass_probability(excess) if rows else 0.0)
    physics.not_compared = not_compared(a, b, energy_MeV, labels, tuple(unchecked), tuple(repeating))
    return physics, growth_to_settle(physics, excess) if rows else 1.0


def program_contrast(m: ProgramMeasurement, labels: tuple[str, str], used_s: float) -> Contrast:
    """Return the contrast of the second side against the first after `used_s` seconds of measuring."""
    a, b = m.units
    centre, clock = m.log_ratio(0, 1), m.judge
    unbelieved = doubts(m, labels)
    verdict = "inconclusive" if unbelieved else speed_verdict(centre, m.planned)
    repeating = [label for i, label in enumerate(labels) if m.ignores_seed(i)]
    physics, growth = judge_means(a, b, m.energy_MeV, labels, repeating=repeating, shower=m.shower)
    if repeating:
        growth = 1.0  # more runs would tell the same again
    if verdict == "inconclusive" and not unbelieved:
        growth = max(growth, blocks_to_settle(centre, 0.0, RESOLUTION) / centre.n)
    speedup = make_speedup(m, 0, 1, centre)
    merits = _merits(a, b, centre, bool(unbelieved))
    steps = {name: ratio_of(a, b, "steps", name) for name in STEPS}
    total = steps["total"][0]
    return Contrast(
        speedup=speedup,
        clock=clock.clock,
        clock_why=clock.why if clock.decided else "",
        time_ratios=time_ratios(stacked(m.timed), 0, 1),
        steps_ratio=StepsRatio(
            gamma=steps["gamma"][0],
            charged=steps["charged"][0],
            total=total,
            relative_error={name: error for name, (_, error) in steps.items()},
        ),
        secondaries_ratio={
            name: ratio_of(a, b, "secondaries", name)[0]
            for name in (*PARTICLES, "total")
            if ratio_of(a, b, "secondaries", name)[0] is not None
        },
        attribution=Attribution(
            steps_ratio=total,
            time_per_step_ratio=speedup.value / total if total else None,
            ns_per_step_a=_ns_per_step(m, 0),
            ns_per_step_b=_ns_per_step(m, 1),
        ),
        figure_of_merit={region: None if one is None else one.value for region, one in merits.items()},
        merit={region: one for region, one in merits.items() if one is not None},
        physics=physics,
        verdict=verdict,
        summary=summary(speedup, verdict, physics, unbelieved),
        doubts=unbelieved,
        to_settle_s=rounded_up(growth * used_s) if growth > 1.0 else None,
    )


def mean_of(units: Units, group: str, name: str) -> Estimate | None:
    """Return the mean of figure `name` of `group` ("steps" ...), None when not all units give it."""
    values = [getattr(unit, group).get(name) for unit in units]
    return None if None in values else estimate(units, values)


def ratio_of(a: Units, b: Units, group: str, name: str) -> tuple[float | None, float | None]:
    """Return the ratio of a's figure over b's and its relative error; None where it cannot be formed."""
    x, y = mean_of(a, group, name), mean_of(b, group, name)
    if x is None or y is None or not y.value:
        return None, None
    if x.error is None or y.error is None or not x.value:
        return x.value / y.value, None
    return x.value / y.value, float(np.hypot(x.error / x.value, y.error / y.value))


def _ns_per_step(m: ProgramMeasurement, side: int) -> float | None:
    steps = mean_of(m.units[side], "steps", "total")
    return 1e9 * float(m.s_per_event(side).mean()) / steps.value if steps and steps.value else None


def _merits(a: Units, b: Units, centre: TrimmedMean, unbelieved: bool) -> dict[str, Merit | None]:
    """Return the figure of merit of B over that of A by region, where both give the spread over events."""
    found: dict[str, Merit | None] = {}
    for region in a[0].spreads:
        if all(region in unit.spreads for unit in (*a, *b)):
            x, y = (_moments(units, region) for units in (a, b))
            found[region] = merit(x, y, centre.mean, centre.error, centre.freedom)
        if unbelieved and (one := found.get(region)) is not None:
            one.verdict, one.reason = "not decided", UNBELIEVED
    return found


def _moments(units: Units, region: str) -> Moments:
    """Return the sums over events of each unit, from its mean and standard deviation."""
    n, mean, spread = (
        np.array(column, dtype=np.float64)
        for column in zip(*((u.events, u.deposits[region], u.spreads[region]) for u in units))
    )
    return Moments(n, n * mean, n * mean**2 + np.maximum(n - 1.0, 0.0) * spread**2)


def program_side(m: ProgramMeasurement, i: int, source: NamedSide, prepared: Prepared | None) -> Side:
    """Return the record of side `i`; `prepared` is that of simkit's own engine."""
    units, program = m.units[i], m.sides[i]
    # Where the other side gives the sum of regions only, that is what both have.
    other = m.units[1 - i][0].layers
    rows = {
        region: [with_sums(unit, other)[region] for unit in units] for region in with_sums(units[0], other)
    }
    layers = {region: [estimate(units, column) for column in zip(*row)] for region, row in rows.items()}
    leaked = None
    if units[0].leaked is not None and m.energy_MeV:
        leaked = estimate(units, [unit.leaked or 0.0 for unit in units]).value / m.energy_MeV
    secondaries = _means(units, "secondaries", (*PARTICLES, "total"))
    events = source.scenario.events
    met = {name for name, mean in secondaries.items() if mean} | {PARTICLES[k] for k in events.kinds() or ()}
    return Side(
        label=source.label,
        scenario=source.scenario.name,
        scenario_hash=source.scenario.hash,
        speedups=list(source.scenario.speedups),
        engine={"name": source.engine, **program.about, "process": process_of(m, i)},
        events=events_of(units),
        seed=m.seed,
        cpu_s_per_event=_seconds_per_event(m, i, "cpu"),
        times={
            str(clock): _seconds_per_event(m, i, clock)
            for clock in CLOCKS
            if known(m.s_per_event(i, clock).mean())
        },
        ns_per_step=_ns_per_step(m, i),
        steps_per_event=_means(units, "steps", STEPS),
        steps_by={},
        secondaries_per_event=secondaries,
        counters_per_event={},
        edep_MeV={region: _deposit(units, region) for region in units[0].deposits},
        layers_MeV={r: [e.value for e in row] for r, row in layers.items()},
        layers_sem_MeV={r: [e.error for e in row] for r, row in layers.items()},
        leaked_fraction=leaked,
        cuts_MeV=prepared.cuts_MeV if prepared else {},
        models=models_used(source.engine, met, events.highest_MeV()),
        compile_s=prepared.compile_s if prepared else 0.0,
        setup_s=prepared.setup_s if prepared else m.start_s(i),
    )


def process_of(m: ProgramMeasurement, i: int) -> str:
    """Return in words how side `i` was timed."""
    program, events = m.sides[i], m.paces[i].events
    if program.process == "warm":
        return f"warm in this process, {events} events a run"
    if m.paces[i].apart:
        return (
            f"a fresh process for each run of {events} events, less its start-up ({m.start_s(i):.3g} s CPU, "
            f"from runs of {FEW} events)"
        )
    why = "as of the other side"
    if not program.counts_events:
        why = "which cannot be measured without {events} in its command line"
    return f"a fresh process for each run of {events} events, in its time its start-up, {why}"


def _means(units: Units, group: str, names: Iterable[str]) -> dict[str, float]:
    found: Mapping[str, Estimate | None] = {name: mean_of(units, group, name) for name in names}
    return {name: mean.value for name, mean in found.items() if mean is not None}


def _deposit(units: Units, region: str) -> MeanDeposit:
    spread = width(units, region).value if all(region in unit.spreads for unit in units) else None
    mean = estimate(units, [unit.deposits[region] for unit in units], spread)
    return MeanDeposit(mean=mean.value, sem=mean.error, sd=spread)


def _seconds_per_event(m: ProgramMeasurement, i: int, clock: Clock) -> Interval:
    seconds = m.s_per_event(i, clock)
    half = float(stats.t.isf((1.0 - SHOWN_LEVEL) / 2.0, len(seconds) - 1) * stats.sem(seconds))
    value = float(seconds.mean())
    return Interval(value=value, lo=max(value - half, 0.0), hi=value + half, level=SHOWN_LEVEL)
