"""What pydantic finds wrong in a scenario, told in one line: where, which key, found, allowed."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from simkit.errors import BadInput, shown, unknown
from simkit.scenario.merge import KIND_KEYS, Layer
from simkit.scenario.schema import Scenario

WORDS = {
    "float_type": "must be a number",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "string_type": "must be text",
    "tuple_type": "must be a list",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
    "finite_number": "must be a finite number, not NaN or infinity",
    "missing": "is missing, but required",
}


def bad_scenario(error: ValidationError, layers: Sequence[Layer]) -> BadInput:
    """Return the one-line error for the first problem; `layers` tell which file or option it came from."""
    problems = error.errors(include_url=False)
    # An unknown key is often the cause of a missing one, so it comes first.
    first = min(problems, key=lambda p: p["type"] != "extra_forbidden")
    path = [part for i, part in enumerate(first["loc"]) if not _is_tag(first["loc"], i)]
    key = ".".join(str(part) for part in path)
    kind, found = first["type"], _plain(first["input"])
    # What is missing is missing in the file, not in an option that sets a key beside it.
    if kind in ("missing", "union_tag_not_found"):
        layers = [layer for layer in layers if not layer.label.startswith("-")] or layers
    where = origin(path, layers)
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    if kind == "extra_forbidden":
        parent = ".".join(str(part) for part in path[:-1])
        place = f"{where}: [{parent}]" if parent else where
        return BadInput(str(unknown("key", str(path[-1]), _known_keys(first["loc"]), place)) + more)
    if kind in ("literal_error", "union_tag_invalid"):
        context = first.get("ctx", {})
        text = context.get("expected") or context.get("expected_tags", "")
        allowed = [part.strip(" '") for part in text.replace(" or ", ", ").split(",")]
        if kind == "union_tag_invalid":
            key, found = f"{key}.{KIND_KEYS[key]}", context["tag"]
        text = str(unknown("value", found, allowed, f"{where}: {key}"))
        # The nearest name is a guess; of these few, all fit in the line.
        choices = f" (allowed: {', '.join(allowed)})" if "did you mean" in text else ""
        return BadInput(text + choices + more)
    if kind == "union_tag_not_found":
        return BadInput(f"{where}: [{key}] needs the key {KIND_KEYS[key]!r}{more}")
    if kind == "missing":
        return BadInput(f"{where}: {key} is missing, but required{more}")
    message = WORDS.get(kind) or _words(first["msg"])
    return BadInput(f"{where}: {key}: found {shown(found)}; {message}{more}")


def _is_tag(path: Sequence[Any], i: int) -> bool:
    """Say whether part `i` is pydantic's name of a variant, which does not stand in the file."""
    return i == 1 and path[0] in KIND_KEYS and path[1] in ("gun", "hepmc3", "slab_stack", "atlas_like")


def origin(path: Sequence[Any], layers: Sequence[Layer]) -> str:
    """Return the label of the uppermost layer that says something about the longest part of `path`."""
    for length in range(len(path), 0, -1):
        for layer in reversed(layers):
            here: Any = layer.data
            for part in path[:length]:
                if not _holds(here, part):
                    break
                here = here[part]
            else:
                return layer.label
    return layers[-1].label if layers else "scenario"


def _holds(data: Any, part: Any) -> bool:
    if isinstance(data, dict):
        return part in data
    return isinstance(data, (list, tuple)) and isinstance(part, int) and part < len(data)


def _known_keys(path: Sequence[Any]) -> list[str]:
    """Return the keys allowed where the last part of `path` was found."""
    model: Any = Scenario
    for part in path[:-1]:
        if isinstance(part, int):
            continue
        models = _models(model)
        named = [m for m in models if part in m.model_fields]
        if named:
            model = named[0].model_fields[part].annotation
        else:  # the name of a variant
            model = next(
                (
                    m
                    for m in models
                    if any(part in typing.get_args(f.annotation) for f in m.model_fields.values())
                ),
                model,
            )
    return [name for m in _models(model) for name in m.model_fields]


def _models(annotation: Any) -> list[type[BaseModel]]:
    """Return the models in an annotation such as `tuple[Slab, ...]` or `Gun | HepMC3File`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if typing.get_origin(annotation) in (typing.Union, types.UnionType, tuple, typing.Annotated):
        return [model for part in typing.get_args(annotation) for model in _models(part)]
    return []


def _words(message: str) -> str:
    """Return pydantic's words as the end of our line; a small number is written as people do."""
    message = re.sub(r"\b0\.0000\d+", lambda number: f"{float(number[0]):g}", message)
    if message.startswith("Input should "):
        return "must " + message.removeprefix("Input should ")
    return message.removeprefix("Value error, ")


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    if isinstance(value, BaseModel):
        return value.model_dump(exclude_none=True)
    return value
