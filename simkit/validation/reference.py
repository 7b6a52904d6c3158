"""The reference figures the package carries: dated files in `data/`, each figure with its source."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from types import ModuleType
from typing import NamedTuple

import numpy as np

from simkit.errors import BadInput
from simkit.materials import find_element, find_material
from simkit.units import barn

_COMMON = ("quantity", "particle", "material", "energy_MeV", "value", "unit", "source")


class Reference(NamedTuple):
    """A figure from outside.

    material: a material ("G4_Pb") or, for a quantity of an atom, an element ("Pb"). energy_MeV is None for
    what does not belong to one energy; parameters holds the further columns of its file.
    """

    quantity: str
    particle: str
    material: str
    energy_MeV: float | None
    parameters: dict[str, float]
    value: float
    unit: str
    source: str


def read_rows(name: str) -> Iterator[dict[str, str]]:
    """Yield the rows of `data/<name>.csv`, without its comments."""
    text = (files("simkit.validation") / "data" / f"{name}.csv").read_text("utf-8")
    yield from csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))


@cache
def load_figures(name: str) -> tuple[Reference, ...]:
    """Return the figures of `data/<name>.csv`, in their order."""
    return tuple(
        Reference(
            row["quantity"],
            row["particle"],
            row["material"],
            float(row["energy_MeV"]) if row["energy_MeV"] else None,
            {key: float(text) for key, text in row.items() if key not in _COMMON and text},
            float(row["value"]),
            row["unit"],
            row["source"],
        )
        for row in read_rows(name)
    )


@cache
def load_sources() -> dict[str, str]:
    """Return {short name of a source: citation}."""
    return {row["source"]: row["citation"] for row in read_rows("sources")}


class Dispute(NamedTuple):
    """Figures of a `source` known to be off where `parameter` has one of `values`; `instead` is to be met."""

    check: str
    source: str
    material: str
    parameter: str
    values: tuple[float, ...]
    instead: str
    reason: str


@cache
def load_disputes() -> tuple[Dispute, ...]:
    """Return the figures known to be off."""
    return tuple(
        Dispute(
            row["check"],
            row["source"],
            row["material"],
            row["parameter"],
            tuple(map(float, row["values"].split())),
            row["instead"],
            row["reason"],
        )
        for row in read_rows("disputes")
    )


def scaled_events(events: int) -> int:
    """Return the number of events of a long check: `events` times SIMKIT_STATISTICS (1 when it is not set).

    Errors: BadInput.
    """
    text = os.environ.get("SIMKIT_STATISTICS", "1")
    try:
        factor = float(text)
    except ValueError:
        factor = math.nan
    if not 0.0 < factor <= 1e4:
        raise BadInput(f"SIMKIT_STATISTICS: found {text!r}; must be a number above 0, at most 10000")
    return max(20, round(factor * events))


def evaluate(
    figures: Sequence[Reference], function: Callable[[Reference, np.ndarray], np.ndarray]
) -> np.ndarray:
    """Return our value of every figure, in their units.

    `function(figure, energies)` is called once for all figures that differ in energy and value alone.
    """
    ours = np.empty(len(figures))
    groups: dict[tuple[object, ...], list[int]] = {}
    for i, figure in enumerate(figures):
        key = (figure[:3], figure.unit, tuple(sorted(figure.parameters.items())))
        groups.setdefault(key, []).append(i)
    for members in groups.values():
        energies = np.array([figures[i].energy_MeV or 0.0 for i in members])
        ours[members] = function(figures[members[0]], energies)
    return ours


def photon_cross_section(process: ModuleType, figure: Reference, energies: np.ndarray) -> np.ndarray:
    """Return the cross section of a process of photons, in 1/mm or in barn per atom, as the figure is."""
    if figure.unit == "barn":
        return process.cross_section_per_atom(find_element(figure.material).z, energies) / barn
    return process.cross_section(find_material(figure.material), energies)
