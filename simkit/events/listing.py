"""The events of a HepMC3 ascii file, read line by line, once.

What is cut short is refused: there, HepMC3's reader gives fewer events without an error.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from simkit.errors import BadInput
from simkit.events.event_lines import RUN_LINES, EventLines, Fault, FinalState, shown
from simkit.events.pipes import BLOCK, regular_file

NAME = b"HepMC::"
HEADER = b"HepMC::Asciiv3-START_EVENT_LISTING"
FOOTER = b"HepMC::Asciiv3-END_EVENT_LISTING"
MEND = "repair this event or take it out"
LONGEST_LINE = 1 << 24
MOST_BLANK_LINES = 10_000  # one after another

# First bytes of what people give instead.
OTHER_FORMATS = {
    b"\xfd7zXZ": "an xz file; unpack it first",
    b"BZh": "a bzip2 file; unpack it first",
    b"\x28\xb5\x2f\xfd": "a zstandard file; unpack it first",
    b"root\x00": "a ROOT file; convert it to HepMC3 ascii first",
    b"<LesHouches": "a Les Houches file; shower it first, with Pythia 8 for instance",
}


def read_events(path: Path, n_events: int | None) -> Iterator[FinalState]:
    """Yield the first `n_events` events (None: all); the rest of the file is read for its end alone.

    A file may hold several listings of events, one after another, as `cat` makes it.
    Raises BadInput when the file is not a whole HepMC3 ascii file, holds no event or too few of them.
    """
    if n_events is not None and n_events < 1:
        raise BadInput(f"{path}: {n_events} events asked for; ask for at least 1 (-n, events.count)")
    try:
        with _open(path) as file:
            yield from _read(file, path, n_events)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BadInput(
            f"{path}: truncated or damaged gzip file ({error}); copy it or make it again"
        ) from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror or error}); check events.path") from None


def _open(path: Path) -> IO[bytes]:
    file = regular_file(path).open("rb")
    start = file.peek(16)
    for magic, found in OTHER_FORMATS.items():
        if start.startswith(magic):
            file.close()
            raise BadInput(f"{path}: not HepMC3 ascii, this is {found}")
    if start.startswith(b"\x1f\x8b"):
        return io.BufferedReader(cast(io.RawIOBase, gzip.GzipFile(fileobj=file)), BLOCK)
    return file


def _lines(file: IO[bytes], path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that are not blank, with their numbers."""
    blank = number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        if not line.isspace():
            blank = 0
            if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
                raise BadInput(
                    f"{path}: line {number} is longer than {LONGEST_LINE >> 20} MB; give a HepMC3 ascii file"
                )
            yield number, line
        elif (blank := blank + 1) > MOST_BLANK_LINES:
            raise BadInput(
                f"{path}: line {number} is blank, as {MOST_BLANK_LINES} before it; give a HepMC3 ascii file"
            )


def _read(file: IO[bytes], path: Path, n_events: int | None) -> Iterator[FinalState]:
    event: EventLines | None = None
    found = at = 0  # events; the line last looked at
    inside = begun = False  # a listing
    where = f"{path}: before the first event"
    try:
        for number, line in _lines(file, path):
            if not line.endswith(b"\n") and not line.startswith(FOOTER):
                at = number
                break
            if event is not None and line.startswith((b"E ", FOOTER)):
                yield event.finish()
                event, found = None, found + 1
                if found == n_events:
                    _expect_end(line, file, path)
                    return
            if line.startswith(NAME):
                if inside and not line.startswith(FOOTER):
                    break
                inside = _begins(line, path)
                begun = begun or inside
                at = number
                continue
            if not inside:
                raise _not_a_listing(path, number, begun)
            at = number
            if line.startswith(b"E "):
                where = f"{path}: event {found} (number {shown(line[2:].split(maxsplit=1)[0])[1:-1]})"
                event = EventLines(line)
            elif event is not None:
                event.add(line)
            elif line.split(maxsplit=1)[0] not in RUN_LINES:
                raise Fault(f"{shown(line)} is not a line of HepMC3 outside an event")
    except Fault as fault:
        raise BadInput(f"{where}, line {at}: {fault}; {MEND}") from None
    if at == 0:
        raise BadInput(f"{path}: empty file; events.path needs a HepMC3 file with events")
    if inside:
        raise _truncated(path, f"after line {at}, event {found}")
    if not begun:
        raise _not_a_listing(path, at, begun)
    if found == 0:
        raise BadInput(f"{path}: holds no events; give a file with events (events.path)")
    if n_events is not None:
        raise BadInput(
            f"{path}: {n_events} events asked for, {found} found; ask for at most {found} (-n, events.count)"
        )


def _begins(line: bytes, path: Path) -> bool:
    """Say whether a line of HepMC's own begins a listing of events."""
    if line.startswith(HEADER):
        return True
    if b"START_EVENT_LISTING" in line:
        name = line.decode(errors="replace").strip().removesuffix("-START_EVENT_LISTING")
        raise BadInput(f"{path}: {name}, not HepMC3 ascii; convert it with HepMC3's convert_example")
    return False


def _not_a_listing(path: Path, number: int, begun: bool) -> BadInput:
    if begun:
        return BadInput(
            f"{path}: line {number} follows the end of the events ({FOOTER.decode()!r}) and begins no other "
            "listing of HepMC3; take out what follows"
        )
    return BadInput(f"{path}: not a HepMC3 ascii file (no line {HEADER.decode()!r} at its start); give one")


def _truncated(path: Path, where: str) -> BadInput:
    return BadInput(
        f"{path}: truncated, ends {where}, without the line {FOOTER.decode()!r}; copy it or make it again"
    )


def _expect_end(tail: bytes, file: IO[bytes], path: Path) -> None:
    """Read on to the end of the file, without looking at its events."""
    while block := file.read(BLOCK):
        tail = (tail + block).rstrip()[-2 * len(FOOTER) :]
    if not tail.rstrip().endswith(FOOTER):
        raise _truncated(path, "in a later event than those asked for")
