"""`simkit validate`: physics against embedded reference figures."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

import typer

from simkit.cli.gating import Junit, Markdown, write_reports
from simkit.cli.options import Json, Keep, Out
from simkit.cli.show import VERDICT_COLOURS, console, number, show_models, table

if TYPE_CHECKING:
    from simkit.record.validation import Validation, ValidationRow

COLOURS = {**VERDICT_COLOURS, "disputed": "yellow"}
COLUMNS = (
    "quantity",
    "of",
    "MeV",
    "material",
    "ours",
    "reference",
    "unit",
    "source",
    "deviation",
    "allowed",
    "verdict",
)
TEXTS = ("quantity", "of", "material", "unit", "source", "verdict")
PIPE_WIDTH = 170


def command(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", show_default="all", help="Checks, or processes."),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Leave out the showers, which take longest.")
    ] = False,
    markdown: Markdown = None,
    junit: Junit = None,
    out: Out = None,
    keep: Keep = False,
    as_json: Json = False,
) -> int:
    """Compare cross sections, losses, ranges, samples and showers with figures from outside.

    With --out or --keep the record is kept, and drawn as a page.

    Example: simkit validate compton bremsstrahlung
    """
    from simkit.api.rating import validate

    result = validate(names or (), quick=quick, out=out, keep=keep, progress=True)
    if as_json:
        print(result.to_json())
    else:
        show(result.record)
        if result.page is not None:
            print(f"report: {result.page}")
    write_reports(result, markdown, junit)
    return result.exit_code


def show(result: Validation) -> None:
    """Print a record for people: all rows, then each check in one line, then the sources."""
    out = console()
    if not out.is_terminal:
        out.width = PIPE_WIDTH
    for check in result.checks:
        rows = [_cells(row) for row in result.rows if row.check == check.name]
        of_check = table(f"{check.name} {check.process}".strip(), COLUMNS, rows)
        for column in of_check.columns:
            column.no_wrap = True
            column.justify = "left" if column.header in TEXTS else "right"
        out.print(of_check)
    cells = []
    for check in result.checks:
        counts = (check.rows, check.failed, check.disputed)
        verdict = _coloured("fail" if check.failed else "pass")
        cells.append((check.name, *map(str, counts), f"{check.worst:.0%}", verdict))
    columns = ("check", "rows", "failed", "disputed", "largest deviation / allowed", "verdict")
    out.print(table("summary", columns, cells))
    for check in result.checks:
        for reason in dict.fromkeys(
            row.reason for row in result.rows if row.check == check.name and row.reason
        ):
            out.print(f"disputed, {check.name}: {reason}", markup=False)
    for source, citation in result.sources.items():
        out.print(f"{source}: {citation}", markup=False)
    show_models(result.models)
    out.print(f"verdict: {_coloured(result.verdict)}")


def _cells(row: ValidationRow) -> tuple[str, ...]:
    unit = "%" if row.measure == "%" else "sd"
    decimals = max(2, 2 - math.floor(math.log10(row.tolerance))) if row.tolerance < 0.1 else 2
    return (
        f"{row.quantity} {row.particle}".strip(),
        row.conditions,
        "" if row.energy_MeV is None else f"{row.energy_MeV:g}",
        row.material,
        number(row.ours, 5),
        number(row.reference, 5),
        row.unit,
        row.source,
        f"{row.deviation:+.{decimals}f} {unit}",
        f"{row.tolerance:.3g} {unit}",
        " ".join(filter(None, [_coloured(row.verdict), row.note])),
    )


def _coloured(verdict: str) -> str:
    return f"[{COLOURS[verdict]}]{verdict}[/]"
