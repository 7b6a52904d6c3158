"""Engines: one a file, all with the same small protocol. simkit's own is `native`.

An engine prepares a scenario once (tables, kernels) and then runs primaries through it as often as asked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import numpy as np

from simkit.errors import unknown

if TYPE_CHECKING:
    from simkit.events import Primaries
    from simkit.record.tallies import Tallies
    from simkit.scenario import Scenario


class Prepared(Protocol):
    """A scenario ready to run on one engine.

    regions: names, the last is the world. calorimeter: regions counted in steps_per_event. sensitive: regions
    whose deposits are observables. layers: {region: cell numbers of each layer, front to back}. cell_region:
    region of each cell. cuts_MeV: {material: {"gamma", "e-"}}. setup_s, compile_s: seconds spent on it.
    """

    scenario: Scenario
    regions: tuple[str, ...]
    calorimeter: tuple[str, ...]
    sensitive: tuple[str, ...]
    layers: dict[str, tuple[tuple[int, ...], ...]]
    cell_region: np.ndarray
    cuts_MeV: dict[str, dict[str, float]]
    backend: str
    setup_s: float
    compile_s: float

    def run(
        self,
        primaries: Primaries,
        seed: int,
        threads: int = 1,
        progress: Callable[[int], None] | None = None,
    ) -> Tallies:
        """Follow the primaries; same seed, same tallies. progress gets the number of events just done."""
        ...


class Engine(Protocol):
    """An engine: its name and version, and how to prepare a scenario for it."""

    name: str
    version: str

    def prepare(self, scenario: Scenario) -> Prepared:
        """Build what the scenario needs; raises BadInput where the engine cannot do what it asks."""
        ...


ENGINES = {"native": "simkit.engines.native"}


def find_engine(name: str) -> Engine:
    """Return the engine called `name`."""
    from importlib import import_module

    if name not in ENGINES:
        raise unknown("engine", name, ENGINES)
    return import_module(ENGINES[name]).ENGINE
