"""A plug-in: a heavy charged particle with its life, a process, a policy, a readout and a shape.

It moves straight, loses a fixed energy per length, and kicks an electron out at the end of each step.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
from pydantic import Field

from simkit.geometry import OUTSIDE
from simkit.geometry.detector import Shape
from simkit.geometry.slab_stack import SlabStack
from simkit.particles import ELECTRON, add_species
from simkit.processes import PROCESSES
from simkit.readout import CELL, cell
from simkit.readout.scheme import Cells, Scheme
from simkit.sections import Length, Section
from simkit.tally import (
    KILLED,
    KILLED_TRACKS,
    LEAKED,
    book,
    count,
    count_interaction,
    count_length,
    count_step,
    enter_step,
)
from simkit.tracking.policies import AT_START, Policy
from simkit.tracking.propagation import propagate
from simkit.tracks import daughter, later, placed, slowness, turned
from simkit.transport.life import BEGIN, STEP
from simkit.transport.lives.parts import Life
from simkit.transport.secondaries import emit, leave_along

MASS = 1776.86  # MeV, Particle Data Group 2022
HEAVY = add_species("tau-", 15, MASS, -1)
KICK = PROCESSES.add("kick", "an electron kicked out")
KICKED_MEV = 1.0


class HeavyLife(NamedTuple):
    """loss: MeV/mm; step: mm."""

    geometry: Any
    readout: Any
    propagator: Any
    policies: tuple[Any, ...]
    loss: float
    step: float


class Kicks(NamedTuple):
    """children: how many electrons it has kicked out."""

    children: int


def build_life(parts):
    detector = parts.detector
    return HeavyLife(detector.params, detector.readout, parts.propagator, parts.policies, 1.5, 2.0)


def begin(life, track):
    return Kicks(0)


def take_step(life, tally, stacks, rng, track, state):
    region = life.geometry.volume_region[track.volume]
    enter_step(tally, track.kind, region)
    moved, travelled, behind = propagate(life.propagator, life.geometry, tally, track, life.step, 0.0)
    loss = min(track.energy, life.loss * travelled)
    moved = later(moved, travelled * slowness(track.energy - 0.5 * loss, MASS))
    where = cell(life.readout, track.volume, track.x, track.y, track.z)
    count_step(tally, track.slot, track.kind, region)
    count_length(tally, track.slot, region, travelled, track.weight)
    leave_along(life.readout, tally, moved, where, region, loss, travelled)
    moved = turned(moved, track.energy - loss, track.u, track.v, track.w)
    if moved.energy <= 0.0:
        return moved, state, False
    if behind == OUTSIDE:
        book(tally, track.slot, LEAKED, moved.energy, track.weight)
        return moved, state, False
    if behind != track.volume:
        return placed(moved, moved.x, moved.y, moved.z, behind), state, True
    if moved.energy <= KICKED_MEV:
        return moved, state, True
    count_interaction(tally, track.slot, KICK)
    children = state.children + 1
    electron = daughter(moved, children, ELECTRON, KICKED_MEV, moved.v, moved.w, moved.u)
    emit(life.policies, tally, stacks, rng, electron, region)
    return turned(moved, moved.energy - KICKED_MEV, moved.u, moved.v, moved.w), Kicks(children), True


BEGIN[HeavyLife] = begin
STEP[HeavyLife] = take_step
LIVES = [Life("heavy", (HEAVY,), build_life)]


class SoftElectrons(Section):
    """`[tracking.soft_electrons]`: ends electrons where they begin."""

    below_MeV: Annotated[float, Field(ge=0.0)]
    """Those of less energy."""


class SoftKiller(NamedTuple):
    """Ends electrons below `energy` (MeV)."""

    energy: float


def end_soft(policy, tally, track):
    if track.kind != ELECTRON or track.energy >= policy.energy:
        return True
    count(tally, track.slot, KILLED_TRACKS, 1)
    book(tally, track.slot, KILLED, track.energy, track.weight)
    return False


AT_START[SoftKiller] = end_soft
POLICIES = [Policy("soft_electrons", SoftElectrons, lambda section, regions: SoftKiller(section.below_MeV))]


class SideCells(NamedTuple):
    """Two cells for each of `volumes` volumes: y < 0, then y >= 0."""

    volumes: int


def side(readout, volume, x, y, z):
    return 2 * volume + (1 if y >= 0.0 else 0)


CELL[SideCells] = side


class Sides(Scheme):
    """`[readout] kind = "sides"`: the two sides of every volume are read out apart."""

    kind: Literal["sides"]
    """The scheme."""

    def build(self, volume_regions, layers):
        volumes = len(volume_regions)
        cells = {
            region: tuple(tuple(2 * volume + i for volume in row for i in (0, 1)) for row in rows)
            for region, rows in layers.items()
        }
        return Cells(SideCells(volumes), np.repeat(volume_regions, 2), cells)


READOUTS = [Sides]


class Block(Shape):
    """A block of lead."""

    kind: Literal["block"]
    """The shape."""
    thickness_mm: Length = 20.0
    """Along x."""

    def regions(self):
        return ("block",)

    def build(self):
        slab = {"region": "block", "material": "G4_Pb", "thickness_mm": self.thickness_mm}
        stack = {"kind": "slab_stack", "layers": 1, "transverse_mm": 100.0, "slab": [slab]}
        return SlabStack.read(stack, "geometry").build()


SHAPES = [Block]
