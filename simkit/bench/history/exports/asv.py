"""asv's results: a folder that `asv publish`, `asv compare` and `asv show` read as `results_dir`.

Every metric is a benchmark, every series one of its parameters. asv takes a rise for a regression: metrics of
which more is better are left out, and so are records that name no commit, or one that had been changed since.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from simkit.bench.history.metrics import more_is_better, unit_of
from simkit.bench.history.table import Configuration, Entry, unique_names
from simkit.errors import BadInput
from simkit.writing import write_whole

ENVIRONMENT = "simkit"
COMMIT = re.compile(r"[0-9a-f]{40}")
VERSION = "1"


def write(entries: Sequence[Entry], metric: str | None, path: Path) -> None:
    """Write `benchmarks.json` and, for each machine, `machine.json` and a file a commit."""
    taken = [e for e in entries if e.created and COMMIT.fullmatch(e.commit) and e.configuration.machine]
    # A parameter is the same on all machines.
    named = unique_names(dict.fromkeys(_anywhere(e) for e in taken), lambda of: of.label)
    metrics = dict.fromkeys(
        name for e in taken for name in e.figures if metric in (None, name) and not more_is_better(name)
    )
    if not metrics:
        raise BadInput(
            "--export asv: no record names its (unchanged) commit and a figure of which less is "
            "better; run from a checkout, or set SIMKIT_COMMIT"
        )
    benchmarks: dict[str, Any] = {"version": 2}
    names = {}
    for name in metrics:
        labels = dict.fromkeys(named[_anywhere(e)] for e in taken if name in e.figures)
        names[name] = list(labels)
        benchmarks[f"history.{name}"] = {
            "code": name,
            "name": f"history.{name}",
            "param_names": ["configuration"],
            "params": [[repr(label) for label in labels]],
            "type": "track",
            "unit": unit_of(name) or "unit",
            "version": VERSION,
        }
    files: dict[Path, Any] = {path / "benchmarks.json": benchmarks}
    for machine in dict.fromkeys(e.configuration.machine for e in taken):
        of_machine = [e for e in taken if e.configuration.machine == machine]
        about = {"arch": "", "cpu": machine, "machine": machine, "num_cpu": "", "os": "", "ram": ""}
        files[path / machine / "machine.json"] = {**about, "version": 1}
        for commit in dict.fromkeys(e.commit for e in of_machine):
            of_commit = [e for e in of_machine if e.commit == commit]
            latest = {named[_anywhere(e)]: e for e in of_commit}  # of several records the last counts
            files[path / machine / f"{commit[:8]}-{ENVIRONMENT}.json"] = _results(latest, names, about)
    for file, content in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, json.dumps(content).encode())


def _anywhere(entry: Entry) -> Configuration:
    return replace(entry.configuration, machine="")


def _results(
    latest: dict[str, Entry], metrics: dict[str, list[str]], about: dict[str, str]
) -> dict[str, Any]:
    """Return the content of a commit's file, of the latest entry by label."""
    newest = max(latest.values(), key=lambda entry: entry.created)
    time = round(datetime.fromisoformat(newest.created).timestamp() * 1000)
    results = {}
    for name, labels in metrics.items():
        values = [
            latest[label].figures[name].value if label in latest and name in latest[label].figures else None
            for label in labels
        ]
        if any(value is not None for value in values):
            params = [[repr(label) for label in labels]]
            results[f"history.{name}"] = [values, params, VERSION, time, 0.0]
    return {
        "commit_hash": newest.commit,
        "env_name": ENVIRONMENT,
        "date": time,
        "params": {**about, "python": ""},
        "python": "",
        "requirements": {},
        "env_vars": {},
        "result_columns": ["result", "params", "version", "started_at", "duration"],
        "results": results,
        "durations": {},
        "version": 2,
    }
