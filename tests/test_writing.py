"""Files are whole or not there, links stay, and what is no regular file is written into."""

from __future__ import annotations

import os
import pty
import threading
from pathlib import Path

import pytest

from simkit.errors import BadInput
from simkit.writing import write_text, write_whole


def test_a_file_is_replaced_and_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 255)
    write_whole(path, b"one")
    path.chmod(0o640)
    before = path.stat().st_ino
    write_whole(path, b"two")
    assert path.read_bytes() == b"two"
    assert path.stat().st_ino != before
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_can_be_read_by_whom_the_user_lets(tmp_path: Path) -> None:
    write_whole(tmp_path / "x", b"")
    (tmp_path / "y").touch()
    assert (tmp_path / "x").stat().st_mode == (tmp_path / "y").stat().st_mode


@pytest.mark.parametrize("there", [True, False])
def test_a_link_stays_and_its_target_is_written(tmp_path: Path, there: bool) -> None:
    folder, other = tmp_path / "here", tmp_path / "there"
    folder.mkdir()
    other.mkdir()
    if there:
        (other / "target.csv").write_text("old")
    (other / "second.csv").symlink_to("target.csv")
    (folder / "link.csv").symlink_to("../there/second.csv")
    write_whole(folder / "link.csv", b"new")
    assert (other / "target.csv").read_text() == "new"
    assert not (other / "target.csv").is_symlink()
    assert (folder / "link.csv").is_symlink()
    assert (other / "second.csv").is_symlink()
    assert sorted(path.name for path in other.iterdir()) == ["second.csv", "target.csv"]


def test_a_link_to_itself(tmp_path: Path) -> None:
    (tmp_path / "x").symlink_to("x")
    with pytest.raises(OSError, match="symbolic links"):
        write_whole(tmp_path / "x", b"")
    assert (tmp_path / "x").is_symlink()


def test_a_pipe_is_written_into(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    write_whole(tmp_path / "link", b"through")
    reader.join(10.0)
    assert read == [b"through"]
    assert (tmp_path / "pipe").is_fifo()
    assert (tmp_path / "link").is_symlink()


def test_a_terminal_is_written_into() -> None:
    own, name = pty.openpty()
    try:
        write_whole(Path(os.ttyname(name)), b"seen")
        assert os.read(own, 10) == b"seen"
    finally:
        os.close(own)
        os.close(name)


def test_what_the_process_has_open_is_not_replaced(tmp_path: Path) -> None:
    """As `-o /dev/stdout > file`: the shell's file is the one to be written."""
    with open(tmp_path / "file", "wb") as stream:
        write_whole(Path(f"/proc/self/fd/{stream.fileno()}"), b"seen")
        assert os.fstat(stream.fileno()).st_ino == (tmp_path / "file").stat().st_ino
    assert (tmp_path / "file").read_bytes() == b"seen"


def test_a_folder_is_no_place_for_a_file(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError):
        write_whole(tmp_path / "folder", b"")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_a_failure_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(number: int) -> None:
        raise OSError(28, "No space left on device")

    write_whole(tmp_path / "x", b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(tmp_path / "x", b"new")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("x", b"old")]


def test_text_is_written_whole(tmp_path: Path) -> None:
    write_text(tmp_path / "a" / "x.json", "{}")
    assert [p.name for p in (tmp_path / "a").iterdir()] == ["x.json"]
    with pytest.raises(BadInput, match="cannot write"):
        write_text(tmp_path / "a" / "x.json" / "y.json", "{}")
