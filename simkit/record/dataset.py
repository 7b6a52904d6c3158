"""The record of a file of showers that transport made."""

from __future__ import annotations

from pydantic import Field

from simkit.record.part import Part, Record
from simkit.record.provenance import Provenance


class MeanAndSpread(Part):
    """Mean over the showers, its standard error, and their standard deviation."""

    mean: float
    sem: float
    sd: float


class Dataset(Record):
    """What `simkit fastsim dataset` made.

    energy_MeV: lowest and highest incident energy. response: a shower's energy over the incident one;
    outside_mesh: what the mesh's region got outside of the mesh, over all that it got; cells_on: cells above
    the threshold of noise. cpu_s: of the transport, with what earlier runs had done; wall_s: of this run.
    sha256: of the file.
    """

    schema_: str = Field(default="simkit.dataset/1", validation_alias="schema", serialization_alias="schema")
    file: str
    scenario: str
    hash: str
    particle: str
    showers: int
    cells: int
    energy_MeV: tuple[float, float]
    response: MeanAndSpread
    outside_mesh: float
    cells_on: MeanAndSpread
    cpu_s: float
    wall_s: float
    sha256: str
    provenance: Provenance
