"""`simkit fastsim export`: a trained network in another form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from simkit.cli.options import Json, Plugins, TrainedFile
from simkit.cli.show import console, number, table


def command(
    model: TrainedFile,
    to: Annotated[
        str, typer.Option("--to", metavar="FORM", help="onnx, or json: all numbers as text, as LWTNN does.")
    ] = "onnx",
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", show_default="beside the model's", help="Where to."),
    ] = None,
    plugin: Plugins = None,
    as_json: Json = False,
) -> None:
    """Write a trained network in another form, and say how far both agree and what each needs in memory.

    Example: simkit fastsim export flow.safetensors --to onnx
    """
    from simkit.api.fastsim.export import AGREE, export

    made = export(model, to, out)
    if as_json:
        memory = [use._asdict() for use in made.memory]
        print(json.dumps({"file": str(made.file), "off": made.off, "memory": memory}, indent=2))
        return
    out_ = console()
    rows = [(u.what, number(u.file_MB), number(u.loaded_MB), number(u.peak_MB)) for u in made.memory]
    out_.print(table("", ("form", "file MB", "loaded MB", "while loading MB"), rows))
    if made.off is not None:
        out_.print(f"energies differ by {made.off:.2g} of a shower's largest cell at most, allowed {AGREE:g}")
    out_.print(f"{made.file}", markup=False)
