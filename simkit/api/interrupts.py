"""Ctrl-C from Python: a KeyboardInterrupt, that no `except BadInput` of a loop over scenarios swallows."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from simkit.errors import Interrupted

P = ParamSpec("P")
R = TypeVar("R")


def interruptible(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function; the line that the command line would print is the KeyboardInterrupt's message."""

    @wraps(function)
    def call(*args: P.args, **options: P.kwargs) -> R:
        try:
            return function(*args, **options)
        except Interrupted as error:
            raise KeyboardInterrupt(str(error)) from None

    return call
