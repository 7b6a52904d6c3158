"""The command that does it again, for the record of what it did."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from simkit.plugins import given_files


def command_line(command: str, words: Sequence[str], **options: Any) -> str:
    """Return a command of this program as it can be typed.

    options: True stands for a flag, a sequence for an option said several times; what is None, False or
    empty is left out.
    """
    parts = ["simkit", command, *words]
    for name, value in {**options, "plugin": given_files()}.items():
        option = f"--{name.strip('_').replace('_', '-')}"
        if value is None or value is False or value in ("", (), []):
            continue
        if value is True:
            parts.append(option)
            continue
        for one in value if isinstance(value, (list, tuple)) else [value]:
            parts += [option, f"{one:.12g}" if isinstance(one, float) else str(one)]
    return shlex.join(parts)


def duration(seconds: float | None) -> str | None:
    """Return a time as `--budget` takes it."""
    if seconds is None:
        return None
    # No exponent: `--budget` knows none.
    return f"{Decimal(f'{seconds:.12g}'):f}s"
