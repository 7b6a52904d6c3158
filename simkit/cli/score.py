"""`simkit score`: an HS23-style score of this machine, and times normalised with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simkit.cli.options import Json, Keep, Out, Plugins
from simkit.cli.show import console, number, plain, table

if TYPE_CHECKING:
    from simkit.record.score import Score


def command(
    scenarios: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SCENARIO[+SPEEDUP...]]...",
            show_default=False,
            help="Also time events of these, and give normalised seconds.",
        ),
    ] = None,
    hepscore: Annotated[
        Path | None,
        typer.Option(
            "--hepscore", metavar="FILE", show_default=False, help="A HEPscore report to read instead."
        ),
    ] = None,
    out: Out = None,
    keep: Keep = False,
    plugin: Plugins = None,
    as_json: Json = False,
) -> None:
    """Score this machine: weighted geometric mean of workloads over a reference machine.

    With --out or --keep the record is kept, beside it a report of hep-benchmark-suite's shape.

    Example: simkit score testem3
    """
    from simkit.api.rating import score

    result = score(scenarios or (), hepscore=hepscore, out=out, keep=keep, progress=True)
    if as_json:
        print(result.to_json())
    else:
        show(result.record)
        if result.folder is not None:
            console().print(f"kept in {result.folder}", markup=False)


def show(score: Score) -> None:
    """Print a score for people."""
    from simkit.bench.words import percent

    rows = [
        (plain(w.name), number(w.median), number(w.reference), number(w.ratio), f"{w.weight:g}")
        for w in score.workloads
    ]
    out = console()
    out.print(
        f"[bold]{plain(score.kind)} score {score.score:.4f}[/bold] +- {percent(score.relative_error)}, "
        f"{score.logical_threads} logical threads, {number(score.score_per_thread)} a thread"
    )
    out.print(table("", ("workload", "median", "reference", "ratio", "weight"), rows))
    out.print(
        f"reference: {score.reference_machine}; configuration {score.configuration_hash[:16]}", markup=False
    )
    if not score.throughputs:
        return
    timed = []
    for one in score.throughputs:
        cpu_s, own = one.throughput.cpu_s_per_event, one.throughput.normalised_s_per_event
        texts = (f"{number(x.value)} +- {number((x.hi - x.lo) / 2.0, 2)}" for x in (cpu_s, own))
        timed.append((plain(one.label), f"{one.events:,}", *texts))
    unit = score.throughputs[0].throughput.unit
    out.print()
    out.print(table("per event, 95 %", ("scenario", "events", "CPU s", plain(unit)), timed))
