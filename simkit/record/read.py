"""Read records: which kinds there are, and in one line what is damaged, of another kind, older or newer."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from simkit.errors import BadInput, shown
from simkit.reading import read_json

Model = TypeVar("Model", bound=BaseModel)

# The schema simkit.NAME is kept in NAME.json; where in this room its model is. Imported when one is read. Of
# several in one folder the first counts: a validation may lie beside others.
KINDS = {
    "campaign": "campaign:Campaign",
    "comparison": "comparison:Comparison",
    "evaluation": "evaluation:Evaluation",
    "side-by-side": "side_by_side:SideBySide",
    "model-table": "model_table:ModelTable",
    "measurement": "measurement:CallComparison",
    "result": "result:Result",
    "scale": "scale:Scale",
    "score": "score:Score",
    "stepper-study": "stepper_study:StepperStudy",
    "validation": "validation:Validation",
}
PLAN = "plan.json"  # of a campaign that is under way


def find_record(place: Path, kinds: Iterable[str], give: str) -> Path:
    """Return a record's file: `place` itself, or the first of `kinds` in that folder. Errors: BadInput."""
    if not place.exists():
        raise BadInput(f"there is no folder or file {str(place)!r}; {give}")
    if not place.is_dir():
        return place
    files = [f"{kind}.json" for kind in kinds]
    for file in files:
        if (place / file).is_file():
            return place / file
    if (place / PLAN).is_file():
        raise BadInput(
            f"{place}: the campaign has measured too little for a record; go on with: "
            f"simkit campaign --resume {place}"
        )
    raise BadInput(f"{place}: holds none of {', '.join(files)}; {give}")


def read_any(path: Path, kinds: Iterable[str], give: str) -> Any:
    """Return the record in a JSON file, which may be any of `kinds`. Errors: as of `read_record`."""
    schemas = {f"simkit.{kind}": KINDS[kind] for kind in kinds}
    data = read_json(path, give)
    found = data.get("schema") if isinstance(data, dict) else None
    place = schemas.get(str(found).partition("/")[0])
    if place is None:
        said = "no schema" if found is None else f"the schema {shown(found)}"
        raise BadInput(f"{path}: has {said}, must be one of {', '.join(schemas)}; {give}")
    module, _, model = place.partition(":")
    return _validated(data, getattr(import_module(f"simkit.record.{module}"), model), path, give)


def read_record(path: Path, model: type[Model], give: str) -> Model:
    """Return the record in a JSON file, of the schema that `model` has as its default.

    give: what to give instead of a file that is missing. Errors: BadInput for a file that cannot be read, is
    damaged or of another kind, and for a schema that is older or newer than this version's.
    """
    return _validated(read_json(path, give), model, path, give)


def _validated(data: Any, model: type[Model], path: Path, give: str) -> Model:
    check_schema(data, str(model.model_fields["schema_"].default), path)
    try:
        return model.model_validate(data)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        key = ".".join(map(str, problem["loc"]))
        raise BadInput(
            f"{path}: damaged, or changed by hand ({key}: {problem['msg'].lower()}); {give}"
        ) from None


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
