"""`simkit.measure`: is one callable faster than another, and does it still give the same?"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import stats

from simkit.bench.callables.callee import Callee, make_callees
from simkit.bench.callables.measurement import CallMeasurement, begin_calls
from simkit.bench.callables.values import MARGIN, Margin, Margins, Observables, named
from simkit.bench.named_sides import check_seed
from simkit.bench.pairs.clocks import CLOCKS, Clock, Judge, known, stacked, time_ratios
from simkit.bench.pairs.contrast import (
    RESOLUTION,
    make_speedup,
    noise_floor,
    rounded_up,
    speed_verdict,
)
from simkit.bench.pairs.spending import CHUNK_S, Pair, Plan, Progress, Spent, spend
from simkit.bench.pairs.wish import against_wish, exit_code
from simkit.bench.statistics.equivalence import growth_to_settle, judge, null_excess, pass_probability
from simkit.bench.statistics.intervals import (
    FEWEST_BLOCKS,
    SHOWN_LEVEL,
    blocks_to_settle,
    log_ratios,
)
from simkit.bench.words import ONE_PLACE, speed_words
from simkit.errors import BadInput
from simkit.record.conditions import Watch, queued_share
from simkit.record.equivalence import Equivalence
from simkit.record.interval import Interval, MeasuredSpeedup, SpeedVerdict
from simkit.record.measurement import CallComparison, CallSide, Sameness
from simkit.record.provenance import Budget, Provenance, make_provenance

LOOP_S = 1e-8  # about what the loop around a call takes
FAST_S = 1e-7  # a call of less has a tenth of its time or more from the loop
WARMED = 10.0  # a first call that took so many times the others
SEED = 1
CHUNK_SHARE = 0.05  # of the budget: what is observed in between is looked at so often, at least
TIMING_SHARE = 0.9  # of the budget, where nothing but the time is judged


def run_measure(
    old: Callable[..., Any],
    new: Callable[..., Any],
    observables: Observables | None = None,
    *,
    margin: Margin = MARGIN,
    relative: bool = True,
    budget_s: float = 30.0,
    rounds: int | None = None,
    min_speedup: float | None = None,
    precision: float | None = None,
    clock: Clock | None = None,
    seed: int = SEED,
    progress: Progress | None = None,
) -> CallComparison:
    """Measure two callables in paired blocks; see simkit.api.measuring.measure.

    Errors: BadInput; what a callable raises is the user's own and goes on, with a note of the side.
    """
    sides = make_callees(old, new)
    functions, margins = named(observables), Margins(margin, relative)
    _check(rounds, min_speedup, precision, clock, seed)
    provenance = make_provenance(_call(sides, budget_s), seed)
    started, watch = time.perf_counter(), Watch()
    time.sleep(1e-4)
    if time.perf_counter() <= started:  # no budget would ever be spent
        raise BadInput(
            "time.perf_counter stands still (replaced, as freezegun does); measure outside of that"
        )
    timing_s = (0.6 if functions else TIMING_SHARE) * budget_s
    m = begin_calls(
        sides,
        functions,
        margins,
        seed,
        budget_s if rounds is None else math.inf,
        timing_s if rounds is None else None,
        clock,
    )
    least = FEWEST_BLOCKS * m.round_s
    if rounds is None and least > budget_s:
        raise BadInput(
            f"budget: found {budget_s:g} s, but {FEWEST_BLOCKS} rounds of calls of "
            f"{' and '.join(f'{pace.s_per_call:.2g} s' for pace in m.paces)} take about {least:.0f} s; give "
            f"{math.ceil(1.5 * least)} s or more"
        )
    m.planned = rounds or max(FEWEST_BLOCKS, int(timing_s / m.round_s))
    chunk_s = min(CHUNK_S, CHUNK_SHARE * budget_s)
    plan = Plan(start=started, budget_s=budget_s, rounds=rounds, precision=precision, chunk_s=chunk_s)
    spent = Spent()
    spend(m, [Pair(0, 1)], plan, spent, progress)  # Ctrl-C ends a call of the user's where it stands
    used_s = time.perf_counter() - started
    return _record(m, min_speedup, used_s, spent, watch, provenance, None if rounds else budget_s)


def _record(
    m: CallMeasurement,
    min_speedup: float | None,
    used_s: float,
    spent: Spent,
    watch: Watch,
    provenance: Provenance,
    asked_s: float | None,
) -> CallComparison:
    centre, judged = m.log_ratio(0, 1), m.judge
    verdict = speed_verdict(centre, m.planned) if judged.decided else "inconclusive"
    speedup = make_speedup(m, 0, 1, centre)
    values, growth = _judged(m)
    if verdict == "inconclusive" and judged.decided:
        growth = max(growth, blocks_to_settle(centre, 0.0, RESOLUTION) / centre.n)
    below, undecided, more = against_wish(centre, m.planned, min_speedup)
    to_settle_s = rounded_up(max(growth, more) * used_s) if max(growth, more) > 1.0 else None
    a, b = (_side(m, i) for i in range(2))
    return CallComparison(
        a=a,
        b=b,
        speedup=speedup,
        clock=judged.clock,
        clock_why=judged.why,
        clock_decided=judged.decided,
        time_ratios=time_ratios(stacked(m.timed), 0, 1),
        verdict=verdict,
        results=m.identical,
        values=values,
        summary=summary(speedup, verdict, values, m.identical, (a.name, b.name), judged),
        notes=_notes(m),
        min_speedup=min_speedup,
        exit_code=exit_code(
            verdict,
            None if values is None else values.verdict,
            below,
            undecided or not judged.decided,
            min_speedup is not None,
        ),
        to_settle_s=to_settle_s,
        noise_floor=noise_floor(m.self_ratio(), m.rounds),
        conditions=watch.conditions(spent.processors, m.cpu_s / m.wall_s, queued_share(m.queued_s, m.wall_s)),
        ratios=[float(x) for x in np.exp(log_ratios(m.times, 0, 1))],
        budget=Budget(
            asked_s=asked_s,
            used_s=used_s,
            compile_s=0.0,
            setup_s=0.0,
            timing_s=spent.timing_s,
            physics_s=spent.physics_s,
            rounds=m.rounds,
            to_settle_s=to_settle_s,
        ),
        provenance=provenance,
    )


def _judged(m: CallMeasurement) -> tuple[Equivalence | None, float]:
    """Return the verdict on the observables, and how many times the units would settle it."""
    rows = m.observed(0, 1)
    if not rows:
        return None, 1.0
    excess = null_excess(rows, m.independent())
    found = judge(rows, m.independent(), float(m.independent()), pass_probability(excess))
    lost = [row.region for row in rows if math.isinf(row.error) and m.independent() > 1]
    if lost:
        found.not_compared = f"old gives 0 for {', '.join(lost)}: give a margin with relative=False"
    return found, growth_to_settle(found, excess)


def _side(m: CallMeasurement, i: int) -> CallSide:
    times = {}
    for clock in CLOCKS:
        seconds = stacked(m.timed).of(clock)[:, :, i].ravel()
        if known(seconds):
            half = float(stats.t.isf((1.0 - SHOWN_LEVEL) / 2.0, len(seconds) - 1) * stats.sem(seconds))
            mean = float(seconds.mean())
            times[str(clock)] = Interval(
                value=mean, lo=max(mean - half, 0.0), hi=mean + half, level=SHOWN_LEVEL
            )
    side, pace = m.sides[i], m.paces[i]
    return CallSide(
        name=side.name,
        seeded=side.seeded,
        calls=pace.calls,
        times=times,
        first_call_s=pace.first_call_s,
    )


def summary(
    speedup: MeasuredSpeedup,
    verdict: SpeedVerdict,
    values: Equivalence | None,
    results: Sameness,
    names: tuple[str, str],
    judged: Judge,
) -> str:
    """Return one line about the speed and about what is returned."""
    old, new = names
    doubts = () if judged.decided else (judged.why,)
    text = f"{verdict}: {new} is {speed_words(speedup, verdict, old, doubts)}"
    if results == "identical":
        return f"{text}; the results are identical"
    return text if values is None else f"{text}; the observables: {values.verdict}"


def _notes(m: CallMeasurement) -> list[str]:
    """Return what must be said beside the verdict: what may mislead."""
    notes = [ONE_PLACE]
    for side, pace in zip(m.sides, m.paces):
        if pace.s_per_call < FAST_S:
            notes.append(
                f"a call of {side.name} takes {1e9 * pace.s_per_call:.0f} ns, of which the loop around it "
                f"is about {1e9 * LOOP_S:.0f} ns: let one call do more"
            )
        if pace.first_call_s > WARMED * pace.s_per_call and pace.first_call_s > 1e-3:
            notes.append(
                f"the first call of {side.name} took {pace.first_call_s:.2g} s, later ones "
                f"{pace.s_per_call:.2g} s: what is kept between calls (compiled code, a cache) is not timed"
            )
    return notes


def _call(sides: tuple[Callee, Callee], budget_s: float) -> str:
    names = []
    for side in sides:
        module = getattr(side.function, "__module__", None)
        name = getattr(side.function, "__qualname__", type(side.function).__qualname__)
        names.append(f"{module}.{name}" if module not in (None, "__main__", "builtins") else name)
    return f"simkit.measure({', '.join(names)}, budget={budget_s:g})"


def _check(
    rounds: int | None, min_speedup: float | None, precision: float | None, clock: str | None, seed: int
) -> None:
    if rounds is not None and rounds < FEWEST_BLOCKS:
        raise BadInput(f"rounds: found {rounds}; at least {FEWEST_BLOCKS} are needed for an interval")
    for name, value in (("min_speedup", min_speedup), ("precision", precision)):
        if value is not None and not 0.0 < value < math.inf:
            raise BadInput(f"{name}: found {value}; must be greater than 0")
    if clock not in (None, "cpu", "wall"):
        raise BadInput(f"clock: found {clock!r}; must be cpu or wall, or None to choose by what is measured")
    check_seed(seed)
