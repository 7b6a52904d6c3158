"""`simkit.study`: measurements of simkit's own parts; see simkit.api.running."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from simkit.api.arguments import path_of, texts
from simkit.api.keeping import held, place
from simkit.api.progress import Progress, shown
from simkit.errors import BadInput, unknown
from simkit.record.command_line import command_line, duration, seconds

if TYPE_CHECKING:
    from simkit.api.machines import StepperStudyResult

STUDIES = ("steppers",)


def study(
    name: str = "steppers",
    *,
    steppers: Sequence[str] | str = (),
    fields: Sequence[str] | str = (),
    planes: Sequence[int] | str | None = None,
    energy_MeV: float = 50.0,
    scan: bool = True,
    budget: str | float = "4m",
    out: str | Path | None = None,
    progress: Progress = False,
) -> StepperStudyResult:
    """Measure steppers in a magnetic field at equal end-point error, and where QSS wins and loses.

    steppers, fields: names, all without them; fields: "uniform", "table", "solenoid". planes: numbers of
    planes across the circle, each crossed twice a turn, or a text such as "0,10,100". scan: also scan the
    driver's parameters. out: a folder for the record and its page. Errors: BadInput.
    """
    if name not in STUDIES:
        raise unknown("study", name, STUDIES)
    budget_s = seconds(budget)
    folder = place(path_of(out), False, "study", name)
    from simkit.api.machines import StepperStudyResult
    from simkit.bench.steppers.study import StudyPlan, check_plan, run_steppers

    default = StudyPlan()
    plan = StudyPlan(
        steppers=texts(steppers) or default.steppers,
        fields=texts(fields) or default.fields,
        planes=default.planes if planes is None else _numbers(planes),
        energy_MeV=float(energy_MeV),
        scan=scan,
    )
    check_plan(plan)
    options = {"stepper": list(texts(steppers)), "field": list(texts(fields))}
    if planes is not None:
        options["planes"] = [",".join(map(str, plan.planes))]
    if energy_MeV != default.energy_MeV:
        options["energy"] = [f"{energy_MeV:g}"]
    command = command_line("study", [name], budget=duration(budget_s), **options)
    with held(folder):
        with shown(progress, "steppers") as tell:
            record = run_steppers(plan, budget_s, command, tell)
        result = StepperStudyResult(record, folder)
        if folder is not None:
            from simkit.report.page import write_report

            result.page = write_report(result.save(folder), folder / "report.html")
    return result


def _numbers(given: Sequence[int] | str) -> tuple[int, ...]:
    parts = given.split(",") if isinstance(given, str) else [str(n) for n in given]
    if not parts or not all(part.strip().isdecimal() and len(part) < 10 for part in parts):
        raise BadInput(f"--planes: found {given!r}; write whole numbers, such as 0,10,100")
    return tuple(sorted({int(part) for part in parts}))
