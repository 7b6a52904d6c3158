"""`simkit history`: one metric over all records kept, with its change points; and the history's exports."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simkit.cli.options import Json, record_folders
from simkit.cli.show import console, number, plain, table
from simkit.errors import BadInput

if TYPE_CHECKING:
    from simkit.bench.history.change_points import Change
    from simkit.bench.history.table import Configuration, Entry

METRIC = "cpu_s_per_event"
NO_RUPTURES = "change points are not looked for: ruptures is not installed; pip install 'simkit[history]'"


def command(
    metric: Annotated[
        str | None,
        typer.Argument(
            metavar="[METRIC]",
            show_default=False,
            help="A number of the records, such as steps_per_event.gamma; cpu_s_per_event.",
        ),
    ] = None,
    results: Annotated[
        Path | None, typer.Option("--results", show_default=False, help="Where records lie.")
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
    from simkit.bench.history.exports import check_format, check_metric
    from simkit.bench.history.exports import export as write
    from simkit.bench.history.table import need_history, series

    if export is not None:
        check_format(export)
    elif out is not None:
        raise BadInput("-o: names where to export to; add --export FORMAT")
    entries, faults = need_history(record_folders(results))
    for fault in faults:
        print(f"simkit: left out: {fault}", file=sys.stderr)
    if export is not None:
        path = write(entries, export, metric, out)
        print(json.dumps({"format": export, "path": str(path)}) if as_json else path)
        return
    name = metric or METRIC
    check_metric(name, entries)
    groups = series(entry for entry in entries if name in entry.figures)
    from simkit.bench.history import change_points

    searched = change_points.available()
    changes = {
        of: change_points.find_changes([entry.figures[name].value for entry in group]) if searched else []
        for of, group in groups.items()
    }
    if as_json:
        print(json.dumps(_record(name, groups, changes, searched), indent=2))
    else:
        show(name, groups, changes)
        if not searched:
            console().print(NO_RUPTURES, markup=False)


def show(
    metric: str, groups: dict[Configuration, list[Entry]], changes: dict[Configuration, list[Change]]
) -> None:
    """Print the series for people, each under its name; a change stands beside the first record after it."""
    out = console()
    columns = "created (UTC), commit, version, value, 95 %, change of level"
    out.print(f"[bold]{plain(metric)}[/bold]{_unit(metric)}: {columns}")
    for of, group in groups.items():
        found = {change.place: change for change in changes[of]}
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


def _record(
    metric: str,
    groups: dict[Configuration, list[Entry]],
    changes: dict[Configuration, list[Change]],
    searched: bool,
) -> dict[str, Any]:
    """Return what --json prints: `records` of all series, oldest first, and the changes by series."""
    records = [
        {
            "machine": of.machine,
            "kind": of.kind,
            "scenario": of.scenario,
            "speedups": of.speedups.split("+") if of.speedups else [],
            "hash": of.hash,
            "engine": of.engine,
            "against": of.against,
            "created": entry.created,
            "commit": entry.commit,
            "version": entry.version,
            "record": str(entry.record),
            **entry.figures[metric]._asdict(),
        }
        for of, group in groups.items()
        for entry in group
    ]
    found = [
        {
            "series": str(of),
            "machine": of.machine,
            "hash": of.hash,
            "created": groups[of][change.place].created,
            "commit": groups[of][change.place].commit,
            "before": change.before,
            "after": change.after,
        }
        for of, of_series in changes.items()
        for change in of_series
    ]
    records.sort(key=lambda record: str(record["created"]))
    return {
        "schema": "simkit.history/1",
        "metric": metric,
        "records": records,
        "changes": found if searched else None,
    }
