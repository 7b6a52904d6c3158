"""Read a record of a schema: what is damaged, older or newer is told apart, in one line."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from simkit.errors import BadInput, shown
from simkit.reading import read_json

Model = TypeVar("Model", bound=BaseModel)


def read_record(path: Path, model: type[Model], give: str) -> Model:
    """Return the record in a JSON file, of the schema that `model` has as its default.

    give: what to give instead of a file that is missing. Errors: BadInput for a file that cannot be read, is
    damaged or of another kind, and for a schema that is older or newer than this version's.
    """
    data = read_json(path, give)
    check_schema(data, str(model.model_fields["schema_"].default), path)
    try:
        return model.model_validate(data)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        key = ".".join(map(str, problem["loc"]))
        raise BadInput(
            f"{path}: damaged, or changed by hand ({key}: {problem['msg'].lower()}); {give}"
        ) from None


def record_kind(path: Path, kinds: Iterable[str], give: str) -> str:
    """Return which of `kinds` ("simkit.result") the record in a JSON file says it is. Errors: BadInput."""
    data = read_json(path, give)
    found = data.get("schema") if isinstance(data, dict) else None
    kind = str(found).partition("/")[0]
    if kind not in kinds:
        said = "no schema" if found is None else f"the schema {shown(found)}"
        raise BadInput(f"{path}: has {said}, must be one of {', '.join(kinds)}; {give}")
    return kind


def check_schema(data: Any, expected: str, path: Path) -> None:
    """Raise BadInput unless `data` says that it is of the schema `expected` ("name/number")."""
    found = data.get("schema") if isinstance(data, dict) else None
    if found == expected:
        return
    name, _, number = expected.partition("/")
    found_name, _, found_number = str(found).partition("/")
    if found_name != name or not found_number.isdecimal():
        said = "no schema" if found is None else f"the schema {shown(found)}"
        raise BadInput(f"{path}: has {said}, {expected!r} was expected; give a file of that kind")
    if int(found_number) < int(number):
        raise BadInput(
            f"{path}: has the older schema {found!r}, this version reads {expected!r} only; run it again, or "
            "read it with the simkit that wrote it"
        )
    raise BadInput(
        f"{path}: has the schema {found!r}, newer than {expected!r} of this version; update simkit"
    )
