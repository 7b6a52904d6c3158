"""`simkit fastsim train`: a model of showers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from simkit.cli.options import Json, Plugins
from simkit.cli.show import console


def _models(incomplete: str) -> list[str]:
    from simkit.fastsim.models.trainers import trainer_names

    return [name for name in trainer_names() if name.startswith(incomplete)]


def command(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL|RECIPE.toml",
            help="frozen-library, splice, gflash, autoregressive, flow, frozen-showers, "
            "range-cut-reweight, or a plug-in's; a recipe is followed from the detector to the judged model.",
            autocompletion=_models,
        ),
    ],
    data: Annotated[
        Path | None,
        typer.Option(
            "--data", metavar="FILE", show_default=False, help="Showers, HDF5; none: the model's own recipe."
        ),
    ] = None,
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
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=VALUE", help="Of the model's settings; of a recipe, as train.budget=5m."
        ),
    ] = None,
    plugin: Plugins = None,
    as_json: Json = False,
) -> None:
    """Train a model of showers, or follow a recipe; what was interrupted goes on in its folder.

    Examples: simkit fastsim train splice --data showers.h5; simkit fastsim train recipe.toml
    """
    from simkit.api.fastsim.recipe import follow
    from simkit.api.fastsim.train import train
    from simkit.fastsim.models.model_file import read_model

    if data is None or model.endswith(".toml"):
        keys = {"data.file": data and str(data), "train.budget": budget}
        own = [f"{key}={json.dumps(value)}" for key, value in keys.items() if value]
        files = follow(model, out, seed, [*own, *(set_ or ())], progress=True)
    else:
        files = {"model": train(model, data, budget, out, seed, set_ or (), progress=True)}
    card = read_model(files["model"]).card if "model" in files else None
    if as_json:
        about = card and card.model_dump(mode="json")
        print(json.dumps({"files": {k: str(f) for k, f in files.items()}, "card": about}, indent=2))
        return
    if card is not None:
        size = files["model"].stat().st_size / 1e6
        console().print(
            f"{card.model}: {card.parameters} numbers, {size:.2f} MB, trained on {card.data.showers} "
            f"showers in {card.training_s:g} s",
            markup=False,
        )
    for name, file in files.items():
        console().print(f"{name}: {file}", markup=False)
