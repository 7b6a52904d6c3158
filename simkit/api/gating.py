"""`baseline`: a record held against one stored before."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from simkit.errors import BadInput

if TYPE_CHECKING:
    from simkit.bench.gate import Gated

MAX_SLOWDOWN = 0.1


def stored_record(baseline: Path | None, max_slowdown: float) -> Any:
    """Return the record to hold a new one against, None for none. Errors: BadInput."""
    if not 0.0 <= max_slowdown < 1.0:
        raise BadInput(f"--max-slowdown: found {max_slowdown}; must be at least 0 and below 1, such as 0.1")
    if baseline is None:
        return None
    from simkit.api.load import load

    try:
        return load(baseline).record
    except BadInput as error:
        raise BadInput(f"--baseline: {error}") from None


def hold(record: Gated, stored: Any, max_slowdown: float, baseline: Path | None) -> None:
    """Note in a record how it does against the stored one, where there is one. Errors: BadInput."""
    if stored is not None:
        from simkit.bench.gate import hold_against

        record.gate = hold_against(record, stored, max_slowdown, str(baseline))
