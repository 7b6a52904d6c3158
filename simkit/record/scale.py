"""The record of `simkit scale`: events per second by threads and processes."""

from __future__ import annotations

from pydantic import Field

from simkit.record.conditions import Conditions
from simkit.record.interval import Interval
from simkit.record.part import Part, Record
from simkit.record.provenance import Provenance

WIDE = 0.1  # half of an efficiency's interval, from which it says too little
OTHERS = 0.1  # of the usable processors, from which a throughput is not that of the machine


class Memory(Part):
    """Memory of all processes of a measurement at its end (MB = 1e6 bytes), None where it is not told.

    shared_fairly: the sum of what each has to itself and its part of what several share (PSS), which is what
    all of them take; own: what each has to itself (USS), summed; peak_rss: the largest resident memory of
    one process, all that it shares included.
    """

    shared_fairly_MB: float | None = None
    own_MB: float | None = None
    peak_rss_MB: float | None = None


class Point(Part):
    """One way to use the machine: so many processes of so many threads each.

    events: of one measurement. speedup: events per second over those of one thread of one process, paired by
    round; efficiency: that over the number of threads of all processes. busy: processors kept busy, CPU over
    wall time; others: those that other work kept busy meanwhile. beyond_cores: there are more threads than
    cores, so that some share one; beyond_processors: more than processors that may be used.
    """

    processes: int
    threads: int
    events: int
    events_per_s: Interval
    speedup: Interval
    efficiency: Interval
    busy: float
    others: float
    memory: Memory
    beyond_cores: bool
    beyond_processors: bool

    @property
    def workers(self) -> int:
        """Return the threads of all processes."""
        return self.processes * self.threads


class ScalingCurve(Part):
    """What one kind of scaling comes to: "threads" of one process, "processes" of one thread, or "both".

    saturates_at: the smallest number of threads beyond which no more than 5 % is gained; None where it still
    grows at the end, or is too noisy to tell. serial_fraction: of Amdahl's law (G. M. Amdahl, AFIPS 30 (1967)
    483), speedup = n / (1 + f (n - 1)), fitted to the points within the cores where it fits; None where not,
    and `no_fit` says why.
    """

    name: str
    saturates_at: int | None
    serial_fraction: Interval | None
    no_fit: str = ""


class Scale(Record):
    """What `simkit scale` gives.

    cores: physical ones among the usable processors, None where the system does not tell. quota: processors
    that the control group allows, None for no limit. same_bits: whether the first events had the same tallies
    whatever the threads and processes. verdict: "pass" or, where an efficiency is known to no better than
    10 %, or other work kept more than 10 % of the processors busy, "inconclusive"; "fail" where bits differ.
    """

    schema_: str = Field(default="simkit.scale/1", validation_alias="schema", serialization_alias="schema")
    scenario: str
    scenario_hash: str
    speedups: list[str] = Field(default_factory=list)
    seed: int
    usable_processors: int
    cores: int | None
    quota: float | None
    points: list[Point]
    curves: list[ScalingCurve]
    same_bits: bool
    rounds: int
    verdict: str
    exit_code: int
    budget_s: float
    used_s: float
    conditions: Conditions
    provenance: Provenance
