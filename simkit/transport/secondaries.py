"""Secondaries: what becomes of a new particle before it is followed."""

from __future__ import annotations

import numpy as np

from simkit.geometry import cell
from simkit.jit import kernel
from simkit.rng import child_track, uniform
from simkit.scores import (
    LOST_SECONDARIES,
    ROULETTE,
    ROULETTE_KILLED,
    ROULETTE_SURVIVED,
    book,
    count,
    count_secondary,
    deposit,
    take_place,
)
from simkit.tracks import GAMMA


@kernel
def push(scores, stack, slot, kind, energy, x, y, z, u, v, w, weight, volume, parent, ordinal):
    """Put a secondary on the stack and count it; a full stack is counted and makes the run fail, never drop.

    parent, ordinal: the identity of the track that made it and which of its secondaries it is.
    """
    count_secondary(scores, slot, kind)
    place = take_place(scores.mode, stack.height)
    if place >= len(stack.kind):
        count(scores, slot, LOST_SECONDARIES, 1)
        return
    stack.kind[place] = kind
    stack.energy[place] = energy
    stack.x[place] = x
    stack.y[place] = y
    stack.z[place] = z
    stack.u[place] = u
    stack.v[place] = v
    stack.w[place] = w
    stack.weight[place] = weight
    stack.volume[place] = volume
    stack.identity[place] = child_track(parent, ordinal)
    stack.slot[place] = slot


@kernel
def push_photon(
    setup, least, scores, stack, rng, slot, region, energy, x, y, z, u, v, w, weight, volume, parent, ordinal
):
    """Put a photon on the stack, through Russian roulette where it is on; below `least` (MeV) deposit it."""
    if energy < least:
        deposit(scores, slot, cell(setup.geometry, volume, x, y, z), region, energy, weight)
        return
    roulette = setup.roulette
    if energy < roulette.threshold and roulette.enabled[region] != 0:
        if uniform(rng) * roulette.factor >= 1.0:
            count(scores, slot, ROULETTE_KILLED, 1)
            book(scores, slot, ROULETTE, energy, weight)
            return
        count(scores, slot, ROULETTE_SURVIVED, 1)
        book(scores, slot, ROULETTE, energy, weight * (1.0 - roulette.factor))
        weight *= roulette.factor
    push(scores, stack, slot, GAMMA, energy, x, y, z, u, v, w, weight, volume, parent, np.uint64(ordinal))
