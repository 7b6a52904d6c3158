"""One track from the stack to its end: what the CPU loop and the CUDA kernels both run.

Photons get the photon's part of the setup only, charged tracks theirs: a changed photon policy then compiles
nothing of the electrons again. The functions here are inlined where they are used, because LLVM optimises
all it links once more at every level of compiled functions.
"""

from __future__ import annotations

from simkit.geometry import OUTSIDE
from simkit.jit import inlined, kernel
from simkit.rng import draws, gave_up, start_track
from simkit.scores import (
    ENDLESS_TRACKS,
    KILLED,
    KILLED_TRACKS,
    LEAKED,
    RANDOM_DRAWS,
    TRACKS,
    book,
    count,
    enter_step,
)
from simkit.tracks import GAMMA
from simkit.transport.electron import follow_electron
from simkit.transport.gamma import follow_photon


@kernel
def is_killed(killer, energy, z, w):
    """Return whether the killer near the beam line takes a track that starts here."""
    if killer.energy <= 0.0 or abs(w) <= killer.cosine or abs(z) < killer.z:
        return False
    return energy * energy * (1.0 - w * w) < killer.energy * killer.energy


@kernel
def ends_at_start(setup, scores, waiting, place):
    """Count the track at `place`; return whether it is killed, or outside the world, and so not followed."""
    slot = waiting.slot[place]
    energy = waiting.energy[place]
    count(scores, slot, TRACKS, 1)
    if is_killed(setup.killer, energy, waiting.z[place], waiting.w[place]):
        count(scores, slot, KILLED_TRACKS, 1)
        book(scores, slot, KILLED, energy, waiting.weight[place])
        return True
    if waiting.volume[place] == OUTSIDE:
        book(scores, slot, LEAKED, energy, waiting.weight[place])
        return True
    return False


@kernel
def count_draws(scores, slot, rng):
    """Count what a track has drawn, and whether one of its loops was given up."""
    count(scores, slot, RANDOM_DRAWS, draws(rng))
    if gave_up(rng):
        count(scores, slot, ENDLESS_TRACKS, 1)


@inlined
def follow_neutral(setup, scores, waiting, place, stack, rng, event):
    """Follow the photon at `place` of `waiting` to its end; its secondaries go on `stack`."""
    slot = waiting.slot[place]
    enter_step(scores, GAMMA, setup.photon.geometry.volume_region[waiting.volume[place]])
    start_track(rng, event, waiting.identity[place])
    if not ends_at_start(setup, scores, waiting, place):
        follow_photon(
            setup.photon, scores, stack, rng, slot, waiting.energy[place],
            waiting.x[place], waiting.y[place], waiting.z[place],
            waiting.u[place], waiting.v[place], waiting.w[place],
            waiting.weight[place], waiting.volume[place], waiting.identity[place],
        )  # fmt: skip
    count_draws(scores, slot, rng)


@inlined
def follow_charged(setup, scores, waiting, place, stack, rng, event):
    """Follow the electron or positron at `place` of `waiting` to its end; its secondaries go on `stack`."""
    slot = waiting.slot[place]
    enter_step(scores, waiting.kind[place], setup.charged.geometry.volume_region[waiting.volume[place]])
    start_track(rng, event, waiting.identity[place])
    if not ends_at_start(setup, scores, waiting, place):
        follow_electron(
            setup.charged, scores, stack, rng, slot, waiting.kind[place], waiting.energy[place],
            waiting.x[place], waiting.y[place], waiting.z[place],
            waiting.u[place], waiting.v[place], waiting.w[place],
            waiting.weight[place], waiting.volume[place], waiting.identity[place],
        )  # fmt: skip
    count_draws(scores, slot, rng)


@inlined
def follow(setup, scores, waiting, place, stack, rng, event):
    """Follow the track at `place` of `waiting` to its end; its secondaries go on `stack`.

    `stack` may be `waiting` itself with `place` its first free place.
    """
    if waiting.kind[place] == GAMMA:
        follow_neutral(setup, scores, waiting, place, stack, rng, event)
    else:
        follow_charged(setup, scores, waiting, place, stack, rng, event)
