"""The records that have a page."""

from __future__ import annotations

from pathlib import Path

from simkit.record.campaign import Campaign
from simkit.record.comparison import Comparison
from simkit.record.evaluation import Evaluation
from simkit.record.model_table import ModelTable
from simkit.record.read import find_record
from simkit.record.result import Result
from simkit.record.scale import Scale
from simkit.record.side_by_side import SideBySide
from simkit.record.stepper_study import StepperStudy
from simkit.record.validation import Validation

Paged = (
    Campaign | Comparison | Evaluation | ModelTable | SideBySide | Result | Scale | StepperStudy | Validation
)
KINDS = (
    *("campaign", "comparison", "evaluation", "model-table", "side-by-side"),
    *("result", "scale", "stepper-study", "validation"),
)
MEND = "give the folder of a campaign, a comparison, a run or a validation"


def find_paged(source: Path) -> Path:
    """Return the file of a record that has a page: `source` itself, or in that folder. Errors: BadInput."""
    return find_record(source, KINDS, MEND)
