"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simkit.plugins import add_file


def _presets(incomplete: str) -> list[str]:
    from simkit.scenario import preset_names

    return [name for name in preset_names() if name.startswith(incomplete)]


def _speedups(incomplete: str) -> list[str]:
    from simkit.speedups import all_names

    return [name for name in all_names() if name.startswith(incomplete)]


ScenarioName = Annotated[
    str,
    typer.Argument(
        metavar="SCENARIO",
        help="A preset (testem3, hepemshow, par04, segmented, atlas_like) or a TOML file.",
        autocompletion=_presets,
    ),
]
Events = Annotated[int | None, typer.Option("-n", "--events", help="Number of events.", show_default=False)]
Seed = Annotated[int | None, typer.Option("--seed", help="Seed of all random numbers.", show_default=False)]
Threads = Annotated[int | None, typer.Option("--threads", help="Threads over events.", show_default=False)]
Backend = Annotated[str | None, typer.Option("--backend", help="cpu or cuda.", show_default=False)]
With = Annotated[
    list[str] | None,
    typer.Option(
        "--with",
        metavar="NAME",
        help="A speedup, such as gamma-roulette:threshold_MeV=2; repeatable.",
        autocompletion=_speedups,
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="A key, such as geometry.slab.0.material=G4_W; repeatable."
    ),
]


def _use_plugins(files: list[Path] | None) -> list[Path] | None:
    for file in files or ():
        add_file(file)
    return files


Plugins = Annotated[
    list[Path] | None,
    typer.Option(
        "--plugin",
        metavar="FILE",
        is_eager=True,
        callback=_use_plugins,
        help="A Python file with speedups, engines, detectors, fields, particles ...; repeatable.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="Folder to write to.", show_default=False)]
TrainedFile = Annotated[
    Path,
    typer.Argument(
        metavar="MODEL_FILE",
        help="What simkit fastsim train or export wrote; or the name of a shipped model, such as splice.",
    ),
]
OutFile = Annotated[Path, typer.Option("--out", "-o", help="File to write.", show_default=False)]
Executor = Annotated[
    str,
    typer.Option(
        "--executor",
        metavar="WHERE",
        help="local, processes[:N], dask://HOST:PORT, dask://slurm?jobs=N, dask://htcondor?jobs=N.",
    ),
]
Profile = Annotated[
    bool,
    typer.Option("--profile", help="Count cycles, too: where the CPU time goes, by particle and region."),
]
Instructions = Annotated[
    bool,
    typer.Option(
        "--instructions",
        help="Count instructions per event, too, with the processor's counters or valgrind's callgrind.",
    ),
]
Clock = Annotated[
    str | None,
    typer.Option(
        "--clock",
        metavar="cpu|wall|gpu",
        show_default=False,
        help="Which time judges; without it, CPU time where both sides compute, wall time where one waits.",
    ),
]
Budget = Annotated[str, typer.Option("--budget", help="Wall time, such as 90s, 2m, 1h.")]

Keep = Annotated[
    bool,
    typer.Option(
        "--keep", help="Keep the record below results/MACHINE/SCENARIO and in results/history.parquet."
    ),
]
