"""`simkit fastsim`: showers to train on, models made of them, and how fast and how right those are."""

from __future__ import annotations

import typer

from simkit.cli.fastsim import dataset, evaluate, export, generate, table, time, train

app = typer.Typer(
    name="fastsim",
    help="Fast simulation: showers to train on, models, and how fast and how right they are.",
    pretty_exceptions_enable=False,
)
for module in (dataset, train, generate, evaluate, time, table, export):
    app.command(module.__name__.rpartition(".")[2])(module.command)
