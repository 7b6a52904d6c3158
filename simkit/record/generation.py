"""The record of `simkit fastsim time`: milliseconds a shower, of the model alone and in transport."""

from __future__ import annotations

from pydantic import Field

from simkit.record.interval import Interval
from simkit.record.part import Part, Record
from simkit.record.provenance import Provenance


class BatchTime(Part):
    """Milliseconds a shower in batches of one size; showers: of each of the rounds."""

    batch: int
    threads: int
    ms: Interval
    showers: int
    rounds: int


class TransportTime(Part):
    """The same showers in transport, one thread, ms a shower: followed in full, and by the model.

    fast_ms: all of it. Of that infer_ms, in the model, and place_ms, placement of its deposits. batch: the
    largest that transport made. ratio: full over fast.
    """

    scenario: str
    hash: str
    showers: int
    batch: int
    full_ms: Interval
    fast_ms: Interval
    infer_ms: float
    place_ms: float
    ratio: float


class Generation(Record):
    """What `simkit fastsim time` gives. clock: "cpu", or "wall" with more than one thread.

    model_id: what its card, and files of its showers, name it by. cells: of its showers; training_s: wall
    time of its training, from its card; whole_showers: how many showers of its training the file holds, of
    libraries. What older records do not tell is 0, "" or None.
    """

    schema_: str = Field(
        default="simkit.generation/1", validation_alias="schema", serialization_alias="schema"
    )
    file: str
    sha256: str
    model: str
    model_id: str = ""
    parameters: int
    file_MB: float
    cells: int = 0
    training_s: float = 0.0
    whole_showers: int | None = None
    energy_MeV: tuple[float, float]
    clock: str
    batches: list[BatchTime]
    transport: TransportTime | None
    provenance: Provenance
