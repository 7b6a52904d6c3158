"""The one error that users see: bad input, told in one line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class BadInput(Exception):
    """Something the user gave cannot be used; the message is one line that names it and the mend.

    The command line prints the message alone and exits with code 4.
    """


def unknown(what: str, found: object, allowed: Iterable[str], where: str = "") -> BadInput:
    """Return the error for an unknown name, with the nearest right one.

    `what` is the kind of thing ("material"), `found` what was given, `allowed` the known names and
    `where` the file, key or option it was found in.
    """
    names = sorted(allowed)
    lowered = {name.lower(): name for name in names}  # names that differ in case alone are the nearest
    near = difflib.get_close_matches(str(found).lower(), lowered, n=1, cutoff=0.5)
    place = f"{where}: " if where else ""
    mend = f"did you mean {lowered[near[0]]!r}?" if near else f"known: {', '.join(names)}"
    return BadInput(f"{place}unknown {what} {found!r}; {mend}")
