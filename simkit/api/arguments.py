"""What the functions take, as Python users have it: numbers of numpy, paths, one text for a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

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
