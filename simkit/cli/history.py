"""`simkit history`: one metric over all records kept under a folder, oldest first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from simkit.cli.options import Json, record_folders
from simkit.cli.show import console, number, table
from simkit.errors import BadInput, unknown

# Parts of a record that say how it was made, not what came out.
NO_METRIC = ("scenario", "engine", "machine", "settings", "seed", "cuts_MeV")


def command(
    metric: Annotated[
        str, typer.Argument(metavar="[METRIC]", help="A number of the record, such as steps_per_event.gamma.")
    ] = "cpu_s_per_event",
    results: Annotated[Path | None, typer.Option("--results", help="Where records lie.")] = None,
    as_json: Json = False,
) -> None:
    """Show one metric of all runs and campaigns kept under a folder."""
    folders = record_folders(results)
    found = (record for folder in folders for record in read_records(folder))
    records = sorted(found, key=lambda record: record["created"])
    if not records:
        raise BadInput(
            f"there is no result.json or campaign.json below {' or '.join(map(repr, map(str, folders)))}; "
            "give --results FOLDER"
        )
    rows = [{**r, "metrics": None, "value": r["metrics"][metric]} for r in records if metric in r["metrics"]]
    if not rows:
        raise unknown("metric", metric, {name for record in records for name in record["metrics"]})
    for row in rows:
        del row["metrics"]
    if as_json:
        print(json.dumps({"metric": metric, "records": rows}, indent=2))
        return
    cells = [
        ("+".join([r["scenario"], *r["speedups"]]), r["hash"], r["created"], r["version"], number(r["value"]))
        for r in rows
    ]
    console().print(table(metric, ("scenario", "hash", "created", "version", metric), cells))


def read_records(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield scenario, speedups, hash, created, version and metrics of every record below `folder`.

    Files that are no records are passed over: results of other programs may lie there too.
    """
    for path in sorted(folder.rglob("result.json")):
        record = _read(path)
        if str(record.get("schema", "")).startswith("simkit.result/"):
            about = record["scenario"]
            yield {
                "scenario": about["name"],
                "speedups": about["speedups"],
                "hash": about["hash"],
                "created": record["timing"]["created"],
                "version": record["engine"]["version"],
                "metrics": _flat({**record, **record["timing"], "timing": {}}),
            }
    for path in sorted(folder.rglob("campaign.json")):
        record = _read(path)
        if str(record.get("schema", "")).startswith("simkit.campaign/"):
            for side in [record["baseline"], *(rung["side"] for rung in record["rungs"])]:
                yield {
                    "scenario": side["scenario"],
                    "speedups": side["speedups"],
                    "hash": side["scenario_hash"],
                    "created": record["provenance"]["created"],
                    "version": side["engine"].get("version", ""),
                    "metrics": _flat(side),
                }


def _read(path: Path) -> dict[str, Any]:
    try:
        record = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _flat(record: dict[str, Any], prefix: str = "") -> dict[str, float]:
    """Return the numbers of a record by dotted key; an interval stands for its value."""
    out: dict[str, float] = {}
    for key, value in record.items():
        name = f"{prefix}{key}"
        if name in NO_METRIC or isinstance(value, (bool, str, list)):
            continue
        if isinstance(value, dict):
            out |= {name: value["value"]} if "value" in value else _flat(value, f"{name}.")
        elif isinstance(value, (int, float)):
            out[name] = value
    return out
