"""One program at a time in a folder; the dead hold nothing."""

from __future__ import annotations

import errno
import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from simkit.errors import BadInput
from simkit.record.folder_lock import locked

HOLD = """
import sys, time
from pathlib import Path
from simkit.record.folder_lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def holder(folder: Path) -> subprocess.Popen[str]:
    """Return another process that holds the folder."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_held_folder_is_refused_and_a_dead_holder_is_not_waited_for(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    other = holder(folder)
    try:
        message = rf"in use by another simkit \(process {other.pid}\)"
        with pytest.raises(BadInput, match=message) as caught, locked(folder):
            pass
        assert "\n" not in str(caught.value)
    finally:
        os.kill(other.pid, signal.SIGKILL)
        other.communicate()
    assert (folder / ".lock").exists()
    begin = time.monotonic()
    with locked(folder):
        assert (folder / ".lock").read_text() == str(os.getpid())
    assert time.monotonic() - begin < 1.0


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "run"
    with locked(folder):
        assert folder.is_dir()
    assert not folder.parent.exists()
    folder.mkdir(parents=True)
    (folder / ".result.json.123.part").write_text("half")
    for name in ("result.json", ".foo.partial", ".foo.part"):
        (folder / name).write_text("{}")
    with locked(folder):
        pass
    assert sorted(path.name for path in folder.iterdir()) == [".foo.part", ".foo.partial", "result.json"]


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", Path("/proc/simkit")):
        with pytest.raises(BadInput, match="cannot write to"), locked(folder):
            pass


class FullDisk(io.TextIOWrapper):
    """A file that can be made and not written."""

    def flush(self) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_leaves_no_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(
            Path, "open", lambda self, *mode, **options: FullDisk(io.BufferedRandom(io.FileIO(self, "a+")))
        )
        with pytest.raises(BadInput, match="No space left on device"), locked(tmp_path / "a" / "b"):
            pass
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_knows_no_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(stream: object, how: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", none)
    with locked(tmp_path):
        assert (tmp_path / ".lock").exists()
    assert list(tmp_path.iterdir()) == []
