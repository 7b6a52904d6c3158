"""The result record of a run: what `simkit run --json` prints and `result.json` holds.

Energies in MeV, lengths in mm, times in s. Except for `timing` and `machine`, a record depends on the
scenario, the number of events and the seed alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from pydantic import Field

from simkit.events.not_simulated import NotSimulated
from simkit.particles import groups
from simkit.plugins import loaded
from simkit.record.balance import EnergyBalance, energy_balance
from simkit.record.electricity import Electricity
from simkit.record.field_counts import FieldCounts, field_counts
from simkit.record.gate import Gate
from simkit.record.gpu_times import GpuTimes
from simkit.record.instructions import Instructions
from simkit.record.machine import code_commit, machine_info, peak_rss_MB
from simkit.record.models import Model, models_used
from simkit.record.part import Part, Record
from simkit.record.tallies import (
    COUNTERS,
    ENERGY_UNIT,
    LENGTH_UNIT,
    PARTICLES,
    PROCESSES,
    Tallies,
    kinds_met,
    processes_met,
)

if TYPE_CHECKING:
    from simkit.scenario import Scenario

SCHEMA = "simkit.result/1"


class ScenarioInfo(Part):
    """What was simulated: `hash` names `settings`, all that the result of one event depends on."""

    name: str
    hash: str
    speedups: list[str]
    settings: dict[str, Any]


class EngineInfo(Part):
    """What simulated it; `commit` is that of simkit, "" where it is not known.

    plugins: {"speedup NAME": where it comes from} of the plug-ins that were used.
    """

    name: str
    version: str
    backend: str
    commit: str = ""
    plugins: dict[str, str] = Field(default_factory=dict)


class ProfileInfo(Part):
    """How `Timing.by` was measured: with instrumented kernels, on the first `events` of the run.

    `lap_cycles` is what a reading of the cycle counter costs, and was taken off; `left_out` the fraction of
    the readings with other work in between, which do not count; `slowdown` what the instrumented kernels
    take of CPU time over the ordinary ones. Of these events, means per event: `deposits_MeV`, {particle that
    left it: {region: energy}}, and `secondaries`, {particle that was made: {region: tracks}}.
    """

    events: int
    lap_cycles: float
    left_out: float
    slowdown: float
    deposits_MeV: dict[str, dict[str, float]] = Field(default_factory=dict)
    secondaries: dict[str, dict[str, float]] = Field(default_factory=dict)


class Timing(Part):
    """Times of the tracking alone (`wall_s`, `cpu_s`), of compiling and of building tables.

    Rates are per wall second; `peak_rss_MB` is of the whole process; `created` is the time of day (UTC),
    `command` what does it again. Where the run was profiled, `by` is {particle: {region: share of cpu_s}} and
    `ns_per_step` the CPU nanoseconds per step likewise (None where there was none); `instructions` where they
    were counted; `energy_used` is that of the tracking.
    """

    created: str

    wall_s: float
    cpu_s: float
    compile_s: float
    setup_s: float
    cpu_s_per_event: float
    events_per_s: float
    steps_per_s: float
    peak_rss_MB: float
    threads: int
    by: dict[str, dict[str, float]] = Field(default_factory=dict)
    ns_per_step: dict[str, dict[str, float | None]] = Field(default_factory=dict)
    profile: ProfileInfo | None = None
    instructions: Instructions | None = None
    energy_used: Electricity | None = None
    command: str = ""
    gpu: GpuTimes | None = None


class Deposit(Part):
    """Energy deposited in a region per event; spreads are None for a single event."""

    mean: float
    sd: float | None
    sem: float | None
    q16: float
    q50: float
    q84: float


class Visible(Deposit):
    """Energy that a region's readout sees of its deposit per event, and the means of what it does not see.

    quenched: by Birks' law, of what came in the window; late: what came outside the window.
    """

    quenched: float
    late: float


class Result(Record):
    """The result of a run.

    `steps_per_event` counts the calorimeter's regions, `steps_by` {particle: {region: n}} all and the world.
    `counters` are sums over the run, everything else is per event. `track_length_mm` is the true path of
    charged particles; `untransported_MeV` is the total energy of primaries that are not followed,
    `outside_cuts_MeV` that of the particles which the cuts of the `[events]` section kept out;
    `not_simulated` what else a file of events holds. `models` names what results are only as good as.
    `visible_MeV` has the regions whose readout does not see all; `layers_MeV` holds what it sees of these.
    """

    schema_: str = Field(SCHEMA, validation_alias="schema", serialization_alias="schema")
    scenario: ScenarioInfo
    engine: EngineInfo
    machine: dict[str, Any]
    events: int
    seed: int
    timing: Timing
    steps_per_event: dict[str, float]
    steps_by: dict[str, dict[str, float]]
    secondaries_per_event: dict[str, float]
    interactions_per_event: dict[str, float]
    edep_MeV: dict[str, Deposit]
    layers_MeV: dict[str, list[float]]
    layers_sem_MeV: dict[str, list[float | None]]
    track_length_mm: dict[str, float]
    untransported_MeV: dict[str, float]
    outside_cuts_MeV: dict[str, float]
    not_simulated: NotSimulated | None = None
    visible_MeV: dict[str, Visible] = Field(default_factory=dict)
    energy_balance_MeV: EnergyBalance
    counters: dict[str, int]
    cuts_MeV: dict[str, dict[str, float]]
    models: list[Model] = Field(default_factory=list)
    gate: Gate | None = None

    @property
    def field_counts(self) -> FieldCounts | None:
        """What a magnetic field took; None without one."""
        counters = {name: n / self.events for name, n in self.counters.items()}
        return field_counts(counters, self.steps_by, self.energy_balance_MeV.others.get("looped"))


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
    engine: str,
    engine_version: str,
) -> Result:
    """Return the record of `tallies`.

    `prepared` names regions, layers and thresholds; `untransported` and `outside_cuts` hold {species: MeV}
    for every event (empty: nothing); `not_simulated` is what else a file of events held.
    """
    n = len(tallies)
    species = _mean_by_species(untransported, n)
    by_region = tallies.region_deposits * ENERGY_UNIT
    steps = tallies.steps.sum(axis=0)
    calorimeter = [prepared.regions.index(name) for name in prepared.calorimeter]
    layers, layer_errors = _layers(tallies.visible * ENERGY_UNIT, prepared)
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
            region: summarise(by_region[:, r])
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
        visible_MeV=_visible(tallies, prepared.regions, scenario.seeing_less()) if tallies.responds else {},
        energy_balance_MeV=energy_balance(tallies, sum(species.values())),
        counters={name: int(value) for name, value in zip(COUNTERS, tallies.counters.sum(axis=0))},
        cuts_MeV={material: dict(cuts) for material, cuts in prepared.cuts_MeV.items()},
        models=models_used(engine, [PARTICLES[p] for p in met]),
    )


def _visible(tallies: Tallies, regions: Sequence[str], seeing_less: Iterable[str]) -> dict[str, Visible]:
    """Return what the readout sees of the regions that do not see all."""
    visible, late = tallies.region_visible * ENERGY_UNIT, tallies.late.mean(axis=0) * ENERGY_UNIT
    unseen = (tallies.region_deposits - tallies.region_visible).mean(axis=0) * ENERGY_UNIT
    found = {}
    for name in seeing_less:
        r = regions.index(name)
        spread = summarise(visible[:, r]).model_dump()
        found[name] = Visible(**spread, quenched=float(unseen[r] - late[r]), late=float(late[r]))
    return found


def summarise(values: np.ndarray) -> Deposit:
    """Return mean, spread and quantiles of per-event values (MeV)."""
    n = len(values)
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


def _means(names: Sequence[str], counts: np.ndarray, shown: Iterable[int]) -> dict[str, float]:
    means = counts.mean(axis=0)
    return {names[i]: float(means[i]) for i in shown}


def _rate(count: int, seconds: float) -> float:
    return count / seconds if seconds > 0.0 else 0.0


def _mean_by_species(events: Sequence[Mapping[str, float]], n: int) -> dict[str, float]:
    names = sorted({name for event in events for name in event})
    return {name: sum(event.get(name, 0.0) for event in events) / n for name in names}


def _layers(
    deposits: np.ndarray, prepared: PreparedInfo
) -> tuple[dict[str, list[float]], dict[str, list[float | None]]]:
    """Return mean and standard error of the deposits of every layer, by region."""
    means: dict[str, list[float]] = {}
    errors: dict[str, list[float | None]] = {}
    n = len(deposits)
    for region, layers in prepared.layers.items():
        sums = np.stack([deposits[:, list(cells)].sum(axis=1) for cells in layers], axis=1)
        means[region] = sums.mean(axis=0).tolist()
        errors[region] = (sums.std(axis=0, ddof=1) / n**0.5).tolist() if n > 1 else [None] * len(layers)
    return means, errors
