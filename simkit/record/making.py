"""Making the record of a run of its tallies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

import numpy as np

from simkit.events.not_simulated import NotSimulated
from simkit.particles import groups
from simkit.plugins import loaded
from simkit.record.balance import energy_balance
from simkit.record.event_weights import event_weights
from simkit.record.fast_use import fast_use
from simkit.record.machine import code_commit, machine_info, peak_rss_MB
from simkit.record.models import models_used
from simkit.record.result import (
    SCHEMA,
    Deposit,
    EngineInfo,
    PunchThrough,
    Result,
    ScenarioInfo,
    Timing,
    Visible,
)
from simkit.record.tallies import (
    COUNTERS,
    ENERGY_UNIT,
    LENGTH_UNIT,
    PARTICLES,
    PROCESSES,
    WEIGHT_UNIT,
    Tallies,
    kinds_met,
    processes_met,
)

if TYPE_CHECKING:
    from simkit.scenario import Scenario


class PreparedInfo(Protocol):
    """What a record takes of the prepared scenario; see simkit.engines.Prepared."""

    regions: tuple[str, ...]
    calorimeter: tuple[str, ...]
    layers: dict[str, tuple[tuple[int, ...], ...]]
    cuts_MeV: dict[str, dict[str, float]]
    backend: str
    setup_s: float
    compile_s: float


def build_result(
    scenario: Scenario,
    tallies: Tallies,
    prepared: PreparedInfo,
    *,
    seed: int,
    untransported: Sequence[Mapping[str, float]] = (),
    outside_cuts: Sequence[Mapping[str, float]] = (),
    not_simulated: NotSimulated | None = None,
    asking_s: tuple[float, float] = (0.0, 0.0),
    engine: str,
    engine_version: str,
) -> Result:
    """Return the record of `tallies`.

    `prepared` names regions, layers and thresholds; `untransported` and `outside_cuts` hold {species: MeV}
    for every event (empty: nothing); `not_simulated` is what else a file of events held;
    `asking_s`, what asking for fast simulation costs, as in `fast_use`.
    """
    n = len(tallies)
    species = _mean_by_species(untransported, n)
    by_region, weights = tallies.region_deposits * ENERGY_UNIT, tallies.weights
    steps = tallies.steps.sum(axis=0)
    calorimeter = [prepared.regions.index(name) for name in prepared.calorimeter]
    layers, layer_errors = _layers(tallies.visible * ENERGY_UNIT, prepared, weights)
    total_steps = int(steps.sum())
    met = dict.fromkeys(kinds_met(tallies.steps, tallies.secondaries)).keys()
    return Result(
        schema_=SCHEMA,
        scenario=ScenarioInfo(
            name=scenario.name,
            hash=scenario.hash,
            speedups=list(scenario.speedups),
            settings=scenario.canonical(),
        ),
        engine=EngineInfo(
            name=engine,
            version=engine_version,
            backend=prepared.backend,
            commit=code_commit(),
            plugins=loaded(),
        ),
        machine=machine_info(),
        events=n,
        seed=seed,
        timing=Timing(
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            wall_s=tallies.wall_s,
            cpu_s=tallies.cpu_s,
            compile_s=prepared.compile_s,
            setup_s=prepared.setup_s,
            cpu_s_per_event=tallies.cpu_s / n,
            events_per_s=_rate(n, tallies.wall_s),
            steps_per_s=_rate(total_steps, tallies.wall_s),
            peak_rss_MB=peak_rss_MB(),
            threads=tallies.threads,
            gpu=tallies.gpu,
        ),
        steps_per_event={
            group: float(steps[np.ix_(kinds, calorimeter)].sum() / n)
            for group, kinds in groups().items()
            if not met.isdisjoint(kinds)
        },
        steps_by={
            PARTICLES[p]: {region: float(steps[p, r] / n) for r, region in enumerate(prepared.regions)}
            for p in met
        },
        secondaries_per_event=_means(PARTICLES, tallies.secondaries, met),
        interactions_per_event=_means(PROCESSES, tallies.interactions, processes_met(tallies.interactions)),
        edep_MeV={
            region: summarise(by_region[:, r], weights)
            for r, region in enumerate(prepared.regions)
            if (tallies.cell_region == r).any()
        },
        layers_MeV=layers,
        layers_sem_MeV=layer_errors,
        track_length_mm={
            region: float(value * LENGTH_UNIT)
            for region, value in zip(prepared.regions, tallies.track_length.mean(axis=0))
        },
        untransported_MeV=species,
        outside_cuts_MeV=_mean_by_species(outside_cuts, n),
        not_simulated=not_simulated,
        punch_through={
            PARTICLES[kind]: PunchThrough(tracks=float(tracks), energy_MeV=float(energy))
            for kind, (tracks, energy) in enumerate(tallies.escaped.mean(axis=0) * (WEIGHT_UNIT, ENERGY_UNIT))
            if tracks > 0.0
        },
        visible_MeV=_visible(tallies, prepared.regions, scenario.seeing_less()) if tallies.responds else {},
        energy_balance_MeV=energy_balance(tallies, sum(species.values())),
        counters={name: int(value) for name, value in zip(COUNTERS, tallies.counters.sum(axis=0))},
        cuts_MeV={material: dict(cuts) for material, cuts in prepared.cuts_MeV.items()},
        models=models_used(engine, [PARTICLES[p] for p in met], scenario.events.highest_MeV()),
        fastsim=fast_use(scenario, tallies, prepared.regions, asking_s),
        weights=None if weights is None else event_weights(weights.sum(), np.sum(weights**2), n),
    )


def _visible(tallies: Tallies, regions: Sequence[str], seeing_less: Iterable[str]) -> dict[str, Visible]:
    """Return what the readout sees of the regions that do not see all."""
    visible, weights = tallies.region_visible * ENERGY_UNIT, tallies.weights
    late = np.average(tallies.late, axis=0, weights=weights) * ENERGY_UNIT
    unseen = tallies.region_deposits - tallies.region_visible
    unseen = np.average(unseen, axis=0, weights=weights) * ENERGY_UNIT
    found = {}
    for name in seeing_less:
        r = regions.index(name)
        spread = summarise(visible[:, r], weights).model_dump()
        found[name] = Visible(**spread, quenched=float(unseen[r] - late[r]), late=float(late[r]))
    return found


def summarise(values: np.ndarray, weights: np.ndarray | None = None) -> Deposit:
    """Return mean, spread and quantiles of per-event values (MeV); weights: of the events."""
    n = len(values)
    if weights is not None and n > 1:
        return _weighted(values, weights)
    sd = float(values.std(ddof=1)) if n > 1 else None
    low, middle, high = (float(q) for q in np.quantile(values, (0.16, 0.5, 0.84)))
    return Deposit(
        mean=float(values.mean()),
        sd=sd,
        sem=None if sd is None else sd / n**0.5,
        q16=low,
        q50=middle,
        q84=high,
    )


def _weighted(values: np.ndarray, weights: np.ndarray) -> Deposit:
    mean = float(np.average(values, weights=weights))
    low, middle, high = np.quantile(values, (0.16, 0.5, 0.84), weights=weights, method="inverted_cdf")
    return Deposit(
        mean=mean,
        sd=float(np.average((values - mean) ** 2, weights=weights)) ** 0.5,
        sem=float(_standard_error(values, weights)),
        q16=float(low),
        q50=float(middle),
        q84=float(high),
    )


def _standard_error(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the standard error of weighted means, along the first axis: that of a ratio."""
    off = (values - np.average(values, axis=0, weights=weights)).T * weights
    n = len(weights)
    return np.sqrt(n / (n - 1) * np.sum(off.T**2, axis=0)) / weights.sum()


def _means(names: Sequence[str], counts: np.ndarray, shown: Iterable[int]) -> dict[str, float]:
    means = counts.mean(axis=0)
    return {names[i]: float(means[i]) for i in shown}


def _rate(count: int, seconds: float) -> float:
    return count / seconds if seconds > 0.0 else 0.0


def _mean_by_species(events: Sequence[Mapping[str, float]], n: int) -> dict[str, float]:
    names = sorted({name for event in events for name in event})
    return {name: sum(event.get(name, 0.0) for event in events) / n for name in names}


def _layers(
    deposits: np.ndarray, prepared: PreparedInfo, weights: np.ndarray | None
) -> tuple[dict[str, list[float]], dict[str, list[float | None]]]:
    """Return mean and standard error of the deposits of every layer, by region."""
    means: dict[str, list[float]] = {}
    errors: dict[str, list[float | None]] = {}
    n = len(deposits)
    for region, layers in prepared.layers.items():
        sums = np.stack([deposits[:, list(cells)].sum(axis=1) for cells in layers], axis=1)
        means[region] = np.average(sums, axis=0, weights=weights).tolist()
        if n == 1:
            errors[region] = [None] * len(layers)
            continue
        known = sums.std(axis=0, ddof=1) / n**0.5 if weights is None else _standard_error(sums, weights)
        errors[region] = known.tolist()
    return means, errors
