"""The rows of an equivalence test as the page picks and names them."""

from __future__ import annotations

from collections.abc import Sequence

from simkit.bench import words
from simkit.bench.words import deciding_row as deciding_row
from simkit.bench.words import reach as reach
from simkit.bench.words import row_name as row_name
from simkit.record.equivalence import EquivalenceRow
from simkit.report.numbers import HARD, typeset


def difference_words(row: EquivalenceRow) -> tuple[str, str]:
    """Return the difference and its 90 % interval with matching digits: "−0.05 %", "−0.18 to +0.08 %"."""
    value, ends = words.difference_words(row)
    return typeset(value), typeset(ends).replace(" ", HARD)  # an interval is not broken


def listed_rows(rows: Sequence[EquivalenceRow]) -> list[EquivalenceRow]:
    """Return all rows but the layers, and of each region's layers the farthest out, which stands for them."""
    out: list[EquivalenceRow] = []
    layers: dict[str, EquivalenceRow] = {}
    for row in rows:
        if row.observable != "layer":
            out.append(row)
        elif row.region not in layers or reach(row) > reach(layers[row.region]):
            layers[row.region] = row
    return out + list(layers.values())
