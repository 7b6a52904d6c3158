"""The history in other people's formats: one format a file, each with `write(entries, metric, path)`.

`metric` None stands for all of them; `path` is the file, or the folder of formats that need several.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from simkit.bench.history.table import Entry
from simkit.errors import unknown
from simkit.writing import writing_to


class Format(NamedTuple):
    """A format: the module and the function that write it, and what it is called where no name is given."""

    module: str
    function: str
    path: str


FORMATS = {
    "csv": Format("tables", "write_csv", "history.csv"),
    "parquet": Format("tables", "write_parquet", "history.parquet"),
    "bmf": Format("bmf", "write", "bmf.json"),
    "pytest-benchmark": Format("pytest_benchmark", "write", "0001_simkit.json"),
    "asv": Format("asv", "write", "asv-results"),
    "otava": Format("otava", "write", "otava"),
    "root": Format("root", "write", "history.root"),
}


def check_format(name: str) -> Format:
    """Return the format called `name`. Errors: BadInput with the nearest right name."""
    if name not in FORMATS:
        raise unknown("format", name, FORMATS, "--export")
    return FORMATS[name]


def export(entries: Sequence[Entry], name: str, metric: str | None = None, path: Path | None = None) -> Path:
    """Write entries in the format called `name` and return where they are.

    Errors: BadInput for an unknown format or metric, for entries that hold nothing the format can take, for a
    library that is missing, and for a place that cannot be written; then nothing half-written is left.
    """
    form = check_format(name)
    if metric is not None:
        check_metric(metric, entries)
    target = path if path is not None else Path(form.path)
    writer = import_module(f"simkit.bench.history.exports.{form.module}")
    with writing_to(target, "give a writable place with -o"):
        getattr(writer, form.function)(entries, metric, target)
    return target


def check_metric(metric: str, entries: Sequence[Entry]) -> None:
    """Raise BadInput with the nearest right name unless some entry has `metric`."""
    if not any(metric in entry.figures for entry in entries):
        raise unknown("metric", metric, {name for entry in entries for name in entry.figures})
