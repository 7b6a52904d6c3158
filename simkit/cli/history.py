"""`simkit history`: one metric over all records kept, with its change points; and the history's exports."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simkit.cli.options import Json
from simkit.cli.show import console, number, plain, table
from simkit.errors import BadInput
from simkit.writing import is_stream

if TYPE_CHECKING:
    from simkit.bench.history.change_points import Change
    from simkit.bench.history.table import Configuration, Entry

NO_RUPTURES = "change points are not looked for: ruptures is not installed; pip install 'simkit[history]'"


def command(
    metric: Annotated[
        str | None,
        typer.Argument(
            metavar="[METRIC]",
            show_default="cpu_s_per_event",
            help="A number of the records, such as steps_per_event.gamma.",
        ),
    ] = None,
    results: Annotated[
        Path | None,
        typer.Option("--results", show_default="results and simkit-results", help="Where records lie."),
    ] = None,
    export: Annotated[
        str | None,
        typer.Option(
            "--export",
            metavar="FORMAT",
            show_default=False,
            help="Write METRIC, or all, as csv, parquet, bmf, pytest-benchmark, asv, otava or root.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", show_default=False, help="The file or folder to export to."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show one metric of all records kept under a folder, with its changes; or export them.

    Example: simkit history cpu_s_per_event
    """
    from simkit.api.rating import history
    from simkit.bench.history.exports import check_format, check_metric

    if export is not None:
        check_format(export)
    elif out is not None:
        raise BadInput("-o: names where to export to; add --export FORMAT")
    found = history(metric, results=results)
    for fault in found.faults:
        print(f"simkit: left out: {fault}", file=sys.stderr)
    if export is not None:
        path = found.export(export, out)
        if not is_stream(path):  # such as stdout itself
            print(json.dumps({"format": export, "path": str(path)}) if as_json else path)
        return
    check_metric(found.metric, found.entries)
    if as_json:
        print(json.dumps(found.record, indent=2))
    else:
        show(found.metric, found.groups, found.found or {})
        if found.found is None:
            console().print(NO_RUPTURES, markup=False)


def show(
    metric: str,
    groups: Mapping[Configuration, Sequence[Entry]],
    changes: Mapping[Configuration, Sequence[Change]],
) -> None:
    """Print the series for people, each under its name; a change stands beside the first record after it."""
    out = console()
    columns = "created (UTC), commit, version, value, 95 %, change of level"
    out.print(f"[bold]{plain(metric)}[/bold]{_unit(metric)}: {columns}")
    for of, group in groups.items():
        found = {change.place: change for change in changes.get(of, ())}
        rows = []
        for i, entry in enumerate(group):
            figure = entry.figures[metric]
            half = None if figure.lo is None or figure.hi is None else (figure.hi - figure.lo) / 2.0
            rows.append(
                (
                    f"  {entry.created[:16].replace('T', ' ')}",
                    plain(_short(entry.commit)),
                    plain(entry.version),
                    number(figure.value),
                    "" if half is None else f"+-{number(half, 2)}",
                    _mark(found[i]) if i in found else "",
                )
            )
        about = " ".join(filter(None, [str(of), of.hash[:8], of.machine and f"on {of.machine}"]))
        out.print(f"\n{about}", markup=False)
        lines = table("", ("",) * 6, rows)
        lines.show_header, lines.box, lines.title = False, None, None
        out.print(lines)


def _mark(change: Change) -> str:
    size = "" if change.relative is None else f", {100.0 * change.relative:+.2f} %"
    return f"{number(change.before)} -> {number(change.after)}{size}"


def _short(commit: str) -> str:
    return commit[:9] + ("+" if commit.endswith("+") and len(commit) > 9 else "")


def _unit(metric: str) -> str:
    from simkit.bench.history.metrics import unit_of

    return f" ({unit_of(metric)})" if unit_of(metric) else ""
