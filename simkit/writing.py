"""How files are written: whole or not at all, through links, and straight into what is no regular file."""

from __future__ import annotations

import errno
import os
import stat
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from simkit.errors import BadInput, readable

STREAMS = ("/dev/", "/proc/")
"""Where paths name what a process has open (`/dev/stdout`): a file moved there would be one nobody sees."""
GO_ON = "what was finished before is kept: make room and go on"
PART = ".*.[0-9]*.part"
"""What matches a file that is being written, hidden beside its place."""


def is_stream(path: Path) -> bool:
    """Return whether `path` leads to a pipe, a device or a file that is open, which are written into."""
    if os.path.abspath(path).startswith(STREAMS):
        return True
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def write_whole(path: Path, content: bytes | memoryview, durable: bool = True) -> None:
    """Write a file beside its place and move it there: readers see the old one or the new one.

    A link stays, and what it leads to is written; a file that is there keeps its permissions. A device, a
    pipe or a terminal is written into. Unless `durable` is false the file is on the disk when this returns,
    also for a machine that loses power. All that simkit keeps is written with it. Errors: OSError.
    """
    if is_stream(path):
        with open(path, "wb") as stream:
            stream.write(content)
        return
    target = Path(os.path.realpath(path))
    # A name as long as the disk allows has room for no more letters.
    part = target.with_name(f".{target.name[:40]}.{os.getpid()}.{uuid.uuid4().hex[:8]}.part")
    try:
        with open(part, "xb") as stream:
            if target.exists():
                os.fchmod(stream.fileno(), stat.S_IMODE(target.stat().st_mode))
            stream.write(content)
            stream.flush()
            if durable:
                os.fsync(stream.fileno())
        os.replace(part, target)
        if durable:
            _sync_folder(target.parent)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network disks know no such thing
            raise
    finally:
        os.close(opened)


def write_text(path: Path, text: str) -> None:
    """Write a file of text as `write_whole` does, making its folder. Errors: BadInput."""
    with writing_to(path, "give a writable place"):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, readable(text).encode())


@contextmanager
def writing_to(place: Path, mend: str = "give a writable folder") -> Iterator[None]:
    """Turn a failure to write, such as of a full disk, into one line with its mend. Errors: BadInput."""
    try:
        yield
    except OSError as error:
        raise BadInput(f"cannot write to {str(place)!r} ({error.strerror}); {mend}") from None
