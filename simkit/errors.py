"""The one error that users see: bad input, told in one line."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

LONGEST_VALUE = 100  # characters of a value in a message
LONGEST_WORD = 300  # of a word, such as a path
LONGEST_LINE = 1000


class BadInput(Exception):
    """Something the user gave cannot be used; the message is one line that names it and the mend.

    The command line prints the message alone and exits with code 4. Whatever was given, the line is short and
    can be printed.
    """

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


def one_line(message: str) -> str:
    """Return a message as a line for a terminal: no control characters; what is too long is cut."""
    # As `repr` spells the bytes of a file's name that Python could not read as text.
    message = readable(re.sub(r"\\u(dc[89a-f][0-9a-f])", lambda found: chr(int(found[1], 16)), message))
    if len(message) > LONGEST_WORD:
        message = _cut(" ".join(_cut(word, LONGEST_WORD) for word in message.split(" ")), LONGEST_LINE)
    return printable(message)


def printable(text: str, keep: str = "") -> str:
    """Return a text without characters that command a terminal or turn a line round; keep: those to leave."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in keep else " " if c.isspace() else _escaped(c) for c in text)


def readable(name: str) -> str:
    """Return the name of a file as text for records: bytes of it that are no UTF-8 are spelled as \\xfc.

    Where the locale knows ASCII only, Python reads any other name as bytes; UTF-8 is what they are.
    """
    for errors in ("strict", "surrogateescape"):
        try:
            return name.encode("utf-8", errors).decode("utf-8", "backslashreplace")
        except UnicodeEncodeError:
            pass
    return name.encode("utf-8", "backslashreplace").decode()


def shown(value: object) -> str:
    """Return a value that a user gave for a message: as it is written in Python, cut where it is long."""
    return _cut(repr(value), LONGEST_VALUE)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: 2 * most // 3]}...{text[-(most // 3) + 3 :]}"


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


class Interrupted(BadInput):
    """A Ctrl-C; the message says what is kept, and how to go on. The command line exits with code 130."""


def unknown(what: str, found: object, allowed: Iterable[str], where: str = "") -> BadInput:
    """Return the error for an unknown name, with the nearest right one.

    `what` is the kind of thing ("material"), `found` what was given, `allowed` the known names and
    `where` the file, key or option it was found in.
    """
    names = sorted(allowed)
    lowered = {name.lower(): name for name in names}  # names that differ in case alone are the nearest
    text = str(found)[:LONGEST_VALUE].lower()
    near = difflib.get_close_matches(text, lowered, n=1, cutoff=0.5)
    place = f"{where}: " if where else ""
    mend = f"did you mean {lowered[near[0]]!r}?" if near else f"known: {', '.join(names)}"
    return BadInput(f"{place}unknown {what} {shown(found)}; {mend}")
