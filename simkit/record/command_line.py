"""The command that does it again, for the record of what it did; how its options are written and read."""

from __future__ import annotations

import json
import math
import re
import shlex
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from simkit.errors import BadInput, readable
from simkit.plugins import given_files

_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}


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
    return " ".join(map(_quoted, parts))


def _quoted(word: str) -> str:
    """Return a word as a shell reads it; a file's name that is no text byte by byte."""
    word = word.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")
    if word == readable(word):
        return shlex.quote(word)
    content = word.encode("utf-8", "surrogateescape")
    plain = (chr(b) if 32 <= b < 127 and b not in b"\\'" else f"\\{b:03o}" for b in content)
    return f"$'{''.join(plain)}'"


def duration(seconds: float | None) -> str | None:
    """Return a time as `--budget` takes it."""
    if seconds is None:
        return None
    # No exponent: `--budget` knows none.
    return f"{Decimal(f'{seconds:.12g}'):f}s"


def seconds(given: str | float, option: str = "--budget") -> float:
    """Return the seconds in a number, or in a text such as "90", "90s", "2m" or "1.5h". Errors: BadInput."""
    match = re.fullmatch(r"(\d+\.?\d*|\.\d+)\s*([a-z]*)", str(given).strip())
    if match and match[2] in _UNITS and 0.0 < (value := float(match[1]) * _UNITS[match[2]]) < math.inf:
        return value
    if (
        isinstance(given, (int, float)) and not isinstance(given, bool) and 0.0 < given < math.inf
    ):  # in a notation that no text may have
        return float(given)
    raise BadInput(f"{option}: found {given!r}; write a time greater than 0, such as 90s, 2m or 1h")


def assignments(overrides: Sequence[str] | Mapping[str, Any]) -> list[str]:
    """Return what `--set` takes: "KEY=VALUE" texts of keys that may be given as a mapping."""
    if isinstance(overrides, Mapping):
        return [f"{key}={inline(value)}" for key, value in overrides.items()]
    return list(overrides)


def inline(value: Any) -> str:
    """Return a value as TOML has it in a line."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key} = {inline(each)}' for key, each in value.items())}}}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(inline, value))}]"
    return json.dumps(value)
