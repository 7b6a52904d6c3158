"""`simkit fastsim generate`: showers of a trained model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simkit.cli.options import Plugins, TrainedFile
from simkit.cli.show import console
from simkit.errors import BadInput


def command(
    model: TrainedFile,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="OUT.h5", help="File of showers to write.")],
    count: Annotated[
        int | None,
        typer.Option("-n", "--count", min=1, show_default=False, help="Showers, their energies log-uniform."),
    ] = None,
    energies_of: Annotated[
        Path | None,
        typer.Option("--energies-of", metavar="FILE", show_default=False, help="Energies as in this file."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of all random numbers.")] = 1,
    plugin: Plugins = None,
) -> None:
    """Write showers of a trained model to a file, in the form of the CaloChallenge.

    Example: simkit fastsim generate splice -n 1000 -o showers.h5
    """
    from simkit.api.fastsim.generate import generate
    from simkit.api.keeping import check_file
    from simkit.fastsim.models.weights import model_path
    from simkit.fastsim.showers.files import read_showers, write_showers

    check_file(out, "made.h5")
    for what, path in (("the model itself", model_path(model)), ("where the energies are", energies_of)):
        if path is not None and out.exists() and path.exists() and out.samefile(path):
            raise BadInput(f"-o: {out} is {what}; give another file")
    incident = None if energies_of is None else read_showers(energies_of, count=count).incident_MeV
    if incident is not None and count is not None and len(incident) < count:
        raise BadInput(
            f"-n {count}: {energies_of} has {len(incident)} showers; give no more, or leave it out"
        )
    showers = generate(model, count, incident, seed, progress=True)
    write_showers(out, showers, {"model": str(model), "seed": seed})
    console().print(f"{len(showers.incident_MeV)} showers in {out}", markup=False)
