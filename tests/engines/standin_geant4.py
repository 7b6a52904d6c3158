"""A module that has of geant4-pybind what was recorded of it, and nothing else: a typo is an AttributeError.

Classes and methods take as many arguments as the package's do. What they do besides is scripted: a run calls
what Geant4 calls, and the scorers give the hits that a test sets.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from .geant4_pybind_api import RECORDED

Hits = dict[str, dict[int, float]]


class HitsMap:
    """Hits by number of the volume; iterating gives pairs, as of G4DoubleHitsMap."""

    def __init__(self, values: dict[int, float]) -> None:
        self.values = values

    def __iter__(self) -> Iterator[tuple[int, float]]:
        return iter(self.values.items())


class Log:
    """What was made and called: made[class] are objects, called[method] are their arguments."""

    def __init__(self, hits: Hits) -> None:
        self.made: dict[str, list[Any]] = {}
        self.called: dict[str, list[tuple[Any, ...]]] = {}
        self.hits = hits
        self.identities = list(hits)


def make_module(hits: Hits) -> tuple[ModuleType, Log]:
    """Return the module and its log; `hits` of an event are by detector/scorer."""
    names = json.loads(RECORDED.read_text())["names"]
    module, log = ModuleType("geant4_pybind"), Log(hits)
    for name, about in names.items():
        if about is None:
            setattr(module, name, 1.0)  # MeV and mm are 1 in Geant4, too
        elif not hasattr(module, name):
            _add(module, names, name, log)
    return module, log


def _add(module: ModuleType, names: dict[str, Any], name: str, log: Log) -> type:
    if hasattr(module, name):
        return getattr(module, name)
    about = names[name]
    bases = tuple(_add(module, names, base, log) for base in about["bases"]) or (object,)
    body: dict[str, Any] = {attribute: f"{name}.{attribute}" for attribute in about["attributes"]}
    body |= {method: _method(module, name, method, it, log) for method, it in about["methods"].items()}
    setattr(module, name, type(name, bases, body))
    return getattr(module, name)


def _method(module: ModuleType, owner: str, name: str, about: dict[str, Any], log: Log) -> Any:
    def call(*arguments: Any) -> Any:
        self, given = (None, arguments) if about["static"] else (arguments[0], arguments[1:])
        if not any(fewest <= len(given) <= most for fewest, most in about["arguments"]):
            raise TypeError(f"{owner}.{name} takes {about['arguments']} arguments, not {len(given)}")
        if name == "__init__":
            self.given = given
            log.made.setdefault(owner, []).append(self)
            return None
        log.called.setdefault(name, []).append(given)
        if (owner, name) in SCRIPT:
            return SCRIPT[owner, name](log, self, *given)
        returned = getattr(module, about["returns"], None)
        return returned.__new__(returned) if isinstance(returned, type) else None

    return staticmethod(call) if about["static"] else call


def _beam_on(log: Log, manager: Any, events: int) -> None:
    made = log.called["SetUserInitialization"]
    for (part,) in made:
        for step in ("Construct", "ConstructSDandField", "Build"):
            if hasattr(part, step):
                getattr(part, step)()
    actions = [action for (action,) in log.called["SetUserAction"]]
    event_class = type("Event", (), {"GetHCofThisEvent": lambda self: _collections(log)})
    for _ in range(events):
        event = event_class()
        for action in actions:
            for step in ("GeneratePrimaries", "EndOfEventAction"):
                if hasattr(action, step):
                    getattr(action, step)(event)


def _collections(log: Log) -> Any:
    get = {"GetHC": lambda self, number: HitsMap(log.hits[log.identities[number]])}
    return type("Collections", (), get)()


SCRIPT = {
    ("G4RunManager", "BeamOn"): _beam_on,
    ("G4NistManager", "FindOrBuildMaterial"): lambda log, self, name: f"material {name}",
    ("G4SDManager", "GetCollectionID"): lambda log, self, name: log.identities.index(name),
}
