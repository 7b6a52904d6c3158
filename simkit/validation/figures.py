"""The reference figures: one line each in `data/figures.csv`, with tolerance and source."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import NamedTuple


class Figure(NamedTuple):
    """A figure from outside; `energy_MeV` is None where it does not belong to one energy."""

    check: str
    quantity: str
    particle: str
    material: str
    energy_MeV: float | None
    reference: float
    unit: str
    tolerance_percent: float
    source: str


@cache
def load_figures() -> tuple[Figure, ...]:
    """Return all figures, in the order of the file."""
    text = (files("simkit.validation") / "data" / "figures.csv").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return tuple(
        Figure(
            row["check"],
            row["quantity"],
            row["particle"],
            row["material"],
            float(row["energy_MeV"]) if row["energy_MeV"] else None,
            float(row["reference"]),
            row["unit"],
            float(row["tolerance_percent"]),
            row["source"],
        )
        for row in csv.DictReader(lines)
    )
