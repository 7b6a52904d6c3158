"""`simkit fastsim time`: how long a trained model takes for a shower."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simkit.cli.options import Budget, Json, Plugins, TrainedFile
from simkit.cli.show import console, interval, number, table
from simkit.errors import BadInput

if TYPE_CHECKING:
    from simkit.record.generation import Generation


def command(
    model: TrainedFile,
    batches: Annotated[
        str, typer.Option("--batches", metavar="LIST", help="Showers that are made together.")
    ] = "1,10,100,10000",
    threads: Annotated[int, typer.Option("--threads", min=1, help="Over which a batch is shared.")] = 1,
    budget: Budget = "1m",
    scenario: Annotated[
        str, typer.Option("--scenario", help="Whose showers are followed in full, and made in transport.")
    ] = "par04",
    events: Annotated[int, typer.Option("-n", "--events", min=0, help="How many of these; 0: none.")] = 20,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of all random numbers.")] = 1,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE.json", show_default=False, help="Write the record to it."),
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Put the times into the card of the model's file.")
    ] = False,
    plugin: Plugins = None,
    as_json: Json = False,
) -> None:
    """Time a trained model by batch, and in transport beside the same showers followed in full.

    Example: simkit fastsim time splice --batches 1,100
    """
    from simkit.api.fastsim.timing import time_model
    from simkit.api.keeping import check_file
    from simkit.writing import write_text

    if out is not None:
        check_file(out, "generation.json")
    record = time_model(
        model, _numbers(batches), threads, budget, scenario, events, seed, keep, progress=True
    )
    if out is not None:
        write_text(out, record.to_json())
    if as_json:
        print(record.to_json())
    else:
        show(record)


def _numbers(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise BadInput(f"--batches: found {text!r}; write whole numbers, such as 1,10,100") from None


def show(record: Generation) -> None:
    """Print the times for people."""
    out = console()
    low, high = record.energy_MeV
    out.print(
        f"{record.model}, {record.file_MB:.3g} MB, {record.parameters} numbers; {low / 1e3:.3g} to "
        f"{high / 1e3:.4g} GeV, log-uniform; {record.clock} time",
        markup=False,
    )
    rows = [
        (str(b.batch), str(b.threads), interval(b.ms), str(b.showers), str(b.rounds)) for b in record.batches
    ]
    out.print(table("", ("batch", "threads", "ms a shower at 95 %", "showers a round", "rounds"), rows))
    if record.transport is None:
        return
    t = record.transport
    beside = [
        ("followed in full", interval(t.full_ms)),
        ("by the model, placement included", interval(t.fast_ms)),
        (f"of that the model, in batches of {t.batch}", number(t.infer_ms, 3)),
        ("and placement (both in wall time)", number(t.place_ms, 3)),
    ]
    out.print(table("", (f"{t.showers} showers of {t.scenario}", "ms a shower at 95 %"), beside))
    out.print(f"transport {t.ratio:.3g} times as fast with the model")
