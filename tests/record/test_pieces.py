"""Pieces: whole or not there, packed without a gap, damaged ones put aside."""

from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
import pytest

from simkit.errors import BadInput
from simkit.record import pieces as module
from simkit.record.pieces import Pieces
from simkit.writing import write_whole


def some(pieces: Pieces, *numbers: int) -> None:
    for number in numbers:
        pieces.save(f"{number:03d}", {"x": np.arange(1000) + number, "t": float(number)})


def check(pieces: Pieces, *numbers: int, damaged: tuple[str, ...] = ()) -> None:
    found, lost = pieces.load()
    assert list(found) == [f"{number:03d}" for number in numbers]
    for number in numbers:
        assert np.array_equal(found[f"{number:03d}"]["x"], np.arange(1000) + number)
        assert float(found[f"{number:03d}"]["t"]) == number
    assert lost == list(damaged)


@pytest.fixture
def pieces(tmp_path: Path) -> Pieces:
    return Pieces(tmp_path / "pieces")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_pieces_loose_and_packed(pieces: Pieces, tmp_path: Path) -> None:
    check(pieces)
    pieces.pack()
    assert names(tmp_path) == []
    some(pieces, 2, 1)
    check(pieces, 1, 2)
    pieces.pack()
    assert names(tmp_path) == ["pieces.zip"]
    some(pieces, 3)
    check(pieces, 1, 2, 3)
    pieces.pack()
    check(pieces, 1, 2, 3)
    pieces.remove()
    assert names(tmp_path) == []


def test_a_kill_while_packing_loses_nothing(
    pieces: Pieces, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pack is there before the first loose piece goes."""
    some(pieces, 1, 2)

    def killed(path: Path, missing_ok: bool = False) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", killed)
        with pytest.raises(KeyboardInterrupt):
            pieces.pack()
    check(Pieces(tmp_path / "pieces"), 1, 2)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut short", b"rubbish"])
def test_a_damaged_piece_is_named_and_put_aside(
    pieces: Pieces, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    some(pieces, 1, 2)
    (pieces.folder / "001.npz").write_bytes(content)
    check(pieces, 2, damaged=("001",))
    told = capsys.readouterr().err
    assert "001.npz is damaged" in told
    assert told.count("\n") == 1
    assert names(pieces.folder) == ["001.npz.corrupt", "002.npz"]
    some(pieces, 1)
    check(pieces, 1, 2)


def test_a_flipped_bit_is_seen(pieces: Pieces) -> None:
    some(pieces, 1)
    path = pieces.folder / "001.npz"
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 4
    path.write_bytes(content)
    check(pieces, damaged=("001",))


def test_a_damaged_pack_keeps_its_sound_pieces(pieces: Pieces, tmp_path: Path) -> None:
    some(pieces, 1, 2, 3)
    pieces.pack()
    content = bytearray(pieces.pack_file.read_bytes())
    content[len(content) // 2] ^= 4  # within the second of three
    pieces.pack_file.write_bytes(content)
    check(pieces, 1, 3, damaged=("002",))
    assert names(tmp_path) == ["pieces", "pieces.zip.corrupt"]
    check(pieces, 1, 3)
    pieces.pack_file.write_bytes(b"no archive")
    check(pieces, 1, 3)


def test_half_written_files_are_removed(tmp_path: Path) -> None:
    folder = tmp_path / "pieces"
    folder.mkdir()
    (folder / ".001.npz.99.part").write_bytes(b"half")
    check(Pieces(folder))
    assert names(folder) == []


def test_a_full_disk(pieces: Pieces, monkeypatch: pytest.MonkeyPatch) -> None:
    some(pieces, 1)

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(module.os, "fsync", full)
        with pytest.raises(BadInput, match=r"No space left on device.* is kept: make room and go on"):
            some(pieces, 2)
    assert names(pieces.folder) == ["001.npz"]
    check(pieces, 1)


def test_writing_whole_replaces(tmp_path: Path) -> None:
    write_whole(tmp_path / "x", b"one")
    write_whole(tmp_path / "x", b"two")
    assert (tmp_path / "x").read_bytes() == b"two"
    assert names(tmp_path) == ["x"]
