"""From what was measured to records: the contrast of two sides, and the noise floor."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import NamedTuple

from scipy import stats

from simkit.bench.pairs.clocks import stacked, time_ratios
from simkit.bench.pairs.measured import Measured
from simkit.bench.pairs.pairing import Measurement
from simkit.bench.pairs.sides import ns_per_step, weights_of
from simkit.bench.statistics.equivalence import (
    growth_to_settle,
    judge,
    null_excess,
    pass_probability,
)
from simkit.bench.statistics.intervals import (
    DECISION_LEVEL,
    SHOWN_LEVEL,
    TrimmedMean,
    blocks_to_settle,
    bounded_exp,
    sequential_interval,
    smallest_detectable,
)
from simkit.bench.statistics.merit import merit_of_events
from simkit.bench.statistics.samples import Floats, deposits_by_event, ratio
from simkit.bench.words import summary
from simkit.particles import groups
from simkit.record.comparison import Attribution, Contrast, Merit, StepsRatio
from simkit.record.equivalence import Equivalence
from simkit.record.interval import MeasuredSpeedup, NoiseFloor, SpeedVerdict
from simkit.record.tallies import COUNTERS, PARTICLES, kinds_met

NOT_COMPARED = "widths and the figure of merit are not compared: these events differ among themselves"
RESOLUTION = math.log(1.01)  # an effect on the time smaller than 1 % is "no difference"


class Judged(NamedTuple):
    """The physics verdict and how many times the units would settle it."""

    physics: Equivalence
    growth: float


def judged(m: Measurement, a: int, b: int, observables: Collection[str], look: int) -> Judged:
    """Return the physics verdict of side `b` against side `a`; `observables`: keys, besides the usual."""
    rows, units, on = m.observed(a, b, observables), m.independent(), m.judged
    excess = null_excess(rows, units, look)
    energy = sum(float(part.energy.sum()) for part in on.parts[a])
    timed = [] if on is m else m.seen(a, b, observables)
    probability = pass_probability(excess) if rows else 0.0
    physics = judge(rows, units, on.events(energy), probability, look, timed, len(m.sample(a)))
    physics.not_compared = "; ".join(_not_compared(m, a, b, observables))
    weights = {name: weights_of(on, side) for name, side in (("A", a), ("B", b))}
    physics.weighted = "; ".join(f"events of {name} {of.words}" for name, of in weights.items() if of)
    return Judged(physics, growth_to_settle(physics, excess))


def _not_compared(m: Measurement, a: int, b: int, observables: Collection[str]) -> list[str]:
    if m.showers is None:
        return [] if m.schedule.alike else [NOT_COMPARED]
    left_out = m.unreached(a, b, observables)
    notes = [f"not compared: {', '.join(left_out)}, which the showers do not reach"] if left_out else []
    return (
        notes
        if m.judged.schedule.alike
        else [*notes, "widths are not compared: the showers differ among themselves"]
    )


def precise(m: Measured, a: int, b: int, observables: Collection[str], wanted: float, look: int = 1) -> bool:
    """Return whether sides without a difference would pass with probability `wanted` by now."""
    excess = null_excess(m.observed(a, b, observables), m.independent(a, b), look)
    return pass_probability(excess) >= wanted


def speed_verdict(centre: TrimmedMean, planned: int) -> SpeedVerdict:
    """Return what is declared: by the sequential interval, and nothing seen if the 95 % one is within 1 %."""
    lo, hi = sequential_interval(centre, planned)
    if lo > 0.0:
        return "faster"
    if hi < 0.0:
        return "slower"
    lo, hi = centre.interval()
    return "no difference seen" if max(-lo, hi) < RESOLUTION else "inconclusive"


def make_contrast(
    m: Measurement, a: int, b: int, observables: Collection[str], used_s: float, look: int = 1
) -> Contrast:
    """Return the contrast of side `b` against side `a` after `used_s` seconds of measuring.

    look: how many verdicts there have been on these rounds, this one included.
    """
    centre = m.log_ratio(a, b)
    verdict = speed_verdict(centre, m.planned)
    physics, growth = judged(m, a, b, observables, look)
    if verdict == "inconclusive":
        growth = max(growth, blocks_to_settle(centre, 0.0, RESOLUTION) / centre.n)
    speedup = make_speedup(m, a, b, centre)
    merits = _merits(m, a, b, centre)
    return Contrast(
        speedup=speedup,
        clock=m.judge.clock,
        clock_why=m.judge.why,
        time_ratios=time_ratios(stacked(m.timed), a, b, m.placements),
        steps_ratio=_steps_ratio(m, a, b),
        secondaries_ratio=_secondaries_ratio(m, a, b),
        attribution=_attribution(m, a, b, speedup.value),
        figure_of_merit={region: None if one is None else one.value for region, one in merits.items()},
        merit={region: one for region, one in merits.items() if one is not None},
        physics=physics,
        verdict=verdict,
        summary=summary(speedup, verdict, physics),
        to_settle_s=rounded_up(growth * used_s) if growth > 1.0 else None,
    )


def rounded_up(seconds: float) -> float:
    """Return `seconds` rounded up to two digits: a budget to ask for, not a prediction."""
    if seconds <= 0.0:
        return 0.0
    unit = 10.0 ** (math.floor(math.log10(seconds)) - 1)
    return float(f"{math.ceil(seconds / unit - 1e-9) * unit:.3g}")


def make_speedup(m: Measured, a: int, b: int, centre: TrimmedMean) -> MeasuredSpeedup:
    """Return time of `a` over that of `b`, by the clock that judges, with its intervals."""
    lo, hi = centre.interval()
    sequential = sequential_interval(centre, m.planned)
    times = stacked(m.timed).cpu
    return MeasuredSpeedup(
        value=math.exp(centre.mean),
        lo=math.exp(lo),
        hi=math.exp(hi),
        level=SHOWN_LEVEL,
        sequential_lo=bounded_exp(sequential[0]),
        sequential_hi=bounded_exp(sequential[1]),
        sequential_level=DECISION_LEVEL,
        smallest_detectable=bounded_exp(smallest_detectable(centre, m.planned)) - 1.0,
        standard_error=centre.error,
        blocks=centre.n,
        placements=centre.groups,
        between_placements=centre.between,
        of_sums=centre.of_sums,
        cpu_time_ratio=float(times[:, :, a].sum() / times[:, :, b].sum()),
    )


def _over(x: Floats, y: Floats) -> float | None:
    total = float(y.sum())
    return float(x.sum()) / total if total else None


def _met(m: Measurement, a: int, b: int) -> list[tuple[int, str]]:
    """Return the kinds, and their names, that records show of either side."""
    samples = m.sample(a), m.sample(b)
    met = {kind for sample in samples for kind in kinds_met(sample.steps, sample.secondaries)}
    return [(kind, PARTICLES[kind]) for kind in sorted(met)]


def _secondaries_ratio(m: Measurement, a: int, b: int) -> dict[str, float | None]:
    x, y = m.sample(a).secondaries, m.sample(b).secondaries
    return {particle: _over(x[:, i], y[:, i]) for i, particle in _met(m, a, b)}


def _steps_ratio(m: Measurement, a: int, b: int) -> StepsRatio:
    x, y = m.sample(a).steps, m.sample(b).steps
    inside = [m.layout.regions.index(name) for name in m.layout.calorimeter]
    kinds = {**groups(), "total": range(len(PARTICLES))}
    values: dict[str, float | None] = {}
    errors: dict[str, float | None] = {}
    for name, particles in kinds.items():
        p, q = (s[:, particles][:, :, inside].sum(axis=(1, 2)) for s in (x, y))
        values[name] = _over(p, q)
        errors[name] = ratio(p, q).error / max(ratio(p, q).value, 1e-300) if len(p) > 1 and q.any() else None
    return StepsRatio(
        gamma=values.pop("gamma"),
        charged=values.pop("charged"),
        total=values.pop("total"),
        others={name: value for name, value in values.items() if (x + y)[:, kinds[name]].any()},
        by={
            particle: {r: _over(x[:, i, j], y[:, i, j]) for j, r in enumerate(m.layout.regions)}
            for i, particle in _met(m, a, b)
        },
        relative_error=errors,
    )


def _attribution(m: Measurement, a: int, b: int, speedup: float) -> Attribution:
    x, y = m.sample(a).steps.sum(axis=0), m.sample(b).steps.sum(axis=0)
    total = float(x.sum())
    steps = total / float(y.sum()) if y.sum() else None
    return Attribution(
        steps_ratio=steps,
        time_per_step_ratio=speedup / steps if steps else None,
        ns_per_step_a=ns_per_step(m, a),
        ns_per_step_b=ns_per_step(m, b),
        share_by={
            particle: {
                region: float(x[i, j] - y[i, j]) / total if total else 0.0
                for j, region in enumerate(m.layout.regions)
            }
            for i, particle in _met(m, a, b)
        },
    )


def _merits(m: Measurement, a: int, b: int, centre: TrimmedMean) -> dict[str, Merit | None]:
    """Return the merit of `b` over that of `a` by sensitive region, where all events start alike."""
    if not m.schedule.alike:
        return {}
    samples = m.sample(a), m.sample(b)
    killed, survived = (
        [float(s.counters[:, COUNTERS.index(name)].sum()) for s in samples]
        for name in ("roulette_killed", "roulette_survived")
    )
    survivors = [n if k else math.inf for k, n in zip(killed, survived)]
    found: dict[str, Merit | None] = {}
    for region in m.layout.sensitive:
        x, y = (deposits_by_event(s, m.layout.regions.index(region)) for s in samples)
        found[region] = merit_of_events(x, y, centre.mean, centre.error, centre.freedom, survivors)
    return found


def noise_floor(centre: TrimmedMean | None, rounds: int) -> NoiseFloor | None:
    """Return the first side against itself after so many rounds; None when `centre`, its ratio, is."""
    if centre is None:
        return None
    lo, hi = centre.interval()
    error = centre.error * math.sqrt(centre.n / rounds)
    quantile = float(stats.t.isf((1.0 - SHOWN_LEVEL) / 2.0, max(rounds - 1, 1)))
    return NoiseFloor(
        value=math.exp(centre.mean),
        lo=math.exp(lo),
        hi=math.exp(hi),
        level=SHOWN_LEVEL,
        blocks=centre.n,
        floor=quantile * error,
    )
