"""One program at a time in a folder."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from simkit.errors import BadInput
from simkit.writing import PART, writing_to

LOCK = ".lock"
NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS)
"""What some disks of a network say."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold `folder`, made if need be, for this process alone.

    The system lets the lock go when its process ends, however it ends, so a killed one blocks nobody. What
    was half-written when it was killed is removed. Errors: BadInput when another process holds the folder,
    or it cannot be written.
    """
    path = folder / LOCK
    made = [above for above in (folder, *folder.parents) if not above.is_dir()]
    with writing_to(folder):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            stream = _hold(path)
            for part in folder.glob(PART):
                part.unlink(missing_ok=True)
        except OSError:
            _remove_empty(made)
            raise
    try:
        yield
    finally:
        # Removed while held, so that nobody else's is.
        path.unlink(missing_ok=True)
        stream.close()
        _remove_empty(made)


def _remove_empty(folders: list[Path]) -> None:
    """Remove the folders made for nothing, the innermost first, up to one that holds something."""
    with suppress(OSError):
        for folder in folders:
            folder.rmdir()


def _hold(path: Path) -> IO[str]:
    while True:
        stream = path.open("a+", encoding="utf-8")
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in NO_LOCKS:  # whoever keeps files there knows that it is theirs
                return stream
            if not isinstance(error, BlockingIOError):
                stream.close()
                raise
            stream.seek(0)
            holder = stream.read().strip()
            stream.close()
            raise BadInput(
                f"{str(path.parent)!r} is in use by another simkit (process {holder}); wait until it ends, "
                "or give another folder"
            ) from None
        try:
            if path.stat().st_ino == os.fstat(stream.fileno()).st_ino:
                try:
                    stream.truncate(0)
                    stream.write(str(os.getpid()))
                    stream.flush()
                except OSError:  # a full disk: whose lock it is cannot be told, so it is nobody's
                    path.unlink(missing_ok=True)
                    with suppress(OSError):
                        stream.close()
                    raise
                return stream
        except FileNotFoundError:
            pass
        stream.close()  # its holder has just removed it: there is a new one, or none
