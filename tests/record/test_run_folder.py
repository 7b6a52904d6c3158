"""The folder of a run: complete or not there."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pyarrow.parquet as parquet
import pytest

from simkit.errors import BadInput
from simkit.record import run_folder
from simkit.record.read import read_record
from simkit.record.result import Result
from simkit.record.run_folder import check_writable, write_run
from simkit.record.tallies import PER_EVENT, Tallies

REGIONS = ("absorber", "gap", "world")


def test_what_is_written_is_read(tmp_path: Path, result: Result, tallies: Tallies) -> None:
    folder = tmp_path / "a" / "run"
    write_run(folder, result, tallies, REGIONS)
    assert sorted(p.name for p in folder.iterdir()) == ["events.parquet", "result.json", "tallies.npz"]
    assert read_record(folder / "result.json", Result, "") == result
    with np.load(folder / "tallies.npz") as again:
        for name in PER_EVENT:
            assert np.array_equal(again[name], getattr(tallies, name)), name
        assert again["regions"].tolist() == list(REGIONS)
    events = parquet.read_table(folder / "events.parquet").to_pydict()
    assert events["event"] == [0, 1]
    assert events["edep_MeV.absorber"] == [7.0, 7.0]
    assert events["energy_balance_MeV.leaked"] == [0.0, 1.0]
    assert events["counters.virtual_collisions"] == [5, 6]


def test_the_same_run_gives_the_same_bytes(tmp_path: Path, result: Result, tallies: Tallies) -> None:
    for name in "ab":
        write_run(tmp_path / name, result, tallies, REGIONS)
    for file in ("events.parquet", "result.json", "tallies.npz"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_a_run_that_cannot_be_finished_leaves_no_record(
    tmp_path: Path, result: Result, tallies: Tallies, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_run(tmp_path, result, tallies, REGIONS)

    write = run_folder.write_whole

    def full(path: Path, content: bytes) -> None:
        if path.name == "events.parquet":
            raise OSError(28, "No space left on device")
        write(path, content)

    monkeypatch.setattr(run_folder, "write_whole", full)
    message = (
        r"No space left on device\); make room and give the same command with --out .*: what was finished is"
    )
    with pytest.raises(BadInput, match=message):
        write_run(tmp_path, result, tallies, REGIONS)
    # The record that was there belonged to other tallies.
    assert sorted(p.name for p in tmp_path.iterdir()) == ["events.parquet", "tallies.npz"]


def test_a_run_is_on_the_disk_when_it_is_written(
    tmp_path: Path, result: Result, tallies: Tallies, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its shards, which are, are deleted next."""
    synced: list[str] = []
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda n: (synced.append(os.readlink(f"/proc/self/fd/{n}")), fsync(n)))
    write_run(tmp_path, result, tallies, REGIONS)
    names = [Path(path).name for path in synced]
    for file in ("tallies.npz", "events.parquet", "result.json"):
        (part,) = [k for k, name in enumerate(names) if name.startswith(f".{file}.{os.getpid()}.")]
        assert names[part + 1] == tmp_path.name


def test_checking_a_folder_leaves_nothing(tmp_path: Path) -> None:
    check_writable(tmp_path / "a" / "b")
    assert list(tmp_path.iterdir()) == []


def test_folders_that_cannot_be_written(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for folder in (file, file / "below", Path("/proc/simkit")):
        with pytest.raises(BadInput, match="cannot write"):
            check_writable(folder)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    with pytest.raises(BadInput, match="Permission denied"):
        check_writable(tmp_path / "run")
