"""How files that users give are read: up to a size, as text, TOML or JSON; what is wrong is one line."""

from __future__ import annotations

import json
import math
import os
import re
import tomllib
from pathlib import Path
from typing import Any

from simkit.errors import BadInput

MOST_MB = 256
MOST_TOML_MB = 4
DEEPEST = 100  # tables and lists within each other
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
# Keys of so many parts take the parser a time that grows with their square.
DEEP_KEY = re.compile(rf"""(?<![\w-])(?:["']?[\w-]++["']?\s*+\.\s*+){{{DEEPEST}}}""")


def read_text(path: Path, mend: str, most_MB: int = MOST_MB) -> str:
    """Return the text of a file, without the mark that some editors put at the beginning (BOM).

    `mend` ends the message of what is wrong. Errors: BadInput for a file that cannot be read, is larger than
    `most_MB` or is not UTF-8.
    """
    most = most_MB * 1_000_000
    try:
        with open(path, "rb") as file:
            start = file.read(4096)
            if start.startswith(UTF_16):
                raise BadInput(f"{path}: is UTF-16 text; save it as UTF-8")
            if b"\0" in start:
                raise BadInput(f"{path}: is not text, it holds NUL bytes; {mend}")
            large = os.fstat(file.fileno()).st_size > most
            content = b"" if large else start + file.read(most + 1 - len(start))
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror}); {mend}") from None
    if large or len(content) > most:
        raise BadInput(f"{path}: is larger than {most_MB} MB; {mend}")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: byte {error.start} is not UTF-8 text; {mend}") from None


def read_toml(path: Path, mend: str) -> dict[str, Any]:
    """Return the tables of a TOML file. Errors: BadInput."""
    return parse_toml(read_text(path, mend, MOST_TOML_MB), str(path))


def parse_toml(text: str, where: str) -> dict[str, Any]:
    """Return the tables in a TOML text, which errors call `where`. Errors: BadInput."""
    if DEEP_KEY.search(text):
        raise BadInput(f"{where}: holds a key of more than {DEEPEST} parts; make it shorter")
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{where}: not valid TOML: {_reason(error)}") from None
    check_size(data, where)
    return data


def read_json(path: Path, mend: str) -> Any:
    """Return what a JSON file holds. Errors: BadInput."""
    text = read_text(path, mend)
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path}: damaged or not complete JSON ({_reason(error)}); {mend}") from None
    check_size(data, str(path), finite=True)
    return data


def check_size(data: Any, where: str, finite: bool = False) -> None:
    """Raise BadInput for values nested too deep to work with, and for whole numbers beyond 64 bits.

    finite: also for infinity and what is no number, which JSON has not.
    """
    level: list[Any] = [[data]]
    for _ in range(DEEPEST):
        inner: list[Any] = []
        for holder in level:
            for key, value in holder.items() if isinstance(holder, dict) else enumerate(holder):
                if isinstance(value, (dict, list)):
                    inner.append(value)
                elif isinstance(value, int) and abs(value) >= 2**64:
                    raise BadInput(f"{where}: holds a whole number beyond 64 bits; correct it")
                elif finite and isinstance(value, float) and not math.isfinite(value):
                    raise BadInput(f"{where}: {key}: found {value}, which is no number of JSON; correct it")
        if not inner:
            return
        level = inner
    raise BadInput(f"{where}: holds tables or lists nested deeper than {DEEPEST}; make them flatter")


def _reason(error: ValueError | RecursionError) -> str:
    if isinstance(error, RecursionError):
        return "brackets nested too deep"
    return " ".join(str(error).partition("; use sys.")[0].split())
