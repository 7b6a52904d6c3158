"""What does not compile in a plug-in, in one line instead of numba's hundreds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from numba.core.errors import NumbaError, UnsupportedBytecodeError

from simkit.errors import BadInput
from simkit.imports import with_imported
from simkit.plugins import loaded, plugin_sources

_FILE = re.compile(r'(?:File "|\b(?:at|from) )(?P<file>[^"\n]+?)(?:", line | \()(?P<line>\d+)')
_BEGIN = re.compile(
    r" *(?:\w+Error: )?Failed in \w+ mode pipeline.*| *(?:Typing|Lowering|Unsupported\w*)Error: "
)
_END = re.compile(r' *(?:$|File "|During: |[Rr]aised from |Return of: )')
_RETURN = "Return of: "
_OUT_AGAIN = re.compile(r"During: |[Rr]aised from ")
_COLOUR = re.compile("\x1b\\[[0-9;]*m")
LONGEST_MESSAGE = 300


@contextmanager
def blamed_on_plugins() -> Iterator[None]:
    """Turn what does not compile with the plug-ins in use into BadInput, with the line if it is known."""
    try:
        yield
    except (NumbaError, UnsupportedBytecodeError) as error:
        if not (used := loaded()):
            raise
        text = _COLOUR.sub("", str(error))
        place = _place_of_plugin(text)
        who = place or "the plug-ins in use (" + ", ".join(f"{a} of {b}" for a, b in used.items()) + ")"
        does = "does not compile" if place else "do not compile"
        raise BadInput(
            f"{who}: {does}: {_innermost(text, place)}; correct {'it' if place else 'them'}"
        ) from error


def _place_of_plugin(text: str) -> str:
    """Return the innermost place in a plug-in's file, "" where there is none.

    Numba's text goes from the outermost kernel to the innermost, whose message stands before its place, and
    out again. Of several returns that do not fit to each other the last line is taken: they are listed in an
    order that changes from process to process.
    """
    files = set(with_imported(plugin_sources()))
    found: re.Match[str] | None = None
    for place in _FILE.finditer(text):
        if found and _OUT_AGAIN.search(text, found.end(), place.end()):
            break
        if Path(place["file"]).resolve() not in files:
            continue
        of_a_return = found and _RETURN in text[: found.start()] and place["file"] == found["file"]
        if not found or not of_a_return or int(place["line"]) > int(found["line"]):
            found = place
    return f"plug-in {found['file']}, line {found['line']}" if found else ""


def _innermost(text: str, place: str) -> str:
    """Return the innermost message, which stands before the first way out."""
    out = _OUT_AGAIN.search(text)
    inwards = text[: out.start()] if out else text
    begins = [*_BEGIN.finditer(inwards)]
    message: list[str] = []
    for line in inwards[begins[-1].end() if begins else 0 :].splitlines():
        if message and _END.match(line):
            break
        message += line.split()
    said = " ".join(message)
    said = said if len(said) <= LONGEST_MESSAGE else f"{said[:LONGEST_MESSAGE]}..."
    last = [*_FILE.finditer(inwards)]
    return said if place or not last else f"{said} ({last[-1]['file']}, line {last[-1]['line']})"
