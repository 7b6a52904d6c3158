"""A meson's decay, in flight or at rest: its daughters on the stacks, the neutrinos' energy booked."""

from __future__ import annotations

import math

from simkit.jit import kernel
from simkit.particles import NEUTRAL_PION
from simkit.physics.decays import NEUTRINO, NOTHING, sample_daughter, sample_mode, sample_pair_mass
from simkit.processes import DECAY
from simkit.tally import NEUTRINOS, REST_MASS, book, count_interaction
from simkit.tracks import daughter
from simkit.transport.lives.hadron_kinds import mass_of
from simkit.transport.lives.hadron_release import release_photons
from simkit.transport.secondaries import emit


@kernel
def decay(birth, tally, stacks, rng, track, children, region):
    """Decay; the track ends. Returns children."""
    count_interaction(tally, track.slot, DECAY)
    first, second, third = sample_mode(rng, track.kind)
    mass = mass_of(track.kind)
    total = track.energy + mass
    momentum = math.sqrt(track.energy * (track.energy + 2.0 * mass))
    px, py, pz = momentum * track.u, momentum * track.v, momentum * track.w
    made = mass
    for number in range(3):
        kind = first if number == 0 else (second if number == 1 else third)
        if kind == NOTHING:
            break
        energy, a, b, c = total, px, py, pz
        own = 0.0 if kind == NEUTRINO else mass_of(kind)
        others = 0.0
        if number == 0:
            others = 0.0 if second == NEUTRINO else mass_of(second)
            if third != NOTHING:
                third_mass = 0.0 if third == NEUTRINO else mass_of(third)
                others = sample_pair_mass(rng, mass, own, others, third_mass)
        elif number == 1 and third != NOTHING:
            others = 0.0 if third == NEUTRINO else mass_of(third)
        if number == 0 or (number == 1 and third != NOTHING):
            energy, a, b, c = sample_daughter(rng, total, px, py, pz, mass, own, others)
            total, px, py, pz, mass = total - energy, px - a, py - b, pz - c, others
        kinetic = max(energy - own, 0.0)
        length = math.sqrt(a * a + b * b + c * c)
        if length > 0.0:
            a, b, c = a / length, b / length, c / length
        else:
            a, b, c = track.u, track.v, track.w
        if kind == NEUTRINO:
            book(tally, track.slot, NEUTRINOS, kinetic, track.weight)
        elif kind == NEUTRAL_PION:
            children = release_photons(birth, tally, stacks, rng, track, children, region, kinetic, a, b, c)
        else:
            made -= own
            children += 1
            one = daughter(track, children, kind, kinetic, a, b, c)
            emit(birth.policies, tally, stacks, rng, one, region)
    book(tally, track.slot, REST_MASS, made, track.weight)
    return children
