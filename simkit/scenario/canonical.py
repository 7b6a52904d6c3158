"""What the result of one event depends on, as records have it and as the hash of a scenario has it.

Hashes are older than many keys: what a key means when it is not given is left out, so that they stay.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simkit.events.pipes import regular_file
from simkit.fastsim.models.weights import model_path
from simkit.field.maps.fields import NoField
from simkit.readout.schemes import OfShape
from simkit.scenario.processes import NEW_PROCESSES
from simkit.tracking.fluctuation import OWN

if TYPE_CHECKING:
    from simkit.scenario.schema import Scenario

G4HEPEM = "g4hepem:"


def canonical(scenario: Scenario) -> dict[str, Any]:
    """Return all that the result of one event depends on, as plain data; see `Scenario.canonical`."""
    data = scenario.model_dump(mode="json", exclude={"scenario": True, "run": True, "events": {"count"}})
    for name in ("events", "field"):
        if path := getattr(getattr(scenario, name), "path", ""):
            data[name]["path"] = _content_hash(Path(path))
    for rule in data["fastsim"]:
        if rule.get("file"):
            rule["file"] = _content_hash(model_path(rule["file"]))
    if scenario.reweight.file:
        data["reweight"]["file"] = _content_hash(model_path(scenario.reweight.file))
    tables = scenario.physics.g4hepem_file
    if tables:
        data["physics"]["tables"] = G4HEPEM + _content_hash(tables)
    return data


def hashed(scenario: Scenario) -> dict[str, Any]:
    """Return `canonical(scenario)` as hashes spell it."""
    data = canonical(scenario)
    if isinstance(scenario.field, NoField):
        for override in data["region"]:
            override["field"] = "none"  # hashes are older than fields
    for override in data["region"]:  # hashes are older than these
        for name in ("birks_mm_per_MeV", "window_ns"):
            if not override[name]:
                del override[name]
    for section in (data["physics"], *data["region"]):
        if section["fluctuation"] is not None:
            section["fluctuation"] = _hashed_fluctuation(section["fluctuation"])
    if not scenario.reweight.file:
        del data["reweight"]  # hashes are older than this section
    if not scenario.fastsim:
        data["fastsim"] = {"kind": "none"}  # hashes are older than rules
    for name in NEW_PROCESSES:
        if data["physics"]["processes"][name]:
            del data["physics"]["processes"][name]  # hashes are older than muons and hadrons
    if isinstance(scenario.readout, OfShape):
        del data["readout"]  # hashes are older than this section
    for name in ("neutron_roulette", "neutron_time_cut"):  # and than these
        section = getattr(scenario.tracking, name)
        if section == type(section)():
            del data["tracking"][name]
    return data


NEW_SPECIES = tuple(name for name in OWN if name not in ("e-", "e+"))


def _hashed_fluctuation(names: list[str]) -> list[str]:
    """Return the particles whose loss fluctuates as hashes have them, which are older than these species."""
    older = [name for name in names if name not in NEW_SPECIES]
    on = [name for name in NEW_SPECIES if name in names]
    usual = list(NEW_SPECIES) if older else []
    return older if on == usual else [*older, *(on or ["no muons"])]


def _content_hash(path: Path) -> str:
    return "sha256:" + hashlib.sha256(regular_file(path).read_bytes()).hexdigest()
