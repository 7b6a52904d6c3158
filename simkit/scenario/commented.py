"""A scenario as a TOML file in which every key stands with its meaning."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from simkit.scenario.keys import BASE_KEY, Key, scenario_keys
from simkit.scenario.schema import Scenario

HEAD = """\
# A scenario of simkit. A line "# key = value" holds a default: to change it, take away the "# ".
# simkit keys lists all keys; --set physics.production_cut_mm=1 sets one in a command.
"""
WIDTH = 38  # of a key and its value, before the meaning


def commented_scenario(scenario: Scenario, name: str) -> str:
    """Return `scenario`, called `name`, as TOML: its own values, and every other key as a comment."""
    values = scenario.model_dump(mode="json")
    values["scenario"]["name"] = name
    keys = [key for key in scenario_keys() if key is not BASE_KEY]  # it has all of the preset's
    lines = [HEAD]
    for section, variant in dict.fromkeys((key.section, key.variant) for key in keys):
        of_section = [key for key in keys if (key.section, key.variant) == (section, variant)]
        for entry in _entries(values, section, variant):
            lines += [*_table(section, of_section, entry), ""]
    return "\n".join(lines).rstrip() + "\n"


def _entries(values: Any, section: str, variant: str) -> list[Any]:
    """Return the tables of a section that are to be written; None stands for one that is a comment."""
    top, *rest = section.removesuffix("[]").split(".")
    table = values[top]
    if variant and isinstance(table, list):
        tag, _, name = variant.split()
        return [entry for entry in table if json.dumps(entry[tag]) == name]
    if variant and json.dumps(table[variant.split()[0]]) != variant.split()[-1]:
        return []
    for part in rest:
        table = table[part]
    if not section.endswith("[]"):
        return [table]
    return list(table) or [None]


def _table(section: str, keys: list[Key], entry: Any) -> Iterator[str]:
    """Yield the lines of a table; all are comments where the scenario has none."""
    head = f"[[{section[:-2]}]]" if section.endswith("[]") else f"[{section}]"
    yield head if entry is not None else f"# {head}"
    for key in keys:
        value = key.default if entry is None else entry[key.name]
        is_default = entry is None or (value == key.default and not key.required)
        text = f"{'# ' * is_default}{key.name} = {'...' if value is None else _toml(value)}"
        yield f"{text:<{WIDTH}}  # {key.meaning} ({key.allowed})"


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{{', '.join(f'{json.dumps(k)} = {_toml(v)}' for k, v in value.items())}}}"
    return json.dumps(value, ensure_ascii=False)
