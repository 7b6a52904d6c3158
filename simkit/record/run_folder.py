"""The folder of a run: `result.json`, `events.parquet` and `tallies.npz`, written whole or not at all."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from simkit.record.result import Result
from simkit.record.tallies import (
    BALANCE,
    COUNTERS,
    ENERGY_UNIT,
    LENGTH_UNIT,
    PARTICLES,
    PER_EVENT,
    PROCESSES,
    Tallies,
)
from simkit.writing import write_whole, writing_to

RESULT, EVENTS, TALLIES = "result.json", "events.parquet", "tallies.npz"


def check_writable(folder: Path) -> None:
    """Raise BadInput when `folder` cannot be made or written; leaves nothing behind."""
    made: list[Path] = []
    with writing_to(folder):
        try:
            for path in [*reversed(folder.parents), folder]:
                if not path.is_dir():
                    path.mkdir()
                    made.append(path)
            with tempfile.TemporaryFile(dir=folder):
                pass
        finally:
            for path in reversed(made):
                path.rmdir()


def write_run(folder: Path, result: Result, tallies: Tallies, regions: Sequence[str]) -> None:
    """Write a run to `folder`.

    Each file is written beside its place and moved there; `result.json` comes last, so that a folder that has
    one is complete. `regions` are the names of the tallies' regions.
    """
    mend = (
        f"make room and give the same command with --out {folder} (and without --keep): what was finished is "
        "kept there"
    )
    with writing_to(folder, mend):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / RESULT).unlink(missing_ok=True)
        write_whole(folder / TALLIES, _tallies(tallies, regions))
        write_whole(folder / EVENTS, _events(tallies, regions))
        write_whole(folder / RESULT, (result.to_json() + "\n").encode())


def copy_run(source: Path, folder: Path) -> None:
    """Write a run that lies in `source` to `folder`, too, in place of one there. Errors: BadInput."""
    with writing_to(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if folder.samefile(source):
            return
        (folder / RESULT).unlink(missing_ok=True)
        for name in (TALLIES, EVENTS, RESULT):
            if (source / name).is_file():
                write_whole(folder / name, (source / name).read_bytes())
            else:
                (folder / name).unlink(missing_ok=True)


def _tallies(tallies: Tallies, regions: Sequence[str]) -> bytes:
    arrays: dict[str, Any] = {name: getattr(tallies, name) for name in (*PER_EVENT, "cell_region")}
    names = {"regions": np.array(regions), "processes": np.array(PROCESSES), "particles": np.array(PARTICLES)}
    stream = io.BytesIO()
    np.savez_compressed(stream, allow_pickle=False, **arrays, **names)
    return stream.getvalue()


def _events(tallies: Tallies, regions: Sequence[str]) -> bytes:
    # pyarrow takes a third of a second to import: only those who write pay.
    import pyarrow
    import pyarrow.parquet

    # Made of buffers: for a numpy array pyarrow would import pandas, which takes as long again.
    arrays = {
        name: pyarrow.Array.from_buffers(
            pyarrow.from_numpy_dtype(column.dtype),
            len(column),
            [None, pyarrow.py_buffer(np.ascontiguousarray(column))],
        )
        for name, column in event_columns(tallies, regions).items()
    }
    stream = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(arrays), stream)
    return stream.getvalue()


def event_columns(tallies: Tallies, regions: Sequence[str]) -> dict[str, np.ndarray]:
    """Return the columns of the table of events by name; `regions` are the names of the tallies' regions."""
    deposits = tallies.region_deposits * ENERGY_UNIT
    visible = tallies.region_visible * ENERGY_UNIT
    lengths = tallies.track_length * LENGTH_UNIT
    balance = tallies.balance * ENERGY_UNIT
    columns: dict[str, np.ndarray] = {"event": tallies.events}
    if tallies.weights is not None:
        columns["weight"] = tallies.weights
    for r, region in enumerate(regions):
        columns[f"edep_MeV.{region}"] = deposits[:, r]
        if tallies.responds:
            columns[f"visible_MeV.{region}"] = visible[:, r]
        if tallies.fast.shape[1]:
            columns[f"fast_MeV.{region}"] = tallies.fast[:, r] * ENERGY_UNIT
            columns[f"fast_hits.{region}"] = tallies.fast[:, len(regions) + r]
        columns[f"track_length_mm.{region}"] = lengths[:, r]
        for p, particle in enumerate(PARTICLES):
            columns[f"steps.{particle}.{region}"] = tallies.steps[:, p, r]
    groups: list[tuple[str, Sequence[str], np.ndarray]] = [
        ("secondaries", PARTICLES, tallies.secondaries),
        ("interactions", PROCESSES, tallies.interactions),
        ("energy_balance_MeV", BALANCE, balance),
        ("counters", COUNTERS, tallies.counters),
    ]
    for prefix, names, table in groups:
        for i, name in enumerate(names):
            columns[f"{prefix}.{name}"] = table[:, i]
    columns["energy_balance_MeV.residual"] = tallies.residual()
    return columns
