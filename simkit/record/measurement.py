"""The record of two callables that were measured: what `simkit.measure` gives."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from simkit.record.conditions import Conditions
from simkit.record.equivalence import Equivalence
from simkit.record.interval import Clock, Interval, MeasuredSpeedup, NoiseFloor, SpeedVerdict
from simkit.record.part import Part, Record
from simkit.record.provenance import Budget, Provenance

Sameness = Literal["identical", "different", "not compared"]


class CallSide(Part):
    """One callable: `times` are seconds per call by every clock, `calls` those of a block.

    `first_call_s` is what the very first call took, which warmed it up and counts nowhere else.
    """

    name: str
    seeded: bool
    calls: int
    times: dict[str, Interval]
    first_call_s: float


class CallComparison(Record):
    """Two callables: time of A (old) over time of B (new), and whether what they return is the same.

    `results` says whether what was returned is exactly the same; `values` is the equivalence test of the
    observables, None without any. `clock_decided` is False where a person must choose between the times.
    `notes` is what must be said beside the verdict; `ratios` are the times of
    A over those of B, a round each, by the clock that judges.
    """

    schema_: str = Field(
        default="simkit.measurement/1", validation_alias="schema", serialization_alias="schema"
    )
    a: CallSide
    b: CallSide
    speedup: MeasuredSpeedup
    clock: Clock
    clock_why: str
    clock_decided: bool = True
    time_ratios: dict[str, Interval]
    verdict: SpeedVerdict
    results: Sameness
    values: Equivalence | None
    summary: str
    notes: list[str] = Field(default_factory=list)
    min_speedup: float | None = None
    exit_code: int
    to_settle_s: float | None = None
    noise_floor: NoiseFloor | None = None
    conditions: Conditions | None = None
    ratios: list[float] = Field(default_factory=list)
    budget: Budget
    provenance: Provenance
