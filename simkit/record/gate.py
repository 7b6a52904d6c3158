"""What became of a record held against one stored before: `--baseline` of `run`, `compare` and `campaign`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from simkit.record.part import Part

GateVerdict = Literal["pass", "fail", "inconclusive", "not compared"]


class GateRow(Part):
    """One figure, stored and now. `ratio` above 1 means better than stored; `lo`, `hi` its 95 % interval.

    There is no interval of what was measured once (a time) or is counted (steps).
    """

    name: str
    unit: str
    stored: float
    now: float
    ratio: float
    lo: float | None = None
    hi: float | None = None
    verdict: GateVerdict


class Gate(Part):
    """Rows that fail are worse than stored by more than `max_slowdown` (relative).

    `stored` is when the stored record was made, `notes` what differs between the two records and what that
    leaves out. physics: the verdict on the deposits of a run against those stored, else "not compared".
    """

    stored: str
    max_slowdown: float
    rows: list[GateRow]
    physics: GateVerdict = "not compared"
    notes: list[str] = Field(default_factory=list)

    @property
    def verdict(self) -> GateVerdict:
        """Return the verdict on speed: the worst of the rows."""
        verdicts = [row.verdict for row in self.rows]
        worst: tuple[GateVerdict, ...] = ("fail", "inconclusive")
        return next((verdict for verdict in worst if verdict in verdicts), "pass")
