"""The lines of one HepMC3 event, checked before pyhepmc parses them.

pyhepmc takes a misspelt number for another number, keeps a NaN, and ends the process at a reference to a
particle that is not there; here each of these is an error with its line.
"""

from __future__ import annotations

import math
from graphlib import CycleError, TopologicalSorter

from simkit.errors import BadInput

# Lines that hold nothing simkit uses: weights, attributes, tools, PDF, cross section, heavy ions.
OTHER_LINES = (b"W", b"A", b"T", b"N", b"C", b"F", b"H")
UNITS = ([b"U", b"GEV", b"MM"], [b"U", b"GEV", b"CM"], [b"U", b"MEV", b"MM"], [b"U", b"MEV", b"CM"])
MOMENTUM = ("px", "py", "pz", "energy", "mass")
MEND = "repair this event or take it out"
POSITION = ("x", "y", "z", "t")


class _Fault(Exception):
    """What is wrong with a line."""


def check_event(lines: list[bytes], where: str, first_line: int) -> None:
    """Raise BadInput, naming the event by `where` and the line, unless `lines` are one whole event.

    `lines` start with the event's "E" line, which is line `first_line` of the file.
    """
    line = first_line
    parents: dict[int, list[int]] = {}  # particles have positive ids, vertices negative ones
    try:
        n_vertices, n_particles = _check_head(lines[0].split())
        particles = vertices = 0
        for text in lines[1:]:
            line += 1
            fields = text.split()
            if not fields:
                continue
            if not text.startswith(fields[0]):
                raise _Fault("the line starts with a blank")
            if fields[0] == b"P":
                particles += 1
                parents[particles] = [_check_particle(fields, particles, n_vertices)]
            elif fields[0] == b"V":
                vertices += 1
                vertex, incoming = _check_vertex(fields, n_vertices, n_particles)
                if vertex in parents:
                    raise _Fault(f"vertex {vertex} is there twice")
                parents[vertex] = incoming
            elif fields[0] == b"U":
                if fields not in UNITS:
                    raise _Fault(f"units are {_shown(text[1:])}, allowed GEV or MEV, MM or CM")
            elif fields[0] not in OTHER_LINES:
                raise _Fault(f"{_shown(text)} is not a line of HepMC3")
        # A vertex with one particle in and no position of its own has no line: that particle is the origin.
        origins = {parents[number][0] for number in range(1, particles + 1)}
        vertices += sum(origin > 0 for origin in origins)
        if (particles, vertices) != (n_particles, n_vertices):
            found = f"{particles} of {n_particles} particles, {vertices} of {n_vertices} vertices"
            raise _Fault(f"the event ends with {found}")
        TopologicalSorter(parents).prepare()
    except CycleError as loop:
        raise BadInput(f"{where}: {loop.args[1]} descend from each other; {MEND}") from None
    except _Fault as fault:
        raise BadInput(f"{where}, line {line}: {fault}; {MEND}") from None


def _shown(text: bytes) -> str:
    return repr(text[:40].decode(errors="replace").strip())


def _check_head(fields: list[bytes]) -> tuple[int, int]:
    """Check "E number vertices particles [@ x y z t]"; return the two counts."""
    _, n_vertices, n_particles = _whole(fields[1:4], 3, "the event's head")
    if n_vertices < 0 or n_particles < 1:
        raise _Fault(f"an event of {n_vertices} vertices and {n_particles} particles")
    if b"@" in fields:
        _check_finite(fields[fields.index(b"@") + 1 :], POSITION, "the event")
    return n_vertices, n_particles


def _check_particle(fields: list[bytes], expected: int, n_vertices: int) -> int:
    """Check "P id origin pdg px py pz energy mass status"; return the origin."""
    if len(fields) != 10:
        raise _Fault(f"particle {expected} has {len(fields)} fields instead of 10")
    number, origin, _, _ = _whole([*fields[1:4], fields[9]], 4, f"particle {expected}")
    if number != expected:
        raise _Fault(f"particle {number} where {expected} should be")
    if not -n_vertices <= origin < number:
        raise _Fault(f"particle {number} comes from {origin}, which is not in the event")
    _check_finite(fields[4:9], MOMENTUM, f"particle {number}")
    return origin


def _check_vertex(fields: list[bytes], n_vertices: int, n_particles: int) -> tuple[int, list[int]]:
    """Check "V id status [particles in] [@ x y z t]"; return the id and the particles."""
    number, _ = _whole(fields[1:3], 2, "a vertex")
    if not -n_vertices <= number <= -1:
        raise _Fault(f"vertex {number} in an event of {n_vertices}")
    place = fields.index(b"@") if b"@" in fields else len(fields)
    listed = b"".join(fields[3:place])
    if not (listed.startswith(b"[") and listed.endswith(b"]")):
        raise _Fault(f"vertex {number} does not list its particles")
    names = [item for item in listed[1:-1].split(b",") if item]
    incoming = _whole(names, len(names), f"vertex {number}")
    for particle in incoming:
        if not 1 <= particle <= n_particles:
            raise _Fault(f"vertex {number} names particle {particle}, which is not in the event")
    if place < len(fields):
        _check_finite(fields[place + 1 :], POSITION, f"vertex {number}")
    return number, incoming


def _whole(values: list[bytes], count: int, what: str) -> list[int]:
    try:
        numbers = [int(value) for value in values]
    except ValueError:
        numbers = []
    if len(numbers) != count:
        raise _Fault(f"{what} has a number missing or misspelt")
    return numbers


def _check_finite(values: list[bytes], names: tuple[str, ...], what: str) -> None:
    if len(values) != len(names):
        raise _Fault(f"{what} has {len(values)} numbers instead of {len(names)}")
    for name, value in zip(names, values):
        try:
            number = float(value)
        except ValueError:
            raise _Fault(f"{name} of {what} is {value.decode(errors='replace')!r}, not a number") from None
        if not math.isfinite(number):
            raise _Fault(f"{name} of {what} is {value.decode()}, not a finite number")
