"""Engines: one a file. simkit's own is `native`; the others are other people's programs.

An engine that runs in this process (`Engine`) prepares a scenario once (tables, kernels), then runs primaries
through it as often as asked and returns tallies of every event. Another program (`ForeignEngine`) simulates a
number of events in a process of its own and tells means (`Program`), or told them elsewhere (`Recording`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from simkit.errors import BadInput, unknown
from simkit.plugins import find_plugin

if TYPE_CHECKING:
    from simkit.engines.figures import Figures
    from simkit.events import Primaries
    from simkit.record.tallies import Tallies
    from simkit.scenario import Scenario


class Prepared(Protocol):
    """A scenario ready to run on one engine.

    regions: names, the last is the world. calorimeter: regions counted in steps_per_event. sensitive: regions
    whose deposits are observables. layers: {region: cell numbers of each layer, front to back}. cell_region:
    region of each cell. cuts_MeV: {material: {"gamma", "e-"}}, with "p" where protons are followed.
    setup_s, compile_s: seconds spent on it.

    An engine on the CPU may have `place(copy: int)` besides: go on with copy number `copy` of the code and
    tables, at another place in memory, the code shared by all sides that have the same. What a comparison
    says of the speed then holds for any place, and not for that of one process alone.
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
    """An engine in this process: its name and version, and how to prepare a scenario for it."""

    name: str
    version: str

    def prepare(self, scenario: Scenario) -> Prepared:
        """Build what the scenario needs; raises BadInput where the engine cannot do what it asks."""
        ...


class ProgramRun(NamedTuple):
    """One run: what it told, and the CPU and wall seconds of the whole of it.

    queued_s: of the wall time, ready to run while other work had the processor. unclear_s: while other work
    had it, and not known whether it was ready. gpu_s: in kernels of a GPU, None where that is not told.
    counted: whether it reported how many events it simulated; where not, `figures` have what was asked for.
    """

    figures: Figures
    cpu_s: float
    wall_s: float
    queued_s: float = 0.0
    unclear_s: float = 0.0
    gpu_s: float | None = None
    counted: bool = True

    @property
    def own_s(self) -> float:
        """Return what it takes of its own accord: CPU time, and what it waits for by itself."""
        return max(self.cpu_s, self.wall_s - self.queued_s - self.unclear_s)


class Program(Protocol):
    """A scenario ready to be simulated by another program.

    process: "fresh" when every run starts a process, start-up included in its time, or "warm". counts_events:
    whether it simulates as many events as it is told. about: what identifies it, for the record.
    """

    process: str
    counts_events: bool
    about: dict[str, str]

    def run(self, events: int, seed: int, timeout_s: float) -> ProgramRun:
        """Simulate `events` events. Errors: BadInput when the program fails, hangs or prints rubbish."""
        ...


@dataclass(frozen=True)
class Recording:
    """What a program told elsewhere: it can be set beside another engine, never timed in pairs with it.

    parts: independent parts of the output, each over its own events. s_per_event, time: seconds per event as
    recorded and what they are ("wall, on NVIDIA A100"). unchecked: settings that the output does not tell.
    """

    parts: tuple[Figures, ...]
    s_per_event: float | None = None
    time: str = ""
    about: dict[str, str] = field(default_factory=dict)
    unchecked: tuple[str, ...] = ()


class ForeignEngine(Protocol):
    """Another program. usage: what stands after `engine:NAME=`."""

    name: str
    usage: str

    def prepare(self, scenario: Scenario, given: str) -> Program | Recording:
        """Translate the scenario; raises BadInput for whatever the program cannot simulate, or is missing."""
        ...


ENGINES = {"native": "simkit.engines.native"}
FOREIGN = {
    "hepemshow": "simkit.engines.hepemshow",
    "geant4": "simkit.engines.geant4",
    "geant4-pybind": "simkit.engines.geant4_pybind",
    "celeritas": "simkit.engines.celeritas",
    "adept": "simkit.engines.adept",
    "command": "simkit.engines.command",
}


def find_engine(name: str) -> Engine:
    """Return the engine called `name`, which runs in this process."""
    found = _find(name)
    if _is_foreign(found):
        raise BadInput(f"engine {name!r} is another program; simkit compare runs it beside simkit's own")
    return found


def find_foreign(name: str) -> ForeignEngine:
    """Return the engine called `name`, which is another program."""
    found = _find(name)
    if not _is_foreign(found):
        raise unknown("engine", name, FOREIGN)
    return found


def is_foreign(name: str, where: str = "") -> bool:
    """Return whether the engine called `name` is another program; a plug-in is loaded to see it.

    where: what names it, in errors. Errors: BadInput where there is none of that name.
    """
    return name in FOREIGN or (name not in ENGINES and _is_foreign(_find(name, where)))


def _find(name: str, where: str = "") -> Any:
    own = {**ENGINES, **FOREIGN}
    brought = find_plugin("engines", name, own, where)
    if brought is None:
        return import_module(own[name]).ENGINE
    if not callable(getattr(brought, "prepare", None)) or getattr(brought, "name", None) != name:
        raise BadInput(f"engine {name!r}: the plug-in brings {brought!r:.80}, not an engine of that name")
    return brought


def _is_foreign(engine: Any) -> bool:
    return hasattr(engine, "usage")


def path_variable(name: str) -> str:
    """Return the environment variable that gives an engine's program where the command line does not."""
    return f"SIMKIT_{name.upper().replace('-', '_')}"


def given_path(name: str, given: str, environment: Mapping[str, str] = os.environ) -> str:
    """Return what names the program of engine `name`: `given`, or its environment variable.

    Errors: BadInput when neither is there.
    """
    found = given.strip() or environment.get(path_variable(name), "").strip()
    if not found:
        raise BadInput(
            f"engine:{name}: where is it? Write engine:{name}={find_foreign(name).usage}, "
            f"or set {path_variable(name)}"
        )
    return found
