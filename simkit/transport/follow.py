"""One track from the stack to its end: what the CPU loop and the CUDA kernels both run."""

from __future__ import annotations

from simkit.geometry import OUTSIDE
from simkit.jit import kernel
from simkit.rng import draws, start_track
from simkit.scores import KILLED, KILLED_TRACKS, LEAKED, RANDOM_DRAWS, TRACKS, book, count
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
def follow(setup, scores, waiting, place, stack, rng, event):
    """Follow the track at `place` of `waiting` to its end; its secondaries go on `stack`."""
    kind = waiting.kind[place]
    energy = waiting.energy[place]
    x = waiting.x[place]
    y = waiting.y[place]
    z = waiting.z[place]
    u = waiting.u[place]
    v = waiting.v[place]
    w = waiting.w[place]
    weight = waiting.weight[place]
    volume = waiting.volume[place]
    identity = waiting.identity[place]
    slot = waiting.slot[place]
    start_track(rng, event, identity)
    count(scores, slot, TRACKS, 1)
    if is_killed(setup.killer, energy, z, w):
        count(scores, slot, KILLED_TRACKS, 1)
        book(scores, slot, KILLED, energy, weight)
    elif volume == OUTSIDE:
        book(scores, slot, LEAKED, energy, weight)
    elif kind == GAMMA:
        follow_photon(setup, scores, stack, rng, slot, energy, x, y, z, u, v, w, weight, volume, identity)
    else:
        follow_electron(
            setup, scores, stack, rng, slot, kind, energy, x, y, z, u, v, w, weight, volume, identity
        )
    count(scores, slot, RANDOM_DRAWS, draws(rng))
