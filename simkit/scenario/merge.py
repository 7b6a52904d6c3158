"""Overlays of a scenario: plain data from presets, files, speedups and single keys, laid over each other.

Every overlay remembers where it came from, so that a message can name the file or option that set a key.
"""

from __future__ import annotations

import copy
import tomllib
from typing import Any, NamedTuple

from simkit.errors import BadInput, shown, unknown
from simkit.reading import DEEPEST, check_size

# A table that changes this key is a different thing: what lower overlays said about it no longer applies.
KIND_KEYS = {"geometry": "kind", "events": "source"}
# Of keys that exclude each other, the upper overlay's wins.
EXCLUSIVE = {
    "energy_MeV": "spectrum",
    "spectrum": "energy_MeV",
    "direction": "eta_range",
    "eta_range": "direction",
}
# Lists of tables in which an entry can be addressed, and created, by its name; in MADE_WHOLE, beside others,
# by a whole table only: a mistyped name with a single key would be a rule of its own.
NAMED_LISTS = ("region", "material", "field.off")
MADE_WHOLE = ("field.off",)


class Overlay(NamedTuple):
    """Data of one origin: `label` is how messages call it, `data` nested tables."""

    label: str
    data: dict[str, Any]


def merge_tables(lower: dict[str, Any], upper: dict[str, Any]) -> dict[str, Any]:
    """Return `lower` with `upper` laid over it: tables are merged, everything else is replaced."""
    merged = dict(lower)
    for key, value in upper.items():
        below = merged.get(key)
        kind = KIND_KEYS.get(key)
        if isinstance(value, dict) and isinstance(below, dict):
            if kind is not None and value.get(kind, below.get(kind)) != below.get(kind):
                merged[key] = value
            else:
                merged[key] = merge_tables(below, value)
        else:
            merged[key] = value
        if key in EXCLUSIVE and EXCLUSIVE[key] not in upper:
            merged.pop(EXCLUSIVE[key], None)
    return merged


def set_key(data: dict[str, Any], key: str, value: Any, label: str) -> dict[str, Any]:
    """Return a copy of `data` with the dotted `key` set to `value`; None removes the key.

    Entries of lists are addressed by index ("geometry.slab.0.material") or by their name or region
    ("geometry.slab.gap.material", "region.gap.production_cut_mm"); a named entry of `[[region]]` and
    `[[material]]` is made when it is not there, and the first of `[[field.off]]`; others by a whole table.
    Errors: BadInput naming `label`.
    """
    parts = key.split(".")
    if not all(parts) or len(parts) > DEEPEST:
        raise BadInput(f"{label}: {shown(key)} is not a key; write section.key, such as physics.rayleigh")
    data = copy.deepcopy(data)
    here: Any = data
    for depth, part in enumerate(parts[:-1]):
        path = ".".join(parts[: depth + 1])
        if isinstance(here, list):
            if value is None and not any(isinstance(e, dict) and e.get("name") == part for e in here):
                return data
            named = ".".join(parts[:depth])
            create = named in NAMED_LISTS and (named not in MADE_WHOLE or not here)
            here = here[_index(here, part, path, label, create)]
        else:
            if part not in here:
                if value is None:
                    return data
                here[part] = [] if path in NAMED_LISTS else {}
            here = here[part]
        if not isinstance(here, (dict, list)):
            raise BadInput(
                f"{label}: {path} is a value ({shown(here)}), not a table; it has no keys below it"
            )
    last = parts[-1]
    if isinstance(here, list):
        if value is None:
            here[:] = [e for e in here if not isinstance(e, dict) or e.get("name") != last]
        else:
            create = ".".join(parts[:-1]) in NAMED_LISTS and isinstance(value, dict)
            here[_index(here, last, key, label, create=create)] = value
    elif value is None:
        here.pop(last, None)
    elif isinstance(here.get(last), dict) and isinstance(value, dict):
        here[last] = merge_tables(here[last], value)
    else:
        if last == KIND_KEYS.get(parts[0]) and len(parts) == 2 and here.get(last) != value:
            here.clear()
        here[last] = value
        if last in EXCLUSIVE:
            here.pop(EXCLUSIVE[last], None)
    return data


def _index(entries: list[Any], part: str, path: str, label: str, create: bool) -> int:
    if part.isdigit():
        if int(part) < len(entries):
            return int(part)
        allowed = f"0 to {len(entries) - 1}" if entries else "none, the list is empty"
        raise BadInput(f"{label}: {path}: there is no entry {part}; allowed: {allowed}")
    names = [e.get("name") or e.get("region") if isinstance(e, dict) else None for e in entries]
    if names.count(part) == 1:
        return names.index(part)
    if part in names:
        raise BadInput(f"{label}: {path}: {shown(part)} stands for several entries; give the index instead")
    if create:
        entries.append({"name": part})
        return len(entries) - 1
    raise unknown(
        "entry", part, [n for n in names if n] + [str(i) for i in range(len(entries))], f"{label}: {path}"
    )


def parse_assignment(text: str) -> tuple[str, Any]:
    """Return the dotted key and the value of "KEY=VALUE".

    The value is read as TOML (1.5, true, [1, 0, 0], "text"); what is not TOML is taken as text, so that
    `geometry.slab.0.material=G4_W` needs no quotes.
    """
    key, equals, value = text.partition("=")
    key, value = key.strip(), value.strip()
    if not equals or not key or not value:
        raise BadInput(
            f"--set: found {shown(text)}; write KEY=VALUE, such as --set physics.production_cut_mm=1"
        )
    return key, parse_value(value)


def parse_value(text: str) -> Any:
    """Return `text` read as a TOML value, or as it is when it is none."""
    try:
        value = tomllib.loads(f"value = {text}")["value"] if "\n" not in text else text
    except (ValueError, RecursionError):
        return text
    check_size([value], "--set")
    return value
