"""What a plug-in brings as a section, or with a section of its own: is it such a thing? One line if not."""

from __future__ import annotations

import re
from typing import Any

from simkit.errors import BadInput


def check_section(what: str, section: Any, of: type, said: str = "the plug-in brings") -> None:
    """Raise BadInput where `section` is no class of `of`, or cannot be read; said: in which words it came."""
    if not (isinstance(section, type) and issubclass(section, of)):
        raise BadInput(f"{what}: {said} {section!r:.80}, not a class of {of.__module__}.{of.__name__}")
    if missing := sorted(section.__abstractmethods__):  # type: ignore[attr-defined]
        raise BadInput(f"{what}: {section.__name__} lacks {', '.join(missing)}; define them")
    try:
        section.model_rebuild()  # type: ignore[attr-defined]
    except Exception as error:  # pydantic's, or of an annotation that names nothing
        raise BadInput(f"{what}: an annotation of {section.__name__} cannot be read ({error})") from error


def check_member(what: str, thing: Any, name: str, of: type, table: type, section: type) -> None:
    """Raise BadInput where `thing` is no `of` called `name`, with a section of the class `section`.

    table: the class that gets it under that name as a key.
    """
    if not isinstance(thing, of):
        raise BadInput(f"{what}: the plug-in brings {thing!r:.80}, not a {of.__module__}.{of.__name__}")
    check_section(what, getattr(thing, "section", None), section, "its section is")
    if not re.fullmatch(r"(?!model_)[A-Za-z]\w{0,39}", name, re.ASCII) or hasattr(table, name):
        raise BadInput(f"{what}: its name cannot be a key; take up to 40 letters, digits and _")
    own = getattr(thing, "name", None)
    if own != name:
        raise BadInput(f"{what}: it calls itself {own!r:.80}; give it the name it is brought under")
