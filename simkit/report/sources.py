"""Where a report comes from: the record in a folder or file, whichever kind it is."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from simkit.bench.programs.side_by_side import SideBySide
from simkit.bench.scale.record import Scale
from simkit.bench.schema import Campaign, Comparison
from simkit.errors import BadInput, shown
from simkit.reading import read_json
from simkit.record.result import Result
from simkit.validation.schema import Validation

Record = Campaign | Comparison | SideBySide | Result | Scale | Validation
VALIDATION = "validation.json"
FILES = ("campaign.json", "comparison.json", "side-by-side.json", "result.json", "scale.json", VALIDATION)
PLAN = "plan.json"  # of a campaign that is under way
KINDS: dict[str, type[Record]] = {
    "simkit.campaign": Campaign,
    "simkit.comparison": Comparison,
    "simkit.side-by-side": SideBySide,
    "simkit.result": Result,
    "simkit.scale": Scale,
    "simkit.validation": Validation,
}
MEND = "give the folder of a campaign, a comparison, a run or a validation"


def find_record(source: Path) -> Path:
    """Return the record's file: `source` itself, or the one in that folder. Errors: BadInput."""
    if not source.exists():
        raise BadInput(f"there is no folder {str(source)!r}; {MEND}")
    if not source.is_dir():
        return source
    for name in FILES:
        if (source / name).is_file():
            return source / name
    if (source / PLAN).is_file():
        raise BadInput(
            f"{str(source)!r}: the campaign has measured too little for a report; go on with: "
            f"simkit campaign --resume {source}"
        )
    raise BadInput(f"{str(source)!r}: holds none of {', '.join(FILES)}; {MEND}")


def read_record(path: Path) -> Record:
    """Return the record in a JSON file.

    Errors: BadInput for a file that cannot be read, is no JSON, is of another schema or version, or lacks
    something.
    """
    content = read_json(path, "make the record again")
    schema = str(content.get("schema", "")) if isinstance(content, dict) else ""
    kind, _, _ = schema.partition("/")
    if kind not in KINDS:
        found = f"found schema {shown(schema)}" if schema else "found no schema"
        raise BadInput(f"{path}: {found}, must be one of {', '.join(KINDS)}; {MEND}")
    record = KINDS[kind]
    current = record.model_fields["schema_"].default
    if schema != current:
        raise BadInput(
            f"{path}: found schema {shown(schema)}, this version reads {current!r}; make the record again"
        )
    try:
        return record.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadInput(f"{path}: {where}: {first['msg']}; make the record again") from None
