"""What Apache Otava (https://otava.apache.org, formerly Hunter) finds change points in.

A folder with a CSV for each series, of time, commit, version and metrics, and `otava.yaml`, which names them:
`cd otava && OTAVA_CONFIG=otava.yaml otava analyze TEST`.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from simkit.bench.history.metrics import more_is_better
from simkit.bench.history.table import Configuration, Entry, series, unique_names
from simkit.errors import BadInput
from simkit.record.machine import folder_name
from simkit.writing import write_whole

ABOUT = ("time", "commit", "version")


def write(entries: Sequence[Entry], metric: str | None, path: Path) -> None:
    """Write a CSV a series and the configuration; of metrics those that every record of the series has."""
    tests: dict[str, Any] = {}
    files: dict[Path, bytes] = {}
    groups = series(e for e in entries if e.created and (metric is None or metric in e.figures))
    names = unique_names(groups, _test)
    for of, group in groups.items():
        metrics = [
            name
            for name in group[0].figures
            if metric in (None, name) and all(name in e.figures for e in group)
        ]
        if not metrics:
            continue
        test = names[of]
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([*ABOUT, *metrics])
        for e in group:
            writer.writerow([e.created, e.commit, e.version, *(e.figures[name].value for name in metrics)])
        files[path / f"{test}.csv"] = text.getvalue().encode()
        tests[test] = {
            "type": "csv",
            "file": f"{test}.csv",
            "time_column": ABOUT[0],
            "attributes": list(ABOUT[1:]),
            "metrics": {
                name: {"column": name, "direction": 1 if more_is_better(name) else -1, "scale": 1.0}
                for name in metrics
            },
        }
    if not tests:
        raise BadInput("--export otava: there is no metric that all records of a configuration have")
    path.mkdir(parents=True, exist_ok=True)
    for file, content in files.items():
        write_whole(file, content)
    # JSON is YAML.
    write_whole(path / "otava.yaml", json.dumps({"tests": tests}, indent=2).encode())


def _test(of: Configuration) -> str:
    """Return the name of a test, which is that of its file, too: no longer than any disk allows."""
    parts = (of.machine[:60], str(of)[:100], of.hash[:8])
    return ".".join(folder_name(part) for part in parts if part)
