"""Names in the order of their numbers: what a kernel counts under a number, a record shows under a name."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any, overload


class Registry(Sequence[str]):
    """A growing sequence of names. A name keeps its number, and belongs to the module that added it.

    Other packages add to it when they are imported, so that code asks for its length when it needs it.
    reserved: names that stand beside these in records and mean something else.
    """

    def __init__(self, *reserved: str) -> None:
        self._names: list[str] = []
        self.about: dict[str, Any] = {}
        self._owners = dict.fromkeys(reserved, "records")

    def add(self, name: str, about: Any = "") -> int:
        """Return the number of `name`, a new one if it has none yet; `about` is kept beside it.

        Errors: ValueError where the name stands for something else, or is another module's, already.
        """
        module = sys._getframe(1).f_globals.get("__name__", "")
        owner = self._owners.setdefault(name, module)
        if owner != module:
            raise ValueError(
                f"{name!r} is a name of {owner}; take its number from there, or choose another name"
            )
        if name not in self.about:
            self._names.append(name)
            self.about[name] = about
        elif self.about[name] != about:
            raise ValueError(f"{name!r} is taken by {self.about[name]!r}; choose another name for {about!r}")
        return self._names.index(name)

    def __len__(self) -> int:
        return len(self._names)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        """Return the name of a number, or a list of them."""
        return self._names[place]
