"""The record of a machine's score, and times normalised with it."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from simkit.record.interval import Interval
from simkit.record.part import Part, Record


class Workload(Part):
    """One workload of a score: the median of its repetitions over the reference machine's figure."""

    name: str
    unit: str
    weight: float
    values: list[float]
    median: float
    reference: float
    ratio: float


class Throughput(Part):
    """Normalised CPU seconds per event; `unit` says whose score normalised ("HS23-style s" or "HS23 s")."""

    cpu_s_per_event: Interval
    normalised_s_per_event: Interval
    unit: str


class TimedScenario(Part):
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
