"""The folder of a run: `result.json`, `events.parquet` and `tallies.npz`, written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from simkit.errors import BadInput
from simkit.record.read import read_record
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


def check_writable(folder: Path) -> None:
    """Raise BadInput when `folder` cannot be made or written; leaves nothing behind."""
    made: list[Path] = []
    try:
        for path in [*reversed(folder.parents), folder]:
            if not path.is_dir():
                path.mkdir()
                made.append(path)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise BadInput(
            f"cannot write to {str(folder)!r} ({error.strerror}); give a writable folder"
        ) from None
    finally:
        for path in reversed(made):
            path.rmdir()


def write_run(folder: Path, result: Result, tallies: Tallies, regions: Sequence[str]) -> None:
    """Write a run to `folder`.

    Each file is written beside its place and moved there; `result.json` comes last, so that a folder that has
    one is complete. `regions` are the names of the tallies' regions.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "result.json").unlink(missing_ok=True)
        _replace(folder / "tallies.npz", lambda path: _write_tallies(path, tallies, regions))
        _replace(folder / "events.parquet", lambda path: _write_events(path, tallies, regions))
        _replace(folder / "result.json", lambda path: path.write_text(result.to_json() + "\n"))
    except OSError as error:
        raise BadInput(f"cannot write to {str(folder)!r} ({error.strerror}); the run is not kept") from None


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all, making its folder. Errors: BadInput where it cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, lambda part: part.write_text(text, encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"cannot write {str(path)!r} ({error.strerror}); give a writable place") from None


def read_result(folder: Path) -> Result:
    """Return the record in `folder`. Errors: BadInput where there is none of this schema."""
    return read_record(folder / "result.json", Result, "give the folder of a finished run")


def read_tallies(folder: Path) -> Tallies:
    """Return the tallies in `folder`, times left at zero."""
    path = folder / "tallies.npz"
    try:
        with np.load(path) as data:
            return Tallies(**{name: data[name] for name in (*PER_EVENT, "cell_region")})
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise BadInput(f"{path}: cannot be read ({error}); give the folder of a finished run") from None


def _replace(path: Path, write: Callable[[Path], object]) -> None:
    part = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        write(part)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _write_tallies(path: Path, tallies: Tallies, regions: Sequence[str]) -> None:
    arrays: dict[str, Any] = {name: getattr(tallies, name) for name in (*PER_EVENT, "cell_region")}
    names = {"regions": np.array(regions), "processes": np.array(PROCESSES), "particles": np.array(PARTICLES)}
    np.savez_compressed(path, allow_pickle=False, **arrays, **names)


def _write_events(path: Path, tallies: Tallies, regions: Sequence[str]) -> None:
    # pyarrow takes a third of a second to import: only those who write pay.
    import pyarrow
    import pyarrow.parquet

    deposits = tallies.region_deposits * ENERGY_UNIT
    lengths = tallies.track_length * LENGTH_UNIT
    balance = tallies.balance * ENERGY_UNIT
    columns: dict[str, np.ndarray] = {"event": tallies.events}
    for r, region in enumerate(regions):
        columns[f"edep_MeV.{region}"] = deposits[:, r]
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
    pyarrow.parquet.write_table(pyarrow.table(columns), path)
