"""What the functions take, as Python users have it: numbers of numpy, paths, one text for a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from simkit.record.command_line import inline

Settings = Mapping[str, Any] | Sequence[str] | str
"""Keys of a scenario: {"physics.production_cut_mm": 1.0}, or texts as `--set` takes them."""


def texts(given: Sequence[str] | str | None) -> tuple[str, ...]:
    """Return names that may be given as one text."""
    return (given,) if isinstance(given, str) else tuple(given or ())


def builtin(value: Any) -> Any:
    """Return a number of numpy's as one of Python's, which records and scenarios hold."""
    return value.item() if hasattr(value, "item") and getattr(value, "ndim", 0) == 0 else value


def settings_of(given: Settings | None) -> Mapping[str, Any] | Sequence[str]:
    if isinstance(given, Mapping):
        return {key: builtin(value) for key, value in given.items()}
    return texts(given)


def path_of(given: str | Path | None) -> Path | None:
    return None if given is None else Path(given)


Rules = Mapping[str, Any] | Sequence[Mapping[str, Any]]
"""Tables of `[[fastsim]]`; `model` may be an object of Python's, a generator."""


def with_rules(
    settings: Mapping[str, Any] | Sequence[str], rules: Rules
) -> Mapping[str, Any] | Sequence[str]:
    """Return the settings with rules of fast simulation besides. Errors: BadInput of what is no generator."""
    if not rules:
        return settings
    from simkit.fastsim.models.on_host import name_generator

    tables = []
    for rule in [rules] if isinstance(rules, Mapping) else rules:
        table = {key: builtin(value) for key, value in rule.items()}
        if not isinstance(model := table.get("model", ""), str):
            table |= {"model": "generator", "name": name_generator(model)}
        tables.append(table)
    if isinstance(settings, Mapping):
        return {**settings, "fastsim": tables}
    return [*settings, f"fastsim={inline(tables)}"]
