"""A callable of the user's: what it takes, and what cannot be timed by calling it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from itertools import repeat
from typing import Any, NamedTuple

from simkit.errors import BadInput

SEEDED = "seed"
LAZY = (
    (inspect.iscoroutine, "a coroutine, which runs only when it is awaited", "lambda: asyncio.run({}())"),
    (
        inspect.isasyncgen,
        "an asynchronous generator, which runs only when it is read",
        "a function that reads it",
    ),
    (inspect.isgenerator, "a generator, which runs only when it is read", "lambda: list({}())"),
    (inspect.isawaitable, "something to await, which is not waited for", "a function that waits for it"),
)


class Callee(NamedTuple):
    """A callable under its name; `seeded`: it takes `seed`, and gets another number in each call."""

    name: str
    function: Callable[..., Any]
    seeded: bool

    def call(self, seeds: range) -> Any:
        """Call it once a seed; return what the first call returned.

        What it raises is the user's own: it goes on as it is, with a note that says which side it was.
        """
        function = self.function
        try:
            if self.seeded:
                first = function(seed=seeds[0])
                for seed in seeds[1:]:
                    function(seed=seed)
            else:
                first = function()
                for _ in repeat(None, len(seeds) - 1):
                    function()
        except Exception as error:
            error.add_note(f"simkit.measure: raised by {self.name}" + self._given(seeds))
            raise
        return first

    def _given(self, seeds: range) -> str:
        return f", in a call with a seed from {seeds[0]} to {seeds[-1]}" if self.seeded else ""

    def check(self, returned: Any) -> None:
        """Raise BadInput where what a call returned shows that it did not do the work."""
        for is_lazy, what, instead in LAZY:
            if is_lazy(returned):
                if hasattr(returned, "close"):
                    returned.close()  # nobody will await it
                raise BadInput(f"{self.name}: returns {what}; give {instead.format(self.name)}")


def make_callees(old: Callable[..., Any], new: Callable[..., Any]) -> tuple[Callee, Callee]:
    """Return both callables under names that differ. Errors: BadInput for what cannot be called alone."""
    sides = ("old", "new")
    names = [getattr(one, "__name__", type(one).__name__) for one in (old, new)]
    names = [side if name == "<lambda>" else name for side, name in zip(sides, names)]
    if names[0] == names[1]:
        names = [f"{side} ({name})" for side, name in zip(sides, names)]
    return _callee(names[0], old), _callee(names[1], new)


def _callee(name: str, function: Callable[..., Any]) -> Callee:
    if not callable(function):
        raise BadInput(f"{name}: found {function!r}, which cannot be called; give a function")
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):  # some built-ins have none
        return Callee(name, function, False)
    missing = [
        p.name
        for p in parameters.values()
        if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD) and p.name != SEEDED
    ]
    if missing:
        raise BadInput(
            f"{name}: takes the arguments {', '.join(missing)}; give a callable without arguments (but "
            f"{SEEDED}), such as lambda: {getattr(function, '__name__', 'f')}(...)"
        )
    seed = parameters.get(SEEDED)
    if seed is not None and seed.kind is seed.POSITIONAL_ONLY:
        raise BadInput(f"{name}: takes {SEEDED} by position only; let it be given by name")
    return Callee(name, function, seed is not None)
