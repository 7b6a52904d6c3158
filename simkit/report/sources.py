"""Where a report comes from: the record in a folder or file, whichever kind it is."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError

from simkit.bench.programs.side_by_side import SideBySide
from simkit.bench.schema import Campaign, Comparison
from simkit.errors import BadInput
from simkit.record.result import Result
from simkit.validation.schema import Validation

Record = Campaign | Comparison | SideBySide | Result | Validation
VALIDATION = "validation.json"
FILES = ("campaign.json", "comparison.json", "side-by-side.json", "result.json", VALIDATION)
PLAN = "plan.json"  # of a campaign that is under way
KINDS: dict[str, type[Record]] = {
    "simkit.campaign": Campaign,
    "simkit.comparison": Comparison,
    "simkit.side-by-side": SideBySide,
    "simkit.result": Result,
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
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text)
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror}); {MEND}") from None
    except ValueError as error:
        raise BadInput(f"{path}: no complete JSON ({error}); make the record again") from None
    schema = str(content.get("schema", "")) if isinstance(content, dict) else ""
    kind, _, _ = schema.partition("/")
    if kind not in KINDS:
        found = f"found schema {schema!r}" if schema else "found no schema"
        raise BadInput(f"{path}: {found}, must be one of {', '.join(KINDS)}; {MEND}")
    record = KINDS[kind]
    current = record.model_fields["schema_"].default
    if schema != current:
        raise BadInput(
            f"{path}: found schema {schema!r}, this version reads {current!r}; make the record again"
        )
    try:
        return record.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadInput(f"{path}: {where}: {first['msg']}; make the record again") from None
