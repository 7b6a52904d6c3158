"""Stdin, stdout and stderr as the program needs them, whatever it was started with."""

from __future__ import annotations

import codecs
import io
import json
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Buffer


def open_closed() -> None:
    """Open what is closed of stdin, stdout and stderr, as under cron, on the null device.

    Files opened later would otherwise get their numbers, and what is printed.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(number, True)
    os.close(number)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115


class _Forgetful(io.FileIO):
    """A file that drops what it cannot take."""

    def write(self, data: Buffer, /) -> int:
        try:
            return super().write(data)
        except OSError:
            return memoryview(data).nbytes


def drop_what_stderr_cannot_take() -> None:
    """Let no message fail, as on a full disk: results and exit code are those of the work.

    What stays in Python's buffer of stderr would fail again at the program's end, and make its exit code 120.
    """
    if isinstance(sys.stderr, io.TextIOWrapper) and sys.stderr is sys.__stderr__:
        sys.stderr = io.TextIOWrapper(
            io.BufferedWriter(_Forgetful(sys.stderr.fileno(), "w", closefd=False)),
            encoding=sys.stderr.encoding,
            errors=sys.stderr.errors,
            line_buffering=True,
        )


def spell_what_cannot_be_written() -> None:
    """Let stdout spell letters that its encoding lacks as \\u00fc, which JSON reads as the letter itself.

    Names of files that are no text are written byte by byte, as they are.
    """
    codecs.register_error("simkit.spell", _spell)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="simkit.spell")


def _spell(error: UnicodeError) -> tuple[bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letters = error.object[error.start : error.end]
    spelled = (
        bytes([ord(one) - 0xDC00]) if 0xDC80 <= ord(one) <= 0xDCFF else json.dumps(one)[1:-1].encode()
        for one in letters
    )
    return b"".join(spelled), error.end


def leave_stdout() -> None:
    """Write no more to stdout: what is left of it must not fail again at the program's end."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)
