"""`simkit fastsim train`: a model of showers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from simkit.cli.options import Json, Plugins, Set
from simkit.cli.show import console


def _models(incomplete: str) -> list[str]:
    from simkit.fastsim.models.trainers import trainer_names

    return [name for name in trainer_names() if name.startswith(incomplete)]


def command(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="Such as frozen-library.", autocompletion=_models)
    ],
    data: Annotated[Path, typer.Option("--data", metavar="FILE", help="Showers, HDF5.")],
    budget: Annotated[
        str | None,
        typer.Option("--budget", show_default="as the settings say", help="Wall time, such as 30m."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FOLDER", show_default="simkit-results/fastsim/MODEL", help="Where to."
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of all random numbers.")] = 1,
    set_: Set = None,
    plugin: Plugins = None,
    as_json: Json = False,
) -> None:
    """Train a model of showers; what was interrupted goes on in its folder.

    Example: simkit fastsim train frozen-library --data showers.h5
    """
    from simkit.api.fastsim.train import train
    from simkit.fastsim.models.model_file import read_model

    file = train(model, data, budget=budget, out=out, seed=seed, set=set_ or (), progress=True)
    card = read_model(file).card
    if as_json:
        print(json.dumps({"file": str(file), "card": card.model_dump(mode="json")}, indent=2))
        return
    size = file.stat().st_size / 1e6
    console().print(
        f"{model}: {card.parameters} numbers, {size:.2f} MB, trained on {card.data.showers} showers in "
        f"{card.training_s:g} s\n{file}",
        markup=False,
    )
