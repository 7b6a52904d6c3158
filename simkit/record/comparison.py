"""The record of a comparison: two sides, and what they come to.

Every `*_ratio` is first over second (A over B, before over after): above one means that B needs less, as
with the speedup. `None` stands for "cannot be formed" (a ratio over zero).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from simkit.events.not_simulated import NotSimulated
from simkit.record.conditions import Conditions
from simkit.record.electricity import Electricity
from simkit.record.equivalence import Equivalence
from simkit.record.event_weights import EventWeights
from simkit.record.gate import Gate
from simkit.record.instructions import Instructions
from simkit.record.interval import Clock, Interval, MeasuredSpeedup, NoiseFloor, SpeedVerdict
from simkit.record.models import UsedModel
from simkit.record.part import Part, Record
from simkit.record.provenance import Apart, Budget, Provenance

if TYPE_CHECKING:
    from simkit.record.field_counts import FieldCounts

MeritVerdict = Literal["worth it", "not worth it", "not decided"]


class MeanDeposit(Part):
    """Energy deposited in a region per event, MeV; quantiles only where all events start alike.

    `sem` is null where no error is known: of a program that gives one mean, the same in all its runs.
    """

    mean: float
    sem: float | None
    sd: float | None = None
    q16: float | None = None
    q50: float | None = None
    q84: float | None = None


class Side(Part):
    """One configuration as it was measured; all counts are per event.

    `untransported_MeV` is the total energy of primaries that are not followed, `outside_cuts_MeV` that of the
    particles which the cuts of the `[events]` section kept out, `not_simulated` what else a file of events
    holds. `time_by` is {particle: {region: share of the CPU time}}, where that was profiled; `energy_used`
    that of its runs on one thread, the timed blocks. On a GPU `cpu_s_per_event` are seconds of the whole
    transport by the clock. `times` are seconds per event by every clock that tells them: "cpu", "wall", "gpu"
    (in kernels). `models` names what its results are only as good as.
    Of the regions in `seeing_less` deposits and layers are what their readout sees. Where events have
    `weights`, deposits, layers and leakage are weighted means; steps, secondaries and counters are not.
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
    edep_MeV: dict[str, MeanDeposit]
    layers_MeV: dict[str, list[float]]
    layers_sem_MeV: dict[str, list[float | None]]
    seeing_less: list[str] = Field(default_factory=list)
    leaked_fraction: float | None
    untransported_MeV: dict[str, float] = Field(default_factory=dict)
    outside_cuts_MeV: dict[str, float] = Field(default_factory=dict)
    not_simulated: NotSimulated | None = None
    cuts_MeV: dict[str, Any] = Field(default_factory=dict)
    models: list[UsedModel] = Field(default_factory=list)
    compile_s: float = 0.0
    setup_s: float = 0.0
    energy_used: Electricity | None = None
    weights: EventWeights | None = None

    @property
    def field_counts(self) -> FieldCounts | None:
        """What a magnetic field took; None without one, and of programs that do not tell."""
        from simkit.record.field_counts import field_counts  # with the kernels' numbers, and so with numba

        return field_counts(self.counters_per_event, self.steps_by)


class StepsRatio(Part):
    """Steps of A over steps of B in the calorimeter; `by` is {particle: {region: ratio}}, the world too.

    `total` is of all particles, `others` of the groups besides that plug-ins' particles are in.
    """

    gamma: float | None
    charged: float | None
    total: float | None
    others: dict[str, float | None] = Field(default_factory=dict)
    by: dict[str, dict[str, float | None]] = Field(default_factory=dict)
    relative_error: dict[str, float | None] = Field(default_factory=dict)


class InstructionsOfSides(Part):
    """Instructions per event of both sides and their ratio, A over B; None of a side that was not counted.

    `not_counted` names such a side and why.
    """

    a: Instructions | None
    b: Instructions | None
    ratio: Interval | None
    not_counted: str = ""


class Attribution(Part):
    """Why: speedup = steps ratio x ratio of the times per step, both over all steps, the world's too.

    Beside other programs, which do not tell the world's, both are over the detector's.

    `share_by` is {particle: {region: x}}: the steps that B saves there, over all steps of A (negative: more).
    Where the time was profiled (None where there is nothing to divide by): `time_saved_by` is the CPU time
    that B saves there over all of A's, 1 - 1 / speedup together, and `time_per_step_by` the ratio of the
    times per step, which with `steps_ratio.by` gives the speedup of that particle in that region.
    `instructions` is there where they were counted.
    """

    steps_ratio: float | None
    time_per_step_ratio: float | None
    ns_per_step_a: float | None
    ns_per_step_b: float | None
    share_by: dict[str, dict[str, float]] = Field(default_factory=dict)
    time_saved_by: dict[str, dict[str, float]] = Field(default_factory=dict)
    time_per_step_by: dict[str, dict[str, float | None]] = Field(default_factory=dict)
    instructions: InstructionsOfSides | None = None


class Merit(Interval):
    """1 / (variance x time) of B over that of A for the deposit of a region, with its interval.

    The variance is that of the mean per event, weights and outliers included. "worth it" and "not worth it":
    the interval lies above 1, or below. `reason` says what else keeps it from being decided.
    """

    verdict: MeritVerdict
    reason: str = ""


class Contrast(Part):
    """The comparison of two sides, without the sides themselves.

    `verdict` is about speed (physics has its own), `summary` one line for people about both. `to_settle_s` is
    the budget that would settle what is inconclusive. `clock` is what judges the speed ("cpu", "wall" or
    "gpu"), `clock_why` says why that; `time_ratios` are the speedups by every clock that both sides tell.
    `doubts` are reasons not to believe the times of another program, each with its mend; with any, the
    verdict is "inconclusive" whatever the ratio. `merit` judges the values of `figure_of_merit`; records made
    before it was there have none.
    """

    speedup: MeasuredSpeedup
    clock: Clock = "cpu"
    clock_why: str = ""
    time_ratios: dict[str, Interval] = Field(default_factory=dict)
    steps_ratio: StepsRatio
    secondaries_ratio: dict[str, float | None]
    attribution: Attribution
    figure_of_merit: dict[str, float | None] = Field(default_factory=dict)
    merit: dict[str, Merit] = Field(default_factory=dict)
    physics: Equivalence
    verdict: SpeedVerdict
    summary: str
    doubts: list[str] = Field(default_factory=list)
    to_settle_s: float | None = None


class Comparison(Contrast, Record):
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
