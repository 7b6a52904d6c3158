"""The rows of an equivalence test as the page picks and names them."""

from __future__ import annotations

from collections.abc import Sequence

from simkit.bench.schema import Physics, PhysicsRow
from simkit.report.numbers import HARD, decimals_for, signed


def row_name(row: PhysicsRow) -> str:
    """Return "layer gap 12", "deposit gap"."""
    if row.observable == "leakage":
        return "leakage"  # there is one, out of the world
    return f"{row.observable} {row.region}" + ("" if row.layer is None else f" {row.layer}")


UNKNOWN = 999.0  # margins: so large an error stands in a record for one without bound


def difference_words(row: PhysicsRow) -> tuple[str, str]:
    """Return the difference and its 90 % interval with matching digits: "−0.05 %", "−0.18 to +0.08 %"."""
    if row.standard_error >= UNKNOWN * row.margin:
        return "–", "too few events"
    places = decimals_for((row.hi90 - row.lo90) / 2.0, lowest=1) if row.hi90 > row.lo90 else 2
    value, low, high = (signed(number, places) for number in (row.difference, row.lo90, row.hi90))
    return f"{value}{HARD}%", f"{low} to {high}{HARD}%"


def reach(row: PhysicsRow) -> float:
    """Return how far the 90 % interval of a row reaches, in margins: it is inside below 1."""
    return max(abs(row.lo90), abs(row.hi90)) / row.margin


def deciding_row(physics: Physics) -> PhysicsRow | None:
    """Return the row that decides the verdict: of those with this verdict, the one farthest out."""
    every = [*physics.rows, *(row for row in physics.timed if row.verdict == "fail")]
    rows = [row for row in every if row.verdict == physics.verdict] or every
    if physics.verdict == "fail":
        return max(rows, key=lambda row: abs(row.difference) / row.margin, default=None)
    return max(rows, key=reach, default=None)


def listed_rows(rows: Sequence[PhysicsRow]) -> list[PhysicsRow]:
    """Return all rows but the layers, and of each region's layers the farthest out, which stands for them."""
    out: list[PhysicsRow] = []
    layers: dict[str, PhysicsRow] = {}
    for row in rows:
        if row.observable != "layer":
            out.append(row)
        elif row.region not in layers or reach(row) > reach(layers[row.region]):
            layers[row.region] = row
    return out + list(layers.values())
