"""Which file or option a wrong key came from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from simkit.errors import BadInput
from simkit.scenario.merge import Overlay
from simkit.scenario.schema import Scenario
from simkit.sections import bad_section


def bad_scenario(error: ValidationError, data: dict[str, Any], overlays: Sequence[Overlay]) -> BadInput:
    """Return the one-line error for the first problem in `data`, which `overlays` were merged into."""

    def label(path: Sequence[str | int], missing: bool) -> str:
        if not missing:
            return origin(path, overlays)
        # What is missing is missing in the file, not in an option that sets a key beside it; in an entry of a
        # list, which is given whole, in what gives the entry.
        files = [overlay for overlay in overlays if not overlay.label.startswith("-")]
        if any(isinstance(part, int) for part in path):
            files = [file for file in files if _says(file, path[:-1]) and not _says(file, path)]
        return origin(path, files or overlays)

    return bad_section(error, Scenario, data, label)


def origin(path: Sequence[Any], overlays: Sequence[Overlay]) -> str:
    """Return the label of the uppermost overlay that says something about the longest part of `path`."""
    for length in range(len(path), 0, -1):
        for overlay in reversed(overlays):
            if _says(overlay, path[:length]):
                return overlay.label
    return overlays[-1].label if overlays else "scenario"


def _says(overlay: Overlay, path: Sequence[Any]) -> bool:
    here: Any = overlay.data
    for part in path:
        if not _holds(here, part):
            return False
        here = here[part]
    return True


def _holds(data: Any, part: Any) -> bool:
    if isinstance(data, dict):
        return part in data
    return isinstance(data, (list, tuple)) and isinstance(part, int) and part < len(data)
