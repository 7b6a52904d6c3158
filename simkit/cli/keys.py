"""`simkit keys`: all keys of a scenario."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from simkit.cli.options import Json, Plugins
from simkit.cli.show import console, plain, table
from simkit.errors import unknown

if TYPE_CHECKING:
    from simkit.scenario.keys import Key


def command(
    part: Annotated[
        str,
        typer.Argument(metavar="[PART]", show_default=False, help="A section, or the beginning of a key."),
    ] = "",
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema, for editors that complete TOML.")
    ] = False,
    plugin: Plugins = None,
    as_json: Json = False,
) -> None:
    """List all keys of a scenario file: what is allowed, the default, the meaning.

    Example: simkit keys physics
    """
    from simkit.plugins import load_inside
    from simkit.scenario.keys import file_schema, scenario_keys

    load_inside()
    if schema:
        print(json.dumps(file_schema(), indent=2))
        return
    keys = scenario_keys()
    chosen = [key for key in keys if key.path.startswith(part)]
    if not chosen:
        raise unknown("key", part, {key.section for key in keys} | {key.path for key in keys})
    if as_json:
        print(json.dumps([{"key": key.path, **key._asdict()} for key in chosen], indent=2))
        return
    for section, variant in dict.fromkeys((key.section, key.variant) for key in chosen):
        of_section = [key for key in chosen if (key.section, key.variant) == (section, variant)]
        texts = [(key.name, key.allowed, _default(key), key.meaning) for key in of_section]
        rows = [tuple(map(plain, row)) for row in texts]
        name = f"[[{section[:-2]}]]" if section.endswith("[]") else f"[{section}]"
        columns = ("key", "allowed", "default", "meaning")
        console().print(table(plain(f"{name}  {variant}".rstrip()), columns, rows, columns))


def _default(key: Key) -> str:
    if key.required:
        return "required"
    return "" if key.default is None else json.dumps(key.default)
