"""The lines of one HepMC3 event, read as they come: what is kept is its final state.

The format is that of HepMC3's WriterAscii and ReaderAscii (version 3). Where HepMC3's reader takes a number
it cannot read for another number, or skips it, the line is refused here.
"""

from __future__ import annotations

import math
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

from simkit.units import GeV, cm

FINAL_STATE = 1
# Lines that hold nothing simkit uses: tools, names, cross sections, PDFs, heavy ions.
OTHER_LINES = (b"T", b"N", b"C", b"F", b"H")
RUN_LINES = (b"W", b"A", *OTHER_LINES)  # W: names of weights, A: attributes of the run
UNITS = {
    b"GEV MM": (GeV, 1.0),
    b"GEV CM": (GeV, cm),
    b"MEV MM": (1.0, 1.0),
    b"MEV CM": (1.0, cm),
}
MOMENTUM = ("px", "py", "pz", "energy", "mass")
POSITION = ("x", "y", "z", "t")
MOST_PARTICLES = 10_000_000
LARGEST = 2**31  # numbers of particles, species and statuses are 32-bit numbers in HepMC3

Place = tuple[float, float, float, float]  # x, y, z and c t


class Fault(Exception):
    """What is wrong with a line."""


class ListedParticle(NamedTuple):
    """A final-state particle; momentum, energy and mass in MeV, its production vertex in mm (c t too)."""

    number: int
    pdg: int
    momentum: tuple[float, float, float]
    energy: float
    mass: float
    position: Place


class FinalState(NamedTuple):
    """What an event holds.

    particles: those of status 1; `ended` of them have an end vertex all the same. others: status and energy
    (MeV) of those that have another status and no end vertex. weight: the first of the event's weights, 1
    where it has none.
    """

    particles: list[ListedParticle]
    ended: int
    others: list[tuple[int, float]]
    weight: float


class EventLines:
    """An event while its lines come in: its first, "E number vertices particles [@ x y z t]", then `add`.

    Errors of all three methods: Fault.
    """

    def __init__(self, head: bytes) -> None:
        fields = head.split()
        _, self.n_vertices, self.n_particles = _whole(fields[1:4], 3, "the event's head")
        if not (0 <= self.n_vertices <= MOST_PARTICLES and 0 <= self.n_particles <= MOST_PARTICLES):
            raise Fault(f"an event of {self.n_vertices} vertices and {self.n_particles} particles")
        self.place: Place = (0.0, 0.0, 0.0, 0.0)
        if b"@" in fields:
            x, y, z, t = _finite(fields[fields.index(b"@") + 1 :], POSITION, "the event")
            self.place = x, y, z, t
        self.units: tuple[float, float] | None = None
        self.weight: float | None = None
        self.cycles = False
        self.sorted = True  # everything comes after what it descends from
        self.origins: list[int] = []  # by particle: its vertex (negative), else its mother, else 0
        self.incoming: dict[int, list[int]] = {}  # by vertex
        self.places: dict[int, Place] = {}  # of the vertices that have their own
        self.final: list[tuple[int, int, list[float]]] = []
        self.others: list[tuple[int, int, float]] = []

    def add(self, line: bytes) -> None:
        """Take the next line of the event."""
        fields = line.split()
        kind = fields[0]
        if not line.startswith(kind):
            raise Fault("the line starts with a blank")
        if kind == b"P":
            self._add_particle(fields)  # by far the most lines
        elif kind == b"V":
            self._add_vertex(fields)
        elif kind == b"U":
            units = UNITS.get(b" ".join(fields[1:]))
            if units is None:
                raise Fault(f"units are {shown(line[1:])}, allowed GEV or MEV, MM or CM")
            if self.units not in (None, units):
                raise Fault("the event has other units already")
            if self.origins or self.incoming:  # readers differ in what they make of it
                raise Fault("the units come after particles or vertices")
            self.units = units
        elif kind == b"W":
            if self.weight is None and not self.origins:  # later ones are names, of the run
                self.weight = _number(fields[1], "the event's weight") if len(fields) > 1 else 1.0
        elif kind == b"A":
            if fields[1:3] == [b"0", b"cycles"]:
                self.cycles = _whole(fields[3:4], 1, "the attribute cycles")[0] != 0
        elif kind not in OTHER_LINES:
            raise Fault(f"{shown(line)} is not a line of HepMC3")

    def _add_particle(self, fields: list[bytes]) -> None:
        """Take "P number origin pdg px py pz energy mass status"."""
        expected = len(self.origins) + 1
        what = f"particle {expected}"
        if len(fields) != 10:
            raise Fault(f"{what} has {len(fields)} fields instead of 10")
        number, origin, pdg, status = _whole([*fields[1:4], fields[9]], 4, what)
        if number != expected:
            raise Fault(f"particle {number} where {expected} should be")
        if number > self.n_particles:
            raise Fault(f"{what} in an event of {self.n_particles}")
        if not -self.n_vertices <= origin <= self.n_particles:
            raise Fault(f"{what} comes from {origin}, which is not in the event")
        values = _finite(fields[4:9], MOMENTUM, what)
        self.sorted = self.sorted and (origin < number if origin >= 0 else origin in self.incoming)
        self.origins.append(origin)
        if status != FINAL_STATE:
            self.others.append((number, status, values[3]))
            return
        if values[3] < 0.0:
            raise Fault(f"energy of {what} is negative")
        self.final.append((number, pdg, values))

    def _add_vertex(self, fields: list[bytes]) -> None:
        """Take "V number status [particles in] [@ x y z t]"."""
        number, _ = _whole(fields[1:3], 2, "a vertex")
        if not -self.n_vertices <= number <= -1:
            raise Fault(f"vertex {number} in an event of {self.n_vertices}")
        if number in self.incoming:
            raise Fault(f"vertex {number} is there twice")
        place = fields.index(b"@") if b"@" in fields else len(fields)
        listed = b"".join(fields[3:place])
        if not (listed.startswith(b"[") and listed.endswith(b"]")):
            raise Fault(f"vertex {number} does not list its particles")
        names = listed[1:-1].split(b",") if listed != b"[]" else []
        incoming = _whole(names, len(names), f"vertex {number}")
        for particle in incoming:
            if not 1 <= particle <= self.n_particles:
                raise Fault(f"vertex {number} names particle {particle}, which is not in the event")
            self.sorted = self.sorted and particle <= len(self.origins)
        self.incoming[number] = incoming
        if place < len(fields):
            x, y, z, t = _finite(fields[place + 1 :], POSITION, f"vertex {number}")
            if x or y or z or t:  # all 0 stands for none
                self.places[number] = x, y, z, t

    def finish(self) -> FinalState:
        """Return the final state, once all lines are there."""
        # A vertex with one particle in and no place of its own has no line: that particle is the origin.
        implicit = {origin for origin in self.origins if origin > 0}
        found = len(self.origins), len(self.incoming) + len(implicit)
        if found != (self.n_particles, self.n_vertices):
            raise Fault(
                f"the event ends with {found[0]} of {self.n_particles} particles, "
                f"{found[1]} of {self.n_vertices} vertices"
            )
        missing = [origin for origin in self.origins if origin < 0 and origin not in self.incoming]
        if missing:
            raise Fault(f"particles come from vertex {missing[0]}, which has no line")
        if self.units is None:
            raise Fault("the event has no units (a line such as U GEV MM)")
        if not (self.sorted or self.cycles):
            self._check_descent()
        energy, length = self.units
        ended = implicit.union(*self.incoming.values())
        places: dict[int, Place] = {}
        particles = []
        for number, pdg, (px, py, pz, e, mass) in self.final:
            origin = self.origins[number - 1]
            if origin not in places:
                x, y, z, t = self._place_of(origin)
                places[origin] = (x * length, y * length, z * length, t * length)
            momentum = (px * energy, py * energy, pz * energy)
            particles.append(ListedParticle(number, pdg, momentum, e * energy, mass * energy, places[origin]))
        others = [(status, e * energy) for number, status, e in self.others if number not in ended]
        twice = sum(particle.number in ended for particle in particles)
        return FinalState(particles, twice, others, 1.0 if self.weight is None else self.weight)

    def _check_descent(self) -> None:
        """Raise Fault where particles descend from each other, in an event not marked so (cycles)."""
        parents = {**self.incoming, **{i: [origin] for i, origin in enumerate(self.origins, 1)}}
        try:
            TopologicalSorter(parents).prepare()
        except CycleError as loop:
            raise Fault(f"{loop.args[1][:10]} descend from each other") from None

    def _place_of(self, origin: int) -> Place:
        """Return where an origin is: a vertex without a place has that of the nearest ancestor with one.

        As in HepMC3, the ancestors are those of the first particle in, and an event with cycles has none.
        """
        while origin:
            if origin in self.places:
                return self.places[origin]
            if self.cycles:
                break
            if origin < 0:
                origin = self.incoming[origin][0] if self.incoming[origin] else 0
            origin = self.origins[origin - 1] if origin else 0
        return self.place


def shown(text: bytes) -> str:
    """Return the beginning of a line for a message."""
    return repr(text[:40].decode(errors="replace").strip())


def _whole(values: list[bytes], count: int, what: str) -> list[int]:
    try:
        numbers = list(map(int, values))
    except ValueError:
        numbers = []
    if len(numbers) != count or b"_" in b"".join(values):  # Python takes 1_0 for 10
        raise Fault(f"{what} has a number missing or misspelt")
    if numbers and not -LARGEST <= min(numbers) <= max(numbers) < LARGEST:
        found = shown(b"%d" % max(numbers, key=abs))[1:-1]
        raise Fault(f"{what} has the number {found}, which is beyond 32 bits")
    return numbers


def _finite(values: list[bytes], names: tuple[str, ...], what: str) -> list[float]:
    if len(values) != len(names):
        raise Fault(f"{what} has {len(values)} numbers instead of {len(names)}")
    try:
        numbers = list(map(float, values))
        if math.isfinite(sum(numbers)) and b"_" not in b"".join(values):
            return numbers
    except ValueError:
        pass
    return [_number(value, f"{name} of {what}") for name, value in zip(names, values)]


def _number(value: bytes, what: str) -> float:
    try:
        number = float(value if b"_" not in value else b"")  # Python takes 1_0 for 10
    except ValueError:
        raise Fault(f"{what} is {shown(value)}, not a number") from None
    if not math.isfinite(number):
        raise Fault(f"{what} is {shown(value)[1:-1]}, not a finite number")
    return number
