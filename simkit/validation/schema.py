"""The record of `simkit validate --json`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA = "simkit.validation/1"
Verdict = Literal["pass", "fail", "inconclusive"]


class Row(BaseModel):
    """One quantity against its reference.

    `deviation_percent` is ours over the reference minus 1; `error_percent` its statistical error (None where
    there is none). Pass: inside the tolerance; fail: outside; inconclusive: within two errors of its edge.
    """

    model_config = ConfigDict(extra="forbid")

    check: str
    quantity: str
    particle: str
    material: str
    energy_MeV: float | None
    ours: float
    reference: float
    unit: str
    deviation_percent: float
    error_percent: float | None
    tolerance_percent: float
    verdict: Verdict
    source: str


class Validation(BaseModel):
    """All rows; `verdict` fails when one row fails, passes when all pass."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    schema_: str = Field(SCHEMA, validation_alias="schema", serialization_alias="schema")
    version: str
    rows: list[Row]
    verdict: Verdict
    exit_code: int

    def to_json(self, indent: int | None = 2) -> str:
        """Return the record as JSON text, keys as in the contract."""
        return self.model_dump_json(by_alias=True, indent=indent)
