"""`--baseline`, `--markdown` and `--junit`: what continuous integration asks of the measuring commands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simkit.cli.show import coloured, console, number, plain, table

if TYPE_CHECKING:
    from simkit.api.shown import Kept
    from simkit.record.gate import Gate

Baseline = Annotated[
    Path | None,
    typer.Option(
        "--baseline",
        metavar="DIR",
        show_default=False,
        help="A record stored before (--out, --keep): exit with 1 when this one is slower.",
    ),
]
MaxSlowdown = Annotated[
    float,
    typer.Option("--max-slowdown", metavar="X", help="With --baseline: how much slower (relative) is fine."),
]
Markdown = Annotated[
    Path | None,
    typer.Option("--markdown", metavar="FILE", show_default=False, help="Write a pull-request comment."),
]
Junit = Annotated[
    Path | None,
    typer.Option("--junit", metavar="FILE", show_default=False, help="Write verdicts as JUnit XML, too."),
]


def write_reports(result: Kept, markdown: Path | None, junit: Path | None) -> None:
    """Write a result as Markdown and as JUnit XML, where they are asked for."""
    from simkit.writing import write_text

    if markdown is not None:
        write_text(markdown, result.markdown())
    if junit is not None:
        write_text(junit, result.junit())


def show_gate(gate: Gate | None) -> None:
    """Print how the record does against the stored one."""
    if gate is None:
        return
    rows = []
    for row in gate.rows:
        bounds = "" if row.lo is None or row.hi is None else f" [{row.lo:.3f}, {row.hi:.3f}]"
        values = (number(row.stored), number(row.now), f"{row.ratio:.3f}{bounds}", coloured(row.verdict))
        rows.append((plain(row.name), *values))
    title = f"against the record of {gate.stored}; up to {100 * gate.max_slowdown:g} % slower is fine"
    console().print(table(title, ("figure", "stored", "now", "better by", "verdict"), rows))
    console().print(f"baseline     {coloured(gate.verdict)}; deposits: {coloured(gate.physics)}")
    for note in gate.notes:
        console().print(f"             {note}", markup=False)
