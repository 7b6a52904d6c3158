"""From what was measured to the record of one side: everything per event."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from scipy import stats

from simkit.bench.pairs.clocks import known, stacked
from simkit.bench.pairs.pairing import Measurement
from simkit.bench.statistics.intervals import SHOWN_LEVEL
from simkit.bench.statistics.samples import Floats, Sample, quantiles, ratio
from simkit.events import Events
from simkit.particles import groups
from simkit.record.comparison import MeanDeposit, Side
from simkit.record.event_weights import EventWeights, event_weights
from simkit.record.interval import CLOCKS, Clock, Interval
from simkit.record.models import models_used
from simkit.record.tallies import COUNTERS, PARTICLES, kinds_met
from simkit.scenario import Scenario


def own_clock(backend: str) -> Clock:
    """Return the clock that tells what a side costs: on a GPU the host's CPU time says how the host waits."""
    return "wall" if backend == "cuda" else "cpu"


def ns_per_step(m: Measurement, side: int) -> float | None:
    """Return nanoseconds per step of a side from the timed blocks, CPU time or, on a GPU, wall time."""
    steps = float(m.timed_steps[side])
    times = stacked(m.timed).of(own_clock(m.sides[side].backend))[:, :, side]
    return 1e9 * float(times.sum()) / steps if steps else None


def times_per_event(m: Measurement, side: int) -> dict[str, Interval]:
    """Return seconds per event of a side on one thread, by each clock that tells them."""
    timed = stacked(m.timed)
    return {
        str(clock): _seconds_per_event(m, times)
        for clock in CLOCKS
        if known(times := timed.of(clock)[:, :, side])
    }


def _seconds_per_event(m: Measurement, times: Floats) -> Interval:
    """Return seconds per event with the 95 % interval, from the times (rounds, 2) of the timed blocks."""
    events = np.stack(m.block_energy) / m.schedule.mean_energy
    if len(set(m.placements)) > 1:  # rounds at one place have that in common
        _, first = np.unique(m.placements, return_index=True)
        times, events = (np.add.reduceat(x, np.sort(first)).sum(axis=1) for x in (times, events))
    times, events = times.ravel(), events.ravel()
    estimate = ratio(times, events)
    half = float(stats.t.isf((1.0 - SHOWN_LEVEL) / 2.0, len(times) - 1)) * estimate.error
    return Interval(
        value=estimate.value, lo=max(estimate.value - half, 0.0), hi=estimate.value + half, level=SHOWN_LEVEL
    )


def make_side(m: Measurement, i: int, label: str, scenario: Scenario, engine: str, events: Events) -> Side:
    """Return the record of side `i`; counts are per event, slices of events counted by their energy."""
    sample, prepared = m.sample(i), m.sides[i]
    n = m.events(float(sample.energy.sum()))
    steps = sample.steps.sum(axis=0) / n
    met = dict.fromkeys(kinds_met(sample.steps, sample.secondaries)).keys()
    inside = [m.layout.regions.index(name) for name in m.layout.calorimeter]
    layers: dict[str, list[float]] = {}
    errors: dict[str, list[float | None]] = {}
    weight = sample.energy / m.schedule.mean_energy
    for j, (region, _) in enumerate(m.layout.layers):
        mean, error = _per_event(sample.layers[:, j], weight)
        layers.setdefault(region, []).append(mean)
        errors.setdefault(region, []).append(error)
    return Side(
        label=label,
        scenario=scenario.name,
        scenario_hash=scenario.hash,
        speedups=list(scenario.speedups),
        engine={"name": engine, "backend": prepared.backend},
        events=n,
        seed=m.seed,
        cpu_s_per_event=_seconds_per_event(m, stacked(m.timed).of(own_clock(prepared.backend))[:, :, i]),
        times=times_per_event(m, i),
        ns_per_step=ns_per_step(m, i),
        steps_per_event={
            group: float(steps[np.ix_(kinds, inside)].sum())
            for group, kinds in groups().items()
            if not met.isdisjoint(kinds)
        },
        steps_by={PARTICLES[p]: dict(zip(m.layout.regions, map(float, steps[p]))) for p in met},
        secondaries_per_event={PARTICLES[p]: float(sample.secondaries[:, p].sum() / n) for p in met},
        counters_per_event=dict(zip(COUNTERS, map(float, sample.counters.sum(axis=0) / n))),
        edep_MeV={
            region: _deposit(sample, j, weight, m.schedule.alike) for j, region in enumerate(m.layout.regions)
        },
        layers_MeV=layers,
        layers_sem_MeV=errors,
        seeing_less=list(scenario.seeing_less()),
        leaked_fraction=float(sample.leaked.sum() / sample.energy.sum()),
        untransported_MeV=per_event_by_species(events.untransported, events.n_events),
        outside_cuts_MeV=per_event_by_species(events.outside_cuts, events.n_events),
        not_simulated=events.not_simulated,
        cuts_MeV=prepared.cuts_MeV,
        models=models_used(engine, [PARTICLES[p] for p in met], scenario.events.highest_MeV()),
        compile_s=prepared.compile_s,
        setup_s=prepared.setup_s,
        weights=weights_of(m, i),
    )


def weights_of(m: Measurement, side: int) -> EventWeights | None:
    """Return the weights of a side's events; None where each counts once."""
    if not m.parts or not m.parts[side] or not len((sample := m.sample(side)).weights):
        return None
    total, squares = (float(x) for x in sample.weights[:, 1:].sum(axis=0))
    return event_weights(total, squares, m.events(float(sample.energy.sum())))


def _per_event(x: Floats, weight: Floats) -> tuple[float, float]:
    estimate = ratio(x, weight)
    return estimate.value, estimate.error if math.isfinite(estimate.error) else 0.0


def _deposit(sample: Sample, region: int, weight: Floats, alike: bool) -> MeanDeposit:
    mean, sem = _per_event(sample.deposits[:, region], weight)
    if not alike:
        return MeanDeposit(mean=mean, sem=sem)
    x, weights = sample.event_deposits[:, region], sample.event_weights
    low, middle, high = quantiles(x, (0.16, 0.5, 0.84), weights)
    sd = float(np.std(x)) if not len(weights) else math.sqrt(np.average((x - mean) ** 2, weights=weights))
    return MeanDeposit(mean=mean, sem=sem, sd=sd, q16=low, q50=middle, q84=high)


def per_event_by_species(energies: Sequence[Mapping[str, float]], n_events: int) -> dict[str, float]:
    """Return the mean energy per event (MeV) of each species; `energies` holds {species: MeV} by event."""
    totals: dict[str, float] = {}
    for event in energies:
        for species, energy in event.items():
            totals[species] = totals.get(species, 0.0) + energy
    return {species: energy / n_events for species, energy in sorted(totals.items())}
