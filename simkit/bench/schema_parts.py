"""Parts that many records share: intervals, the speedup, and why it is what it is.

Every `*_ratio` is first over second (A over B), see simkit.bench.schema.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from simkit.record.instructions import Instructions
from simkit.record.json_text import json_text

MeritVerdict = Literal["worth it", "not worth it", "not decided"]
Clock = Literal["cpu", "wall", "gpu"]
CLOCKS: tuple[Clock, ...] = ("cpu", "wall", "gpu")
CLOCK_NAMES: dict[str, str] = {"cpu": "CPU time", "wall": "wall time", "gpu": "GPU time"}
InteractionVerdict = Literal["more together", "less together", "no interaction seen", "inconclusive"]

FINE, TOO_SLOW, PHYSICS_DIFFERS, INCONCLUSIVE = 0, 1, 2, 3  # exit codes


class Record(BaseModel):
    """A part of a record; unknown keys are refused so that a renamed field is noticed."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    def to_json(self, indent: int | None = 2) -> str:
        """Return the record as JSON text, keys as in the contract (`schema` first)."""
        return json_text(self, indent)


class Interval(Record):
    """An estimate with its confidence interval."""

    value: float
    lo: float
    hi: float
    level: float = 0.95


class Speedup(Interval):
    """Time of A over time of B by the clock that judges, from the trimmed mean of paired log ratios.

    `lo`, `hi` are the 95 % interval; `sequential_lo`, `sequential_hi` the wider one, valid however often one
    looks, by which "faster" and "slower" are declared. `smallest_detectable` is the relative change of the
    time (0.01 = 1 %) that these blocks would have declared four times in five; `standard_error` is
    relative too. `cpu_time_ratio` is the plain ratio of the sums of CPU times, for cross-checking.
    """

    sequential_lo: float
    sequential_hi: float
    sequential_level: float = 0.995
    smallest_detectable: float
    standard_error: float
    blocks: int
    cpu_time_ratio: float


class Merit(Interval):
    """1 / (variance x time) of B over that of A for the deposit of a region, with its interval.

    The variance is that of the mean per event, weights and outliers included. "worth it" and "not worth it":
    the interval lies above 1, or below. `reason` says what else keeps it from being decided.
    """

    verdict: MeritVerdict
    reason: str = ""


class Apart(Record):
    """Something that the two sides of a comparison do not have in common: a scenario's key, a version, ..."""

    key: str
    a: str
    b: str


class NoiseFloor(Record):
    """A against itself, measured in between: what this machine makes of no difference at all.

    `floor` is the half-width (relative, 95 %) that this noise gives a speedup measured with as many blocks as
    the comparison had.
    """

    value: float
    lo: float
    hi: float
    level: float = 0.95
    blocks: int
    floor: float


class StepsRatio(Record):
    """Steps of A over steps of B in the calorimeter; `by` is {particle: {region: ratio}}, the world too."""

    gamma: float | None
    charged: float | None
    total: float | None
    by: dict[str, dict[str, float | None]] = Field(default_factory=dict)
    relative_error: dict[str, float | None] = Field(default_factory=dict)


class InstructionsOfSides(Record):
    """Instructions per event of both sides and their ratio, A over B; None of a side that was not counted.

    `not_counted` names such a side and why.
    """

    a: Instructions | None
    b: Instructions | None
    ratio: Interval | None
    not_counted: str = ""


class Attribution(Record):
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


class Interaction(Record):
    """Whether speedups multiply: what is found with the others there, over what is expected without them.

    kind "one": the speedup `name` alone (expected), and on top of all others (found); "each alone": the
    product of all of them alone, and all together; "each on top": all together, and the product of each on
    top of all others. `ratio` is found over expected from the same rounds: 1, they multiply; below, they save
    partly the same time. `verdict` and `smallest_detectable` are as those of a speedup.
    """

    name: str
    kind: Literal["one", "each alone", "each on top"]
    expected: Interval
    found: Interval
    ratio: Interval
    verdict: InteractionVerdict
    smallest_detectable: float
