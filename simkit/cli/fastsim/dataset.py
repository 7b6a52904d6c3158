"""`simkit fastsim dataset`: simulate showers in full and write them to a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from simkit.cli.options import Events, Executor, Json, OutFile, Plugins, Seed, Set, Threads, With
from simkit.cli.show import console
from simkit.errors import BadInput

if TYPE_CHECKING:
    from simkit.record.dataset import Dataset, MeanAndSpread


def command(
    out: OutFile,
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO", help="A preset or a TOML file, read out by a shower mesh.")
    ] = "par04",
    events: Events = None,
    energy_MeV: Annotated[
        str | None,
        typer.Option(
            "--energy-MeV",
            metavar="E|LOW,HIGH",
            show_default=False,
            help="One energy, or the ends of a log-uniform spectrum, in place of the scenario's.",
        ),
    ] = None,
    seed: Seed = None,
    threads: Threads = None,
    with_: With = None,
    set_: Set = None,
    executor: Executor = "local",
    plugin: Plugins = None,
    as_json: Json = False,
) -> int:
    """Simulate showers in full, and write them in the CaloChallenge's form (HDF5).

    What an interrupted run has finished is kept, and taken up by the same command, also with more events.

    Example: simkit fastsim dataset par04 -n 50000 -o showers.h5 --executor processes
    """
    from simkit.api.dataset import dataset

    record = dataset(
        out,
        scenario,
        events=events,
        energies_MeV=None if energy_MeV is None else _energies(energy_MeV),
        seed=seed,
        threads=threads,
        speedups=with_ or (),
        set=set_ or (),
        executor=executor,
        progress=True,
    )
    if as_json:
        print(record.to_json())
    else:
        show(record)
    return 0


def show(record: Dataset) -> None:
    """Print a record for people."""
    out = console()
    low, high = record.energy_MeV
    out.print(
        f"[bold]{record.showers:,} showers[/bold] of {record.particle} in {record.scenario}", highlight=False
    )
    for name, text in (
        ("energy", f"{low:,.6g} to {high:,.6g} MeV" if low < high else f"{low:,.6g} MeV"),
        (
            "response",
            f"{_text(record.response)}; {record.outside_mesh:.2%} of the deposits lie outside the mesh",
        ),
        ("cells on", f"{_text(record.cells_on)} of {record.cells:,}"),
        ("time", f"{record.cpu_s:,.4g} s CPU, {1e3 * record.cpu_s / record.showers:,.4g} ms a shower"),
        ("file", f"{record.file}, sha256 {record.sha256[:16]}"),
    ):
        out.print(f"{name:<13}{text}", markup=False, highlight=False)


def _text(spread: MeanAndSpread) -> str:
    return f"{spread.mean:.6g} +- {spread.sem:.2g} (sd {spread.sd:.4g})"


def _energies(text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise BadInput(f"--energy-MeV: found {text!r}; give a number, or two as 1000,1000000") from None
