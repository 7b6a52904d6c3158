"""`simkit study`: measurements of simkit's own parts, such as its steppers in a magnetic field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from simkit.cli.options import Budget, Json, Out
from simkit.cli.show import console, interval, table

if TYPE_CHECKING:
    from simkit.record.stepper_study import StepperStudy

ALL = "repeatable; without it, all."


def command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to study: steppers.")],
    stepper: Annotated[
        list[str] | None,
        typer.Option("--stepper", metavar="NAME", show_default=False, help=f"A stepper; {ALL}"),
    ] = None,
    field: Annotated[
        list[str] | None,
        typer.Option("--field", metavar="NAME", show_default=False, help=f"uniform, table, solenoid; {ALL}"),
    ] = None,
    planes: Annotated[
        str | None,
        typer.Option(
            "--planes",
            metavar="LIST",
            show_default=False,
            help="Planes, each crossed twice a turn: 0,10,100.",
        ),
    ] = None,
    energy: Annotated[
        float, typer.Option("--energy", metavar="MEV", help="Of the electrons, 10 to 50 MeV.")
    ] = 50.0,
    scan: Annotated[bool, typer.Option(help="Scan the driver's parameters, too.")] = True,
    budget: Budget = "4m",
    out: Out = None,
    as_json: Json = False,
) -> int:
    """Measure steppers in a magnetic field at equal error, and say when to use QSS.

    Example: simkit study steppers --out steppers
    """
    from simkit.api.studies import study

    result = study(
        name,
        steppers=stepper or (),
        fields=field or (),
        planes=planes,
        energy_MeV=energy,
        scan=scan,
        budget=budget,
        out=out,
        progress=True,
    )
    if as_json:
        print(result.to_json())
    else:
        show(result.record)
        if result.page is not None:
            console().print(f"page: {result.page}", markup=False)
    return result.exit_code


def show(study: StepperStudy) -> None:
    """Print a study for people."""
    out = console()
    for sentence in study.sentences:
        out.print(sentence, markup=False)
    rows = [
        (
            f"{cell.field}, {cell.target_mm:g} mm",
            "any" if cell.step_turns is None else f"{cell.step_turns:g}",
            f"{cell.crossings:.4g}",
            cell.best_other or "none",
            cell.best_qss or "none",
            "" if gain is None else interval(gain, 3),
        )
        for cell in study.cells
        for gain in (cell.qss_gain,)
    ]
    columns = ("field, error", "step (turns)", "boundaries", "best other", "best QSS", "other / QSS at 95 %")
    out.print(table("", columns, rows, texts=("best other", "best QSS")))
