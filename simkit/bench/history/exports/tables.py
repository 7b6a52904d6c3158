"""The tidy table: one row per record, configuration and metric, as CSV or Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from simkit.bench.history.metrics import unit_of
from simkit.bench.history.table import Entry
from simkit.writing import write_whole

TEXTS = (
    "created",
    "commit",
    "version",
    "machine",
    "kind",
    "scenario",
    "speedups",
    "hash",
    "engine",
    "backend",
    "against",
    "record",
    "metric",
    "unit",
)
NUMBERS = ("value", "lo", "hi")
COLUMNS = (*TEXTS, *NUMBERS)


def rows(entries: Sequence[Entry], metric: str | None) -> Iterator[tuple[str | float | None, ...]]:
    """Yield rows of COLUMNS; `lo` and `hi` are None where a record tells no interval."""
    for entry in entries:
        of = entry.configuration
        about: tuple[str, ...] = (
            entry.created,
            entry.commit,
            entry.version,
            of.machine,
            of.kind,
            of.scenario,
            of.speedups,
        )
        about += (of.hash, of.engine, of.backend, of.against, entry.record.as_posix())
        for name in entry.figures if metric is None else entry.figures.keys() & {metric}:
            yield (*about, name, unit_of(name), *entry.figures[name])


def write_csv(entries: Sequence[Entry], metric: str | None, path: Path) -> None:
    """Write the table as CSV (RFC 4180), with a header."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows(entries, metric))
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, text.getvalue().encode())


def write_parquet(entries: Sequence[Entry], metric: str | None, path: Path) -> None:
    """Write the table as Parquet; the types do not depend on what there is."""
    import pyarrow
    import pyarrow.parquet

    types = {name: pyarrow.string() for name in TEXTS} | {name: pyarrow.float64() for name in NUMBERS}
    columns = list(zip(*rows(entries, metric))) or [()] * len(COLUMNS)
    arrays = {
        name: pyarrow.array(
            [None if v is None else v if name in TEXTS else float(v) for v in column], types[name]
        )
        for name, column in zip(COLUMNS, columns)
    }
    sink = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(arrays), sink)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, sink.getvalue())
