"""Pipes as files: what can be read once only is copied, and the copy read as often as it is needed."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, NamedTuple

from simkit.errors import BadInput, shown

BLOCK = 1 << 20
STARTS = (b"HepMC::", b"\x1f\x8b", b"{")
"""Of what is copied whole: events, what gzip packed, tables of G4HepEm."""


class _Copy(NamedTuple):
    """What came through a pipe, and when it was last written to."""

    file: IO[bytes]
    written: tuple[int, ...]


_copies: dict[str, _Copy] = {}


def regular_file(path: Path) -> Path:
    """Return `path`, or that of a copy of all that comes through the pipe `path`.

    A pipe is `mkfifo`, /dev/stdin or `<(...)`; it is read anew when somebody has written to it again. Copies
    are in the folder of temporary files and end with the process. Errors: BadInput for a folder or a device,
    OSError.
    """
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise BadInput(f"{path}: is a folder; give a file")
    if stat.S_ISREG(mode):
        return path
    if not stat.S_ISFIFO(mode):
        raise BadInput(f"{path}: is a device or a socket; give a file or a pipe")
    kept = _copies.get(str(path))
    if kept is None or kept.written != _written(path):
        kept = _copies[str(path)] = _copy(path)
    return Path(kept.file.name)


def file_problem(path: Path, wanted: str) -> str | None:
    """Return what is wrong with a file that should hold what is `wanted`, in words; None where nothing is."""
    if not os.path.exists(path):  # also of a name too long for one
        return f"there is no file {shown(str(path))}; give the path of {wanted}"
    try:
        with regular_file(path).open("rb") as file:
            return None if file.read(1) else f"the file {str(path)!r} is empty; give {wanted}"
    except OSError as error:
        return f"cannot read {str(path)!r} ({error.strerror}); give {wanted}"


def _copy(path: Path) -> _Copy:
    copy = NamedTemporaryFile(prefix="simkit-")  # noqa: SIM115 (gone with the process)
    with path.open("rb") as pipe:
        while block := pipe.read(BLOCK):
            if copy.tell() == 0 and not block.lstrip()[:16].startswith(STARTS):
                copy.write(block)  # what it is instead is said where it is read
                break
            copy.write(block)
    copy.flush()
    return _Copy(copy, _written(path))


def _written(path: Path) -> tuple[int, ...]:
    about = os.stat(path)
    return about.st_dev, about.st_ino, about.st_mtime_ns
