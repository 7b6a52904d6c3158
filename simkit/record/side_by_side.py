"""The record of a comparison with output that was recorded elsewhere: figures side by side, never a speedup.

Times of two machines, or of two days, are no pair: they stand beside each other with what is known of them.
The physics is compared as always, by the equivalence test.
"""

from __future__ import annotations

from pydantic import Field

from simkit.record.conditions import Conditions
from simkit.record.equivalence import Equivalence
from simkit.record.part import Part, Record
from simkit.record.provenance import Apart, Provenance

NOT_PAIRED = "not paired: recorded output cannot be timed in alternation, so there is no speedup"


class ReportedSide(Part):
    """What one side reports per event; `time` says what `s_per_event` is (CPU or wall, where), if known.

    `times` are the seconds by every clock, of a side that ran here.
    """

    label: str
    engine: dict[str, str]
    recorded: bool
    events: float
    s_per_event: float | None
    time: str
    times: dict[str, float] = Field(default_factory=dict)
    steps_per_event: dict[str, float]
    secondaries_per_event: dict[str, float]
    edep_MeV: dict[str, float]
    leaked_MeV: float | None


class SideBySide(Record):
    """What `simkit compare` gives where a side is recorded output; ratios are A over B.

    `speedup` is always null. `times_ratio` is the ratio of the two times per event, only where both are
    known by the same clock, and no measurement of a speedup: it mixes machines. `conditions` are those in
    which a side ran here, null where none did.
    """

    schema_: str = Field(
        default="simkit.side-by-side/1", validation_alias="schema", serialization_alias="schema"
    )
    scenario: str
    scenario_hash: str
    a: ReportedSide
    b: ReportedSide
    differ_in: list[Apart] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)
    speedup: None = None
    paired: bool = False
    times_ratio: float | None
    steps_ratio: dict[str, float | None]
    secondaries_ratio: dict[str, float | None]
    physics: Equivalence
    verdict: str = "inconclusive"
    summary: str
    exit_code: int
    conditions: Conditions | None = None
    used_s: float
    provenance: Provenance
