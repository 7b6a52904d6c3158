"""Secondaries: what becomes of a new particle before it is followed."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from simkit.counting import take_place
from simkit.jit import inlined, kernel
from simkit.particles import PROTON
from simkit.physics.directions import recoil
from simkit.physics.quenching import BY_ELECTRON, BY_PROTON
from simkit.readout import cell
from simkit.tally import LOST_SECONDARIES, RECOILS_LEFT, count, count_secondary, deposit
from simkit.tracking.policies import born
from simkit.tracks import daughter, put_track
from simkit.transport.response import see_along, see_stopped


class Birth(NamedTuple):
    """What making particles reads: of any life the same, so that what makes them is compiled once for all.

    tracking_cut, least_proton: MeV, below which photons and electrons, and protons, are deposited where they
    are made.
    """

    readout: Any
    policies: tuple[Any, ...]
    tracking_cut: float
    least_proton: float


@inlined
def birth_by(life, couple):
    """Return what making particles in a couple reads of a life."""
    return Birth(life.readout, life.policies, life.thresholds.tracking_cut, life.thresholds.proton[couple])


@kernel
def push(tally, stacks, track):
    """Put a secondary on the stack of its life and count it.

    One that finds no place, or no life that follows its kind, is counted, and the run fails.
    """
    count_secondary(tally, track.slot, track.kind)
    life = stacks.life_of[track.kind]
    if life >= 0:
        place = take_place(tally.mode, stacks.heights, life)
        if place < stacks.words.shape[1]:
            put_track(stacks.words[life], place, track)
            return
    count(tally, track.slot, LOST_SECONDARIES, 1)


@kernel
def emit(policies, tally, stacks, rng, track, region):
    """Put a secondary made in `region` on the stacks, unless a policy takes it."""
    track, alive = born(policies, tally, rng, track, region)
    if alive:
        push(tally, stacks, track)


@inlined
def leave(readout, tally, track, region, energy, carrier):
    """Deposit `energy` (MeV) in the cell where a track is; a carrier (BY_...) stopped with it.

    Nuclei and protons that are not followed are counted.
    """
    if carrier != BY_ELECTRON and energy > 0.0:
        count(tally, track.slot, RECOILS_LEFT, 1)
    where = cell(readout, track.volume, track.x, track.y, track.z)
    deposit(tally, track.slot, where, region, energy, track.weight)
    see_stopped(readout, tally, track, where, region, energy, carrier)


@inlined
def leave_along(readout, tally, track, where, region, energy, length):
    """Deposit `energy` (MeV) in the cell `where`, which a track lost along a step of `length` (mm)."""
    deposit(tally, track.slot, where, region, energy, track.weight)
    see_along(readout, tally, track, where, region, energy, length)


@kernel
def emit_above(least, policies, readout, tally, stacks, rng, track, region):
    """Do as `emit` with a secondary of at least the energy `least` (MeV); deposit a softer one."""
    if track.energy < least:
        carrier = BY_PROTON if track.kind == PROTON else BY_ELECTRON
        leave(readout, tally, track, region, track.energy, carrier)
    else:
        emit(policies, tally, stacks, rng, track, region)


@kernel
def recoil_proton(birth, tally, stacks, rng, track, scattered, children, region, given, mass):
    """Let the proton that `track`, of a mass (MeV), was `scattered` off recoil with the energy `given` (MeV).

    Returns children.
    """
    if given < birth.least_proton:
        leave(birth.readout, tally, track, region, given, BY_PROTON)
        return children
    before = math.sqrt(track.energy * (track.energy + 2.0 * mass))
    after = math.sqrt(scattered.energy * (scattered.energy + 2.0 * mass))
    u, v, w = recoil(before, track.u, track.v, track.w, after, scattered.u, scattered.v, scattered.w)
    proton = daughter(track, children + 1, PROTON, given, u, v, w)
    emit(birth.policies, tally, stacks, rng, proton, region)
    return children + 1
