"""The record of a campaign: a ladder of speedups, each rung against the baseline and the rung before.

An interaction here is the statistician's: whether what one speedup gives depends on the others. Those of
particles are in results, by process.
"""

from __future__ import annotations

import json
from typing import Any, Literal

from pydantic import Field

from simkit.record.comparison import Contrast, Side
from simkit.record.conditions import Conditions
from simkit.record.gate import Gate
from simkit.record.interval import Interval, NoiseFloor
from simkit.record.part import Part, Record
from simkit.record.provenance import Budget, Provenance
from simkit.record.score import Score, Throughput

InteractionVerdict = Literal["more together", "less together", "no interaction seen", "inconclusive"]


class Added(Part):
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


class Interaction(Part):
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
