"""Read what was kept, whichever kind it is, into the object that the call gave."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from simkit.api.shown import Kept

# By the kind of record, see simkit.record.read.
RESULTS = {
    "campaign": "simkit.api.comparisons:CampaignResult",
    "comparison": "simkit.api.comparisons:ComparisonResult",
    "evaluation": "simkit.api.fastsim.results:EvaluationResult",
    "side-by-side": "simkit.api.comparisons:SideBySideResult",
    "model-table": "simkit.api.fastsim.results:ModelTableResult",
    "measurement": "simkit.api.comparisons:MeasureResult",
    "result": "simkit.api.results:RunResult",
    "scale": "simkit.api.machines:ScaleResult",
    "score": "simkit.api.machines:ScoreResult",
    "stepper-study": "simkit.api.machines:StepperStudyResult",
    "validation": "simkit.api.results:ValidationResult",
}
MEND = "give the folder or the JSON file of a record"


def load(path: str | Path) -> Kept:
    """Return the result that was kept in a folder or a file, as the call that made it returned it.

    Errors: BadInput for what is missing, damaged, of another kind, or of another version of its schema.
    """
    from simkit.record.read import find_record, read_any

    file = find_record(Path(path), RESULTS, MEND)
    record = read_any(file, RESULTS, MEND)
    kind = record.schema_.partition("/")[0].removeprefix("simkit.")
    module, _, name = RESULTS[kind].partition(":")
    result = getattr(import_module(module), name)
    return result(record, file.parent if file.name == result.FILE else None)
