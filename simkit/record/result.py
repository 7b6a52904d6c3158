"""The result record of a run: what `simkit run --json` prints and `result.json` holds.

Energies in MeV, lengths in mm, times in s. Except for `timing` and `machine`, a record depends on the
scenario, the number of events and the seed alone.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from simkit.events.not_simulated import NotSimulated
from simkit.record.balance import EnergyBalance
from simkit.record.electricity import Electricity
from simkit.record.event_weights import EventWeights
from simkit.record.fast_use import FastUse
from simkit.record.field_counts import FieldCounts, field_counts
from simkit.record.gate import Gate
from simkit.record.gpu_times import GpuTimes
from simkit.record.instructions import Instructions
from simkit.record.models import UsedModel
from simkit.record.part import Part, Record

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


class PunchThrough(Part):
    """Hadrons or muons that left the world, per event: tracks by their weight, and their kinetic energy."""

    tracks: float
    energy_MeV: float


class Result(Record):
    """The result of a run.

    `steps_per_event` counts the calorimeter's regions, `steps_by` {particle: {region: n}} all and the world.
    `counters` are sums over the run, everything else is per event. `track_length_mm` is the true path of
    charged particles; `untransported_MeV` is the total energy of primaries that are not followed,
    `outside_cuts_MeV` that of the particles which the cuts of the `[events]` section kept out;
    `not_simulated` what else a file of events holds. `models` names what results are only as good as.
    `punch_through` has the hadrons and muons that left the world, by particle; the rest of what leaked are
    photons, electrons and positrons. `visible_MeV` has the regions whose readout does not see all, and
    `layers_MeV` holds what it sees of these. `fastsim` says what models of fast simulation did. Where events
    have `weights`, `edep_MeV`, `layers_MeV` and `visible_MeV` are weighted; all else is as it was simulated.
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
    punch_through: dict[str, PunchThrough] = Field(default_factory=dict)
    visible_MeV: dict[str, Visible] = Field(default_factory=dict)
    energy_balance_MeV: EnergyBalance
    counters: dict[str, int]
    cuts_MeV: dict[str, dict[str, float]]
    models: list[UsedModel] = Field(default_factory=list)
    fastsim: FastUse | None = None
    gate: Gate | None = None
    weights: EventWeights | None = None

    @property
    def field_counts(self) -> FieldCounts | None:
        """What a magnetic field took; None without one."""
        counters = {name: n / self.events for name, n in self.counters.items()}
        return field_counts(counters, self.steps_by, self.energy_balance_MeV.others.get("looped"))
