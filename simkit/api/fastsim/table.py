"""`simkit fastsim table`: all models of one detector; see simkit.bench.evaluation.model_rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from simkit.api.arguments import path_of
from simkit.api.keeping import held, place
from simkit.errors import BadInput
from simkit.record.command_line import command_line

if TYPE_CHECKING:
    from simkit.api.fastsim.results import ModelTableResult


def table(*models: str | Path, out: str | Path | None = None) -> ModelTableResult:
    """Return the table of the models in these folders, with truth against truth and published models.

    models: folders, one a model, each with the record of `evaluate` (`evaluation.json`, there or in
    `evaluation/`), that of `time` (`generation.json`), or both. out: a folder for the record and its page.
    Errors: BadInput.
    """
    from simkit.api.fastsim.results import ModelTableResult
    from simkit.bench.evaluation.model_rows import model_table

    folder = place(path_of(out), False, "model-table", "models")
    taken = [Path(one) / part for one in models for part in ("", "evaluation")]
    if folder is not None and folder.resolve() in [one.resolve() for one in taken]:
        raise BadInput(f"-o: {folder} is a model's, whose page would be lost; give another folder")
    command = command_line("fastsim", ["table", *map(str, models)], out=None if out is None else str(out))
    with held(folder):
        result = ModelTableResult(model_table([Path(one) for one in models], command), folder)
        if folder is not None:
            from simkit.report.page import write_report

            result.page = write_report(result.save(folder), folder / "report.html")
    return result
