"""pytest-benchmark's JSON: what `pytest --benchmark-compare` and `pytest-benchmark compare` read.

A series is a benchmark; its rounds are the records of its newest commit. All other figures of the last record
stand in `extra_info`.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from simkit.bench.history.exports.bmf import full_name
from simkit.bench.history.metrics import CPU_PER_EVENT, unit_of
from simkit.bench.history.table import Entry, series, unique_names
from simkit.errors import BadInput
from simkit.writing import write_whole

VERSION = "5.1.0"  # of pytest-benchmark's format


def write(entries: Sequence[Entry], metric: str | None, path: Path) -> None:
    """Write one file of benchmarks. Errors: BadInput for a metric that is no time."""
    name = metric or CPU_PER_EVENT
    if unit_of(name) != "s":
        raise BadInput(
            f"--export pytest-benchmark: {name!r} is not a time in s, and it takes nothing else; "
            f"try {CPU_PER_EVENT}"
        )
    benchmarks = []
    newest: Entry | None = None
    groups = series(entry for entry in entries if name in entry.figures)
    names = unique_names(groups, full_name)
    for of, group in groups.items():
        last = group[-1]
        rounds = [entry.figures[name].value for entry in group if entry.commit == last.commit]
        benchmarks.append(_benchmark(names[of], of.scenario, last, name, rounds))
        newest = last if newest is None else max(newest, last, key=lambda entry: entry.created)
    if newest is None:
        raise BadInput(f"--export pytest-benchmark: no record tells {name}; give a METRIC that they have")
    whole = {
        "machine_info": {"node": newest.configuration.machine, "processor": newest.configuration.machine},
        "commit_info": {
            "id": newest.commit.rstrip("+"),
            "time": newest.created,
            "dirty": newest.commit.endswith("+"),
            "project": "simkit",
        },
        "benchmarks": benchmarks,
        "datetime": newest.created,
        "version": VERSION,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(whole, indent=2, allow_nan=False).encode())


def _benchmark(name: str, group: str, last: Entry, metric: str, rounds: list[float]) -> dict[str, Any]:
    several = len(rounds) > 1
    mean, spread = statistics.fmean(rounds), statistics.stdev(rounds) if several else 0.0
    q1, median, q3 = statistics.quantiles(rounds, n=4, method="inclusive") if several else [mean] * 3
    low, high = q1 - 1.5 * (q3 - q1), q3 + 1.5 * (q3 - q1)
    far = sum(abs(x - mean) > spread for x in rounds)
    outside = sum(not low <= x <= high for x in rounds)
    return {
        "group": group,
        "name": name,
        "fullname": name,
        "params": None,
        "param": None,
        "extra_info": {key: figure.value for key, figure in last.figures.items() if key != metric},
        "options": {"disable_gc": False, "timer": "process_time", "min_rounds": 1, "warmup": True},
        "stats": {
            "min": min(rounds),
            "max": max(rounds),
            "mean": mean,
            "stddev": spread,
            "rounds": len(rounds),
            "median": median,
            "iqr": q3 - q1,
            "q1": q1,
            "q3": q3,
            "iqr_outliers": outside,
            "stddev_outliers": far,
            "outliers": f"{far};{outside}",
            "ld15iqr": min(x for x in rounds if x >= low),
            "hd15iqr": max(x for x in rounds if x <= high),
            "ops": 1.0 / mean if mean else 0.0,
            "total": sum(rounds),
            "data": rounds,
            "iterations": 1,
        },
    }
