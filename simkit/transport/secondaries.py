"""Secondaries: what becomes of a new particle before it is followed."""

from __future__ import annotations

from typing import Any, NamedTuple

from simkit.counting import take_place
from simkit.jit import inlined, kernel
from simkit.particles import PROTON
from simkit.physics.quenching import BY_ELECTRON, BY_PROTON
from simkit.readout import cell
from simkit.tally import LOST_SECONDARIES, count, count_secondary, deposit
from simkit.tracking.policies import born
from simkit.tracks import put_track
from simkit.transport.response import see_along, see_stopped


class Birth(NamedTuple):
    """What making particles reads: of any life the same, so that what makes them is compiled once for all.

    tracking_cut: MeV, below which photons and electrons are deposited where they are made.
    """

    readout: Any
    policies: tuple[Any, ...]
    tracking_cut: float


@inlined
def birth_by(life):
    """Return what making particles reads of a life."""
    return Birth(life.readout, life.policies, life.thresholds.tracking_cut)


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
    """Deposit `energy` (MeV) in the cell where a track is; a carrier (BY_...) stopped with it."""
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
