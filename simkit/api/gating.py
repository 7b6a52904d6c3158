"""`baseline`: a record held against one stored before."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from simkit.errors import BadInput

if TYPE_CHECKING:
    from simkit.api.shown import Kept

MAX_SLOWDOWN = 0.1


def stored_record(baseline: Path | None, max_slowdown: float, file: str) -> Any:
    """Return the record to hold a new one against, None for none; `file` is what its kind is called.

    Errors: BadInput, before anything is measured.
    """
    if not 0.0 <= max_slowdown < 1.0:
        raise BadInput(f"--max-slowdown: found {max_slowdown}; must be at least 0 and below 1, such as 0.1")
    if baseline is None:
        return None
    from simkit.api.load import load

    try:
        found = load(baseline)
    except BadInput as error:
        raise BadInput(f"--baseline: {error}") from None
    holds = found.FILE
    if holds != file:
        raise BadInput(f"--baseline: {baseline}: holds a {holds}, must hold a {file}; give one of these")
    return found.record


def hold(result: Kept, stored: Any, max_slowdown: float, baseline: Path | None) -> None:
    """Note in a record, and where it is kept, how it does against the stored one, where there is one.

    Errors: BadInput for a record of something else; the new one is kept by then, to be stored in its place.
    """
    if stored is None:
        return
    from simkit.bench.gate import hold_against
    from simkit.writing import write_text

    try:
        result.record.gate = hold_against(result.record, stored, max_slowdown, str(baseline))
    except BadInput as error:
        kept = "" if result.folder is None else f"; this one is kept in {result.folder}"
        raise BadInput(f"{error}{kept}") from None
    if result.place is not None:
        write_text(result.place, result.to_json() + "\n")
