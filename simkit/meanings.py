"""What the keys of a section mean: the strings that stand below them in its source."""

from __future__ import annotations

import ast
import inspect
from contextlib import suppress
from functools import cache
from itertools import pairwise
from textwrap import dedent
from typing import Any


@cache
def _own_meanings(of: type) -> dict[str, str]:
    body: list[ast.stmt] = []
    with suppress(OSError, TypeError, SyntaxError):  # built in, made while running, or typed in
        (table,) = ast.parse(dedent(inspect.getsource(of))).body
        body = getattr(table, "body", [])
    found = {}
    for key, text in pairwise(body):
        match key, text:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(said))):
                found[name] = inspect.cleandoc(said)
    return found


def with_meanings(of: type, found: Any, handler: Any) -> Any:
    """Describe the keys in what pydantic's `handler` found for a model, its JSON Schema, and return that."""
    keys = handler.resolve_ref_schema(found)["properties"]
    for kind in of.__mro__:
        for name, meaning in _own_meanings(kind).items():
            if name in keys:
                keys[name].setdefault("description", meaning)
    return found
