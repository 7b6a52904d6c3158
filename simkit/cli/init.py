"""`simkit init`: write a commented scenario to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simkit.cli.options import Plugins
from simkit.errors import BadInput


def command(
    path: Annotated[Path, typer.Argument(metavar="[FILE]", help="The file to write.")] = Path(
        "scenario.toml"
    ),
    preset: Annotated[str, typer.Option("--preset", help="Whose values it begins with.")] = "testem3",
    plugin: Plugins = None,
) -> None:
    """Write a scenario file with every key, its meaning and its default, ready to be changed.

    Example: simkit init my.toml && simkit run my.toml -n 10
    """
    from simkit.scenario import load_scenario
    from simkit.scenario.commented import commented_scenario
    from simkit.writing import write_text

    text = commented_scenario(load_scenario(preset), path.stem)
    if path.exists():
        raise BadInput(f"{path}: is there already; give another name, or remove it")
    write_text(path, text)
    print(f"written: {path}\ntry it:  simkit run {path} -n 10")
