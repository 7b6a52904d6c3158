"""Records of comparisons, campaigns and scores: what `--json` prints and the report reads.

Every `*_ratio` is first over second (A over B, before over after): above one means that B needs less, as
with the speedup, which is the time of A over that of B, by the clock that judges. `None` stands for "cannot
be formed" (a ratio over zero). Intervals are `lo`, `hi` at confidence `level`.
"""

from __future__ import annotations

import json
from typing import Any, Literal

from pydantic import Field

from simkit.bench.schema_parts import Apart as Apart
from simkit.bench.schema_parts import Attribution as Attribution
from simkit.bench.schema_parts import Clock as Clock
from simkit.bench.schema_parts import Interaction as Interaction
from simkit.bench.schema_parts import Interval as Interval
from simkit.bench.schema_parts import Merit as Merit
from simkit.bench.schema_parts import MeritVerdict as MeritVerdict
from simkit.bench.schema_parts import NoiseFloor as NoiseFloor
from simkit.bench.schema_parts import Record as Record
from simkit.bench.schema_parts import Speedup as Speedup
from simkit.bench.schema_parts import StepsRatio as StepsRatio
from simkit.bench.schema_physics import Physics as Physics
from simkit.bench.schema_physics import PhysicsRow as PhysicsRow
from simkit.bench.schema_physics import PhysicsVerdict as PhysicsVerdict
from simkit.events.not_simulated import NotSimulated
from simkit.record.conditions import Conditions
from simkit.record.energy import Energy
from simkit.record.gate import Gate

SpeedVerdict = Literal["faster", "slower", "no difference seen", "inconclusive"]


class Deposit(Record):
    """Energy deposited in a region per event, MeV; quantiles only where all events start alike.

    `sem` is null where no error is known: of a program that gives one mean, the same in all its runs.
    """

    mean: float
    sem: float | None
    sd: float | None = None
    q16: float | None = None
    q50: float | None = None
    q84: float | None = None


class Side(Record):
    """One configuration as it was measured; all counts are per event.

    `untransported_MeV` is the total energy of primaries that are not followed, `outside_cuts_MeV` that of the
    particles which the cuts of the `[events]` section kept out, `not_simulated` what else a file of events
    holds. `time_by` is {particle: {region: share of the CPU time}}, where that was profiled; `energy_used`
    that of its runs on one thread, the timed blocks. On a GPU `cpu_s_per_event` are seconds of the whole
    transport by the clock. `times` are seconds per event by every clock that tells them: "cpu", "wall", "gpu"
    (in kernels).
    """

    label: str
    scenario: str
    scenario_hash: str
    speedups: list[str] = Field(default_factory=list)
    engine: dict[str, str] = Field(default_factory=dict)
    events: float
    seed: int
    cpu_s_per_event: Interval
    times: dict[str, Interval] = Field(default_factory=dict)
    ns_per_step: float | None
    time_by: dict[str, dict[str, float]] = Field(default_factory=dict)
    steps_per_event: dict[str, float]
    steps_by: dict[str, dict[str, float]]
    secondaries_per_event: dict[str, float]
    counters_per_event: dict[str, float]
    edep_MeV: dict[str, Deposit]
    layers_MeV: dict[str, list[float]]
    layers_sem_MeV: dict[str, list[float | None]]
    leaked_fraction: float | None
    untransported_MeV: dict[str, float] = Field(default_factory=dict)
    outside_cuts_MeV: dict[str, float] = Field(default_factory=dict)
    not_simulated: NotSimulated | None = None
    cuts_MeV: dict[str, Any] = Field(default_factory=dict)
    compile_s: float = 0.0
    setup_s: float = 0.0
    energy_used: Energy | None = None


class Budget(Record):
    """Where the time went, in wall seconds; `to_settle_s` is the budget that would settle what is open."""

    asked_s: float | None
    used_s: float
    compile_s: float
    setup_s: float
    timing_s: float
    physics_s: float
    score_s: float = 0.0
    rounds: int
    to_settle_s: float | None = None


class Provenance(Record):
    """Everything needed to do it again."""

    created: str
    command: str
    versions: dict[str, str]
    machine: dict[str, Any]
    seeds: dict[str, int]


class Contrast(Record):
    """The comparison of two sides, without the sides themselves.

    `verdict` is about speed (physics has its own), `summary` one line for people about both. `to_settle_s` is
    the budget that would settle what is inconclusive. `clock` is what judges the speed ("cpu", "wall" or
    "gpu"), `clock_why` says why that; `time_ratios` are the speedups by every clock that both sides tell.
    `doubts` are reasons not to believe the times of another program, each with its mend; with any, the
    verdict is "inconclusive" whatever the ratio. `merit` judges the values of `figure_of_merit`; records made
    before it was there have none.
    """

    speedup: Speedup
    clock: Clock = "cpu"
    clock_why: str = ""
    time_ratios: dict[str, Interval] = Field(default_factory=dict)
    steps_ratio: StepsRatio
    secondaries_ratio: dict[str, float | None]
    attribution: Attribution
    figure_of_merit: dict[str, float | None] = Field(default_factory=dict)
    merit: dict[str, Merit] = Field(default_factory=dict)
    physics: Physics
    verdict: SpeedVerdict
    summary: str
    doubts: list[str] = Field(default_factory=list)
    to_settle_s: float | None = None


class Comparison(Contrast):
    """What `simkit compare` gives.

    `differ_in` lists what the sides differ in, `notes` what was done otherwise than their scenarios say.
    """

    schema_: str = Field(
        default="simkit.comparison/1", validation_alias="schema", serialization_alias="schema"
    )
    a: Side
    b: Side
    gate: Gate | None = None
    differ_in: list[Apart] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)
    min_speedup: float | None = None
    exit_code: int
    noise_floor: NoiseFloor | None
    conditions: Conditions | None = None
    budget: Budget
    provenance: Provenance


class Throughput(Record):
    """Normalised CPU seconds per event; `unit` says whose score normalised ("HS23-style s" or "HS23 s")."""

    cpu_s_per_event: Interval
    normalised_s_per_event: Interval
    unit: str


class Added(Record):
    """A step of a ladder as its file has it: the speedups it switches on, and the keys it sets besides."""

    name: str
    with_: list[str] = Field(validation_alias="with", serialization_alias="with")
    set: dict[str, Any] = Field(default_factory=dict)

    @property
    def adds(self) -> list[str]:
        """Return the speedups and the keys, each as a text."""
        return [*self.with_, *(f"{key} = {json.dumps(value)}" for key, value in self.set.items())]


class LeftOut(Added):
    """What a rung lacks of all, and what that is worth with all others there: all against the rung."""

    contrast: Contrast


class Rung(Added):
    """One step of a ladder; for the first one, and where rungs do not add up, "previous" is the baseline.

    In ladders of mode "all-but-one" and "interactions" the first rung has all speedups; those that lack one
    of them have it `left_out`.
    """

    published: str = ""
    side: Side
    throughput: Throughput
    against_baseline: Contrast
    against_previous: Contrast
    left_out: LeftOut | None = None

    @property
    def own(self) -> Contrast:
        """Return what the rung does by itself, or what it has left out does on top of it."""
        return self.against_previous if self.left_out is None else self.left_out.contrast


class Workload(Record):
    """One workload of a score: the median of its repetitions over the reference machine's figure."""

    name: str
    unit: str
    weight: float
    values: list[float]
    median: float
    reference: float
    ratio: float


class TimedScenario(Record):
    """What an event of a scenario costs with all logical processors busy; `events` were simulated for it."""

    label: str
    scenario: str
    scenario_hash: str
    speedups: list[str] = Field(default_factory=list)
    events: int
    throughput: Throughput


class Score(Record):
    """A machine's score: scaling x weighted geometric mean of the workloads' ratios.

    `throughputs` are times normalised with it, of the scenarios asked for.
    """

    schema_: str = Field(default="simkit.score/1", validation_alias="schema", serialization_alias="schema")
    kind: str
    score: float
    relative_error: float
    logical_threads: int
    score_per_thread: float
    scaling: float
    reference_machine: str
    configuration_hash: str
    workloads: list[Workload]
    machine: dict[str, Any] = Field(default_factory=dict)
    versions: dict[str, str] = Field(default_factory=dict)
    wall_s: float = 0.0
    created: str = ""
    throughputs: list[TimedScenario] = Field(default_factory=list)


class Campaign(Record):
    """What `simkit campaign` leaves as `campaign.json` and the report draws."""

    schema_: str = Field(default="simkit.campaign/1", validation_alias="schema", serialization_alias="schema")
    name: str
    scenario: str
    mode: Literal["cumulative", "one-at-a-time", "all-but-one", "interactions"]
    ladder_hash: str
    finished: bool
    baseline: Side
    baseline_throughput: Throughput
    rungs: list[Rung]
    interactions: list[Interaction] = Field(default_factory=list)
    untransported_MeV: dict[str, float] = Field(default_factory=dict)
    notes: list[str] = Field(default_factory=list)
    noise_floor: NoiseFloor | None
    conditions: Conditions | None = None
    score: Score
    budget: Budget
    gate: Gate | None = None
    exit_code: int
    provenance: Provenance
