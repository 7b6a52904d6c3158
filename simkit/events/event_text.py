"""The text of a HepMC3 ascii file, cut into events.

pyhepmc reads a truncated file as a shorter one, without an error; here the end has to be there.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple, cast

from simkit.errors import BadInput
from simkit.events.event_check import check_event

HEADER = b"HepMC::Asciiv3-START_EVENT_LISTING"
FOOTER = b"HepMC::Asciiv3-END_EVENT_LISTING"
BLOCK = 1 << 20

# First bytes of what people give instead.
OTHER_FORMATS = {
    b"\xfd7zXZ": "an xz file; unpack it first",
    b"BZh": "a bzip2 file; unpack it first",
    b"\x28\xb5\x2f\xfd": "a zstandard file; unpack it first",
    b"root\x00": "a ROOT file; convert it to HepMC3 ascii first",
    b"<LesHouches": "a Les Houches file; shower it first, with Pythia 8 for instance",
}


class EventText(NamedTuple):
    """One event: the lines of the file's head and of the event, complete with the footer.

    where: how messages name the event: file, position and number.
    """

    where: str
    content: bytes


def read_event_texts(path: Path, n_events: int | None) -> Iterator[EventText]:
    """Yield the first `n_events` events (None: all); the rest of the file is read for its end alone.

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
    if path.is_dir():
        raise BadInput(f"{path}: is a folder; events.path needs a HepMC3 file")
    with path.open("rb") as file:
        start = file.read(16)
    for magic, found in OTHER_FORMATS.items():
        if start.startswith(magic):
            raise BadInput(f"{path}: not HepMC3 ascii, this is {found}")
    if start.startswith(b"\x1f\x8b"):
        return cast(IO[bytes], gzip.open(path, "rb"))
    return path.open("rb")


def _read(file: IO[bytes], path: Path, n_events: int | None) -> Iterator[EventText]:
    head = _read_head(file, path)
    first = len(head)
    found = 0
    line = b""
    number = first  # of the line
    lines: list[bytes] = []
    for number, line in enumerate(file, first + 1):
        end = line.startswith(FOOTER)
        if (end or line.startswith(b"E ")) and lines:
            yield _checked(head, lines, path, found, number - len(lines))
            found += 1
            lines = []
        if end or found == n_events:
            break
        if lines or line.startswith(b"E "):
            lines.append(line)
        else:  # still the head: run attributes, tools, names of weights
            head.append(line)
    if found == n_events and not line.startswith(FOOTER):
        _expect_footer(file, path)
    elif not line.startswith(FOOTER):
        raise _truncated(path, f"after line {number}, event {found}")
    if found == 0:
        raise BadInput(f"{path}: holds no events; give a file with events (events.path)")
    if n_events is not None and found < n_events:
        raise BadInput(
            f"{path}: {n_events} events asked for, {found} found; ask for at most {found} (-n, events.count)"
        )


def _read_head(file: IO[bytes], path: Path) -> list[bytes]:
    """Return the lines up to the one that opens the listing of events."""
    head: list[bytes] = []
    for _ in range(3):
        head.append(file.readline(4096))
        if not head[0]:
            raise BadInput(f"{path}: empty file; events.path needs a HepMC3 file with events")
        if head[-1].startswith(HEADER):
            return head
        if b"HepMC::" in head[-1] and b"START_EVENT_LISTING" in head[-1]:
            name = head[-1].decode(errors="replace").strip().removesuffix("-START_EVENT_LISTING")
            raise BadInput(f"{path}: {name}, not HepMC3 ascii; convert it with HepMC3's convert_example")
    raise BadInput(f"{path}: not a HepMC3 ascii file (no line {HEADER.decode()!r} at its start); give one")


def _truncated(path: Path, where: str) -> BadInput:
    return BadInput(
        f"{path}: truncated, ends {where}, without the line {FOOTER.decode()!r}; copy it or make it again"
    )


def _expect_footer(file: IO[bytes], path: Path) -> None:
    """Read on to the end of the file, without looking at its events."""
    tail = b""
    while block := file.read(BLOCK):
        tail = (tail + block)[-2 * len(FOOTER) :]
    if FOOTER not in tail:
        raise _truncated(path, "in a later event than those asked for")


def _checked(head: list[bytes], lines: list[bytes], path: Path, index: int, first: int) -> EventText:
    fields = lines[0].split()
    label = fields[1].decode(errors="replace") if len(fields) > 1 else "?"
    where = f"{path}: event {index} (number {label})"
    check_event(lines, where, first)
    return EventText(where, b"".join([*head, *lines, FOOTER, b"\n\n"]))
