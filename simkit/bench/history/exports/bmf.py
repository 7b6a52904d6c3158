"""Bencher Metric Format: the last record of each series.

{series: {metric: {"value", "lower_value", "upper_value"}}}, see
https://bencher.dev/docs/reference/bencher-metric-format; `bencher run --adapter json --file bmf.json`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from simkit.bench.history.table import Configuration, Entry, series, unique_names
from simkit.writing import write_whole


def write(entries: Sequence[Entry], metric: str | None, path: Path) -> None:
    """Write the newest figures of every series; one machine's only have to be chosen by the folder read."""
    tree: dict[str, dict[str, dict[str, float]]] = {}
    groups = series(entries)
    names = unique_names(groups, full_name)
    for of, group in groups.items():
        measures = {}
        for name, figure in group[-1].figures.items():
            if metric in (None, name):
                bounds = {"lower_value": figure.lo, "upper_value": figure.hi}
                known = {key: bound for key, bound in bounds.items() if bound is not None}
                measures[name] = {"value": figure.value, **known}
        if measures:
            tree[names[of]] = measures
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(tree, indent=2, allow_nan=False).encode())


def full_name(of: Configuration) -> str:
    """Return the name of a series among those of all machines."""
    return f"{of.label} on {of.machine}" if of.machine else of.label
