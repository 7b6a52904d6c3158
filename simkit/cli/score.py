"""`simkit score`: an HS23-style score of this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simkit.cli.options import Json
from simkit.cli.show import console, number, progress_of_fraction, table

if TYPE_CHECKING:
    from simkit.bench.schema import Score


def command(
    hepscore: Annotated[
        Path | None,
        typer.Option(
            "--hepscore", metavar="FILE", show_default=False, help="A HEPscore report to read instead."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Score this machine: weighted geometric mean of workloads over a reference machine."""
    from simkit.bench.score import run_score

    with progress_of_fraction("scoring") as advance:
        score = run_score(hepscore, progress=advance)
    if as_json:
        print(score.to_json())
    else:
        show(score)


def show(score: Score) -> None:
    """Print a score for people."""
    rows = [
        (w.name, number(w.median), number(w.reference), number(w.ratio), f"{w.weight:g}")
        for w in score.workloads
    ]
    out = console()
    out.print(
        f"[bold]{score.kind} score {score.score:.4f}[/bold] +- {100 * score.relative_error:.2g} %, "
        f"{score.logical_threads} logical threads, {number(score.score_per_thread)} a thread"
    )
    out.print(table("", ("workload", "median", "reference", "ratio", "weight"), rows))
    out.print(
        f"reference: {score.reference_machine}; configuration {score.configuration_hash[:16]}", markup=False
    )
