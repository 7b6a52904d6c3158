"""Which file or option a wrong key came from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from simkit.errors import BadInput
from simkit.scenario.merge import Layer
from simkit.scenario.schema import Scenario
from simkit.sections import bad_section


def bad_scenario(error: ValidationError, data: dict[str, Any], layers: Sequence[Layer]) -> BadInput:
    """Return the one-line error for the first problem in `data`, which `layers` were merged into."""

    def label(path: Sequence[str | int], missing: bool) -> str:
        # What is missing is missing in the file, not in an option that sets a key beside it.
        files = [layer for layer in layers if not layer.label.startswith("-")]
        return origin(path, (files or layers) if missing else layers)

    return bad_section(error, Scenario, data, label)


def origin(path: Sequence[Any], layers: Sequence[Layer]) -> str:
    """Return the label of the uppermost layer that says something about the longest part of `path`."""
    for length in range(len(path), 0, -1):
        for layer in reversed(layers):
            here: Any = layer.data
            for part in path[:length]:
                if not _holds(here, part):
                    break
                here = here[part]
            else:
                return layer.label
    return layers[-1].label if layers else "scenario"


def _holds(data: Any, part: Any) -> bool:
    if isinstance(data, dict):
        return part in data
    return isinstance(data, (list, tuple)) and isinstance(part, int) and part < len(data)
