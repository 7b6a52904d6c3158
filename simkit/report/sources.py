"""Where a report comes from: the record in a folder or file, whichever kind it is."""

from __future__ import annotations

from pathlib import Path

from simkit.bench.programs.side_by_side import SideBySide
from simkit.bench.scale.record import Scale
from simkit.bench.schema import Campaign, Comparison
from simkit.errors import BadInput
from simkit.record import read
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

    Errors: BadInput for a file that cannot be read, is damaged, or is of another kind or version.
    """
    return read.read_record(path, KINDS[read.record_kind(path, KINDS, MEND)], MEND)
