"""From a name or a file, speedups and single keys to a validated scenario."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from simkit.errors import BadInput, one_line, unknown
from simkit.fastsim.models.weights import shipped_weights
from simkit.plugins import find_plugin, load_inside, plugins
from simkit.reading import read_toml
from simkit.scenario.check import check_scenario
from simkit.scenario.merge import Overlay, merge_tables, parse_assignment, set_key
from simkit.scenario.messages import bad_scenario, origin
from simkit.scenario.schema import G4HEPEM, Scenario
from simkit.sections import frozen
from simkit.speedups import all_off, check_needs, merge_patches

PRESETS = files("simkit.scenario") / "presets"


def preset_names() -> tuple[str, ...]:
    """Return the names of the packaged scenarios, and of those that plug-ins bring."""
    return tuple(dict.fromkeys([*own_presets(), *plugins("presets")]))


def own_presets() -> list[str]:
    """Return the names of the packaged scenarios alone."""
    return sorted(f.name.removesuffix(".toml") for f in PRESETS.iterdir() if f.name.endswith(".toml"))


def load_scenario(
    name_or_path: str | Path,
    *,
    with_speedups: Sequence[str] = (),
    overrides: Sequence[str] | Mapping[str, Any] = (),
    baseline: bool | Sequence[str] = False,
    events: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    backend: str | None = None,
) -> Scenario:
    """Return the validated scenario of a preset's name or a TOML file.

    Laid over each other, later wins: preset, file (a file may name a preset in `scenario.base`), with
    `baseline` the off-values of every speedup of the catalogue (a list: and of these), `with_speedups` in
    order ("gamma-roulette:threshold_MeV=2"), `overrides` ("KEY=VALUE" texts or a mapping of dotted keys),
    then `events`, `seed`, `threads`, `backend`. Errors: BadInput, one line, before anything heavy is built.
    """
    load_inside()
    overlays = _file_overlays(name_or_path)
    data: dict[str, Any] = {}
    for overlay in overlays:
        data = merge_tables(data, overlay.data)
    patches = [(f"speedup {label}", key, value) for label, key, value in merge_patches(with_speedups)]
    settings = _overrides(overrides)
    known = data  # and what --set makes of it: whether there is a field
    for label, key, value in settings:
        if key.count(".") == 1 and key.endswith(".kind"):
            known = set_key(known, key, value, label)
    check_needs(with_speedups, known)
    assignments = [*patches, *settings]
    if baseline is not False:
        others = () if baseline is True else baseline
        assignments = [("baseline", key, value) for key, value in all_off(others, known)] + assignments
    options = {"scenario.seed": seed, "events.count": events, "run.threads": threads, "run.backend": backend}
    for key, value in options.items():
        if value is not None:
            assignments.append((KEY_OPTIONS[key], key, value))
    for label, key, value in assignments:
        data = set_key(data, key, value, label)
        overlays.append(Overlay(label, _only(data, key)))
    scenario = _validate(data, overlays)
    scenario._speedups = tuple(with_speedups)
    return scenario


KEY_OPTIONS = {
    "scenario.seed": "--seed",
    "events.count": "-n",
    "run.threads": "--threads",
    "run.backend": "--backend",
}


def _file_overlays(name_or_path: str | Path) -> list[Overlay]:
    text = str(name_or_path)
    path = Path(text)
    if isinstance(name_or_path, str) and text in preset_names() and not text.endswith(".toml"):
        return _preset_overlays(text)
    if not (path.suffix == ".toml" or len(path.parts) > 1 or os.path.isfile(path)):
        raise unknown("scenario", text, preset_names(), "not a preset, and no file of that name")
    return _read_overlays(path, preset_names())


def _preset_overlays(name: str) -> list[Overlay]:
    brought = find_plugin("presets", name, own_presets())
    if brought is None:
        text = (PRESETS / f"{name}.toml").read_text("utf-8")
        return [Overlay(f"preset {name}", tomllib.loads(text))]
    if not isinstance(brought, (str, Path)):
        raise BadInput(f"preset {name!r}: the plug-in brings {brought!r:.80}, not a path to a TOML file")
    return _read_overlays(Path(brought), own_presets())


def _read_overlays(path: Path, bases: Sequence[str]) -> list[Overlay]:
    """Return the overlays of a scenario's file, which may build on one of the presets `bases`."""
    if not os.path.exists(path):
        raise BadInput(f"{path}: there is no such file; presets: {', '.join(preset_names())}")
    data = read_toml(path, "give a scenario's TOML file")
    name = data.get("scenario", {}) if isinstance(data.get("scenario"), dict) else {}
    overlays = []
    if "base" in name:
        base = name.pop("base")
        if base not in bases:
            raise unknown("preset", base, bases, f"{path}: scenario.base")
        overlays += _preset_overlays(base)
    elif "name" not in name:
        data.setdefault("scenario", {})
    if isinstance(data.get("scenario"), dict):
        data["scenario"].setdefault("name", one_line(path.stem)[:80])
    events = data.get("events")
    for section in (events, data.get("field")):
        if isinstance(section, dict) and isinstance(section.get("path"), str) and section["path"]:
            # A path in a file is meant from where that file lies, wherever it is run.
            section["path"] = str(path.parent / section["path"])
    rules = data.get("fastsim")
    for rule in (*(rules if isinstance(rules, list) else ()), data.get("reweight")):
        if isinstance(rule, dict) and isinstance(rule.get("file"), str) and rule["file"]:
            near = path.parent / rule["file"]
            rule["file"] = str(
                near if os.path.isfile(near) or not shipped_weights(rule["file"]) else rule["file"]
            )
    physics = data.get("physics")
    if isinstance(physics, dict) and str(physics.get("tables")).startswith(G4HEPEM):
        physics["tables"] = G4HEPEM + str(path.parent / physics["tables"].removeprefix(G4HEPEM))
    return [*overlays, Overlay(str(path), data)]


def _overrides(overrides: Sequence[str] | Mapping[str, Any]) -> list[tuple[str, str, Any]]:
    if isinstance(overrides, Mapping):
        return [(f"--set {key}", key, value) for key, value in overrides.items()]
    if isinstance(overrides, str):
        overrides = [overrides]
    return [("--set", *parse_assignment(text)) for text in overrides]


def _only(data: dict[str, Any], key: str) -> dict[str, Any]:
    """Return the part of `data` on the way to `key`, lists as tables by index: for messages."""
    parts = key.split(".")
    top: dict[Any, Any] = {}
    out: dict[Any, Any] = top
    here: Any = data
    for part in parts:
        index: Any = part
        if isinstance(here, list):
            names = [e.get("name") or e.get("region") for e in here if isinstance(e, dict)]
            if not part.isdigit() and part not in names:  # a key removed from an entry that is not there
                break
            index = int(part) if part.isdigit() else names.index(part)
            value = here[index]
        else:
            value = here.get(part)
        out[index] = {}
        out, here = out[index], value
        if not isinstance(here, (dict, list)):
            break
    return top


def _validate(data: dict[str, Any], overlays: list[Overlay]) -> Scenario:
    try:
        scenario = Scenario.model_validate(frozen(data))
    except ValidationError as error:
        raise bad_scenario(error, data, overlays) from None
    check_scenario(scenario, lambda *path: origin(path, overlays))
    return scenario
