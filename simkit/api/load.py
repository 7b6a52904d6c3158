"""Read what was kept, whichever kind it is, into the object that the call gave."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from simkit.api.shown import Kept
from simkit.errors import BadInput


class Kind(NamedTuple):
    """A kind of record: its file in a folder, and where its model and its result are ("module:name")."""

    file: str
    model: str
    result: str


# By the name of the schema. Of several in one folder the first counts: a validation may lie beside others.
KINDS = {
    "simkit.campaign": Kind(
        "campaign.json", "simkit.bench.schema:Campaign", "simkit.api.comparisons:CampaignResult"
    ),
    "simkit.comparison": Kind(
        "comparison.json", "simkit.bench.schema:Comparison", "simkit.api.comparisons:ComparisonResult"
    ),
    "simkit.side-by-side": Kind(
        "side-by-side.json",
        "simkit.bench.programs.side_by_side:SideBySide",
        "simkit.api.comparisons:SideBySideResult",
    ),
    "simkit.measurement": Kind(
        "measurement.json",
        "simkit.bench.callables.record:CallComparison",
        "simkit.api.comparisons:MeasureResult",
    ),
    "simkit.result": Kind("result.json", "simkit.record.result:Result", "simkit.api.results:RunResult"),
    "simkit.scale": Kind("scale.json", "simkit.bench.scale.record:Scale", "simkit.api.machines:ScaleResult"),
    "simkit.score": Kind("score.json", "simkit.bench.schema:Score", "simkit.api.machines:ScoreResult"),
    "simkit.validation": Kind(
        "validation.json", "simkit.validation.schema:Validation", "simkit.api.results:ValidationResult"
    ),
}
MEND = "give the folder or the JSON file of a record"


def load(path: str | Path) -> Kept:
    """Return the result that was kept in a folder or a file, as the call that made it returned it.

    Errors: BadInput for what is missing, damaged, of another kind, or of another version of its schema.
    """
    from simkit.record.read import read_record, record_kind

    file = find_record(Path(path))
    kind = KINDS[record_kind(file, KINDS, MEND)]
    record = read_record(file, _named(kind.model), MEND)
    return _named(kind.result)(record, file.parent if file.name == kind.file else None)


def find_record(path: Path) -> Path:
    """Return the file itself, or the one in a folder. Errors: BadInput."""
    if not path.is_dir():
        return path
    for kind in KINDS.values():
        if (path / kind.file).is_file():
            return path / kind.file
    raise BadInput(f"{path}: holds none of {', '.join(kind.file for kind in KINDS.values())}; {MEND}")


def _named(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)
