"""`simkit scale`: events per second of the whole machine, by threads and processes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from simkit.cli.options import Budget, Json, Out, Plugins, ScenarioName, Seed, Set, With
from simkit.cli.show import coloured, console, interval, number, table

if TYPE_CHECKING:
    from simkit.record.scale import Point, Scale

LIST = "Such as 1,2,4; without it, up to all processors."


def command(
    scenario: ScenarioName,
    threads: Annotated[
        str | None, typer.Option("--threads", metavar="LIST", show_default=False, help=f"Threads. {LIST}")
    ] = None,
    processes: Annotated[
        str | None, typer.Option("--processes", metavar="LIST", show_default=False, help=f"Processes. {LIST}")
    ] = None,
    budget: Budget = "2m",
    rounds: Annotated[
        int | None,
        typer.Option("--rounds", show_default=False, help="Exactly so many rounds, whatever they take."),
    ] = None,
    seed: Seed = None,
    with_: With = None,
    set_: Set = None,
    out: Out = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the record below results/MACHINE/SCENARIO.")
    ] = False,
    plugin: Plugins = None,
    as_json: Json = False,
) -> int:
    """Measure events per second on one thread, on all, on processes, and how that scales.

    Example: simkit scale testem3 --budget 1m
    """
    from simkit.api.rating import scale

    result = scale(
        scenario,
        threads=threads,
        processes=processes,
        budget=budget,
        rounds=rounds,
        seed=seed,
        speedups=with_ or (),
        set=set_ or (),
        out=out,
        keep=keep,
        progress=True,
    )
    if as_json:
        print(result.to_json())
    else:
        show(result.record)
        if result.folder is not None:
            console().print(f"kept in {result.folder}", markup=False)
    return result.exit_code


def show(scale: Scale) -> None:
    """Print a scaling for people."""
    from simkit.bench.scale.words import curve_words, machine_words

    out = console()
    rows = [
        (
            f"{p.processes} x {p.threads}",
            number(p.events_per_s.value),
            interval(p.speedup, 3),
            f"{100.0 * p.efficiency.value:.1f} %",
            f"{p.busy:.2f}",
            f"{p.others:.2f}",
            number(p.memory.shared_fairly_MB or p.memory.peak_rss_MB, 3),
            _note(p),
        )
        for p in scale.points
    ]
    columns = (
        *("processes x threads", "events/s", "speedup at 95 %", "efficiency"),
        *("processors", "others'", "MB", ""),
    )
    out.print(f"{scale.scenario} on {machine_words(scale)}", markup=False)
    out.print(table("", columns, rows, texts=("",)))
    for line in curve_words(scale):
        out.print(line, markup=False)
    out.print(f"scaling: {coloured(scale.verdict)}")


def _note(point: Point) -> str:
    if point.beyond_processors:
        return "more than processors"
    return "threads share cores" if point.beyond_cores else ""
