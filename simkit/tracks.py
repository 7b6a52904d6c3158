"""A track, and the stack of tracks that wait to be followed. Nothing else spells a track's fields out."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from simkit.jit import bits_float, float_bits, kernel
from simkit.rng import child_track
from simkit.units import SPEED_OF_LIGHT

MOST_STEPS = 10_000_000
"""Steps of a track after which it is given up and the run fails: its scenario asks for hopelessly short
steps, or something is no number."""


class Track(NamedTuple):
    """A particle under way; or many, with an array for each field.

    kind: number in PARTICLES; energy: kinetic (MeV); x, y, z: mm; u, v, w: unit direction; time: since the
    event began (ns); weight; volume: index in the geometry; identity: uint64, names the track's stream of
    random numbers; slot: row of the tally, one an event.
    """

    kind: Any
    energy: Any
    x: Any
    y: Any
    z: Any
    u: Any
    v: Any
    w: Any
    time: Any
    weight: Any
    volume: Any
    identity: Any
    slot: Any


N_FIELDS = len(Track._fields)
_KIND, _ENERGY, _X, _Y, _Z, _U, _V, _W, _TIME, _WEIGHT, _VOLUME, _IDENTITY, _SLOT = range(N_FIELDS)
_INTEGERS = (_KIND, _VOLUME, _IDENTITY, _SLOT)


class TrackStacks(NamedTuple):
    """Tracks that wait, a stack for each life.

    heights: int64[lives], how many places of each are in use. words: int64[lives, capacity, N_FIELDS], a
    track a row, real numbers by their bits: one array, because every array handed to a function that is not
    inlined costs seven words and more. life_of: int64[kinds], of Setup.
    """

    heights: np.ndarray
    words: np.ndarray
    life_of: np.ndarray

    @property
    def capacity(self) -> int:
        """Return how many tracks of a life there is room for."""
        return self.words.shape[1]


def make_stacks(life_of: np.ndarray, capacity: int) -> TrackStacks:
    """Return empty stacks, each for `capacity` tracks."""
    lives = int(life_of.max()) + 1
    heights, words = np.zeros(lives, dtype=np.int64), np.zeros((lives, capacity, N_FIELDS), dtype=np.int64)
    return TrackStacks(heights, words, life_of)


def pack_tracks(tracks: Track) -> np.ndarray:
    """Return the words of many tracks, int64[n, N_FIELDS]; a field that is one number is everybody's."""
    words = np.empty((len(tracks.energy), N_FIELDS), dtype=np.int64)
    for place, values in enumerate(tracks):
        if place in _INTEGERS:
            words[:, place] = np.asarray(values).astype(np.int64)
        else:
            words.view(np.float64)[:, place] = values
    return words


def unpack_tracks(words: np.ndarray) -> Track:
    """Return the tracks whose words these are, an array for each field; the inverse of pack_tracks."""
    columns = [words[:, i] if i in _INTEGERS else words.view(np.float64)[:, i] for i in range(N_FIELDS)]
    return Track(*columns)._replace(identity=words[:, _IDENTITY].view(np.uint64))


def slots_of(words: np.ndarray) -> np.ndarray:
    """Return the slots of the tracks whose words these are, or begin with; int64[n]."""
    return words[:, _SLOT].copy()


@kernel
def track_at(words, place):
    """Return the track at a place of a stack's words."""
    return Track(
        words[place, _KIND],
        bits_float(words[place, _ENERGY]),
        bits_float(words[place, _X]),
        bits_float(words[place, _Y]),
        bits_float(words[place, _Z]),
        bits_float(words[place, _U]),
        bits_float(words[place, _V]),
        bits_float(words[place, _W]),
        bits_float(words[place, _TIME]),
        bits_float(words[place, _WEIGHT]),
        words[place, _VOLUME],
        np.uint64(words[place, _IDENTITY]),
        words[place, _SLOT],
    )


@kernel
def put_track(words, place, track):
    """Write a track to a place of a stack's words."""
    words[place, _KIND] = track.kind
    words[place, _ENERGY] = float_bits(track.energy)
    words[place, _X] = float_bits(track.x)
    words[place, _Y] = float_bits(track.y)
    words[place, _Z] = float_bits(track.z)
    words[place, _U] = float_bits(track.u)
    words[place, _V] = float_bits(track.v)
    words[place, _W] = float_bits(track.w)
    words[place, _TIME] = float_bits(track.time)
    words[place, _WEIGHT] = float_bits(track.weight)
    words[place, _VOLUME] = track.volume
    words[place, _IDENTITY] = np.int64(track.identity)
    words[place, _SLOT] = track.slot


@kernel
def kind_at(words, place):
    """Return the kind of the track at a place of a stack's words."""
    return words[place, _KIND]


@kernel
def next_life(stacks):
    """Return the number of the last life that a track waits for, -1 when none waits."""
    life = len(stacks.heights) - 1
    while life >= 0 and stacks.heights[life] == 0:
        life -= 1
    return life


@kernel
def is_full(stacks):
    """Return whether more tracks waited than there is room for."""
    highest = 0
    for height in stacks.heights:
        highest = max(highest, height)
    return highest > stacks.words.shape[1]


@kernel
def begin_with(stacks, words, place):
    """Empty the stacks, and put the track at a place of `words` on the one of its life."""
    stacks.heights[:] = 0
    life = stacks.life_of[words[place, _KIND]]
    if life >= 0:
        put_track(stacks.words[life], 0, track_at(words, place))
        stacks.heights[life] = 1
    return life >= 0


@kernel
def slot_at(words, place):
    """Return the slot of the track at a place of a stack's words."""
    return words[place, _SLOT]


@kernel
def placed(track, x, y, z, volume):
    """Return the track at another point, in another volume."""
    return Track(
        track.kind, track.energy, x, y, z, track.u, track.v, track.w, track.time,
        track.weight, volume, track.identity, track.slot,
    )  # fmt: skip


@kernel
def advanced(track, length, volume, slowness):
    """Return the track `length` (mm) further along its direction, in another volume; slowness: ns/mm."""
    return Track(
        track.kind, track.energy,
        track.x + length * track.u, track.y + length * track.v, track.z + length * track.w,
        track.u, track.v, track.w, track.time + length * slowness,
        track.weight, volume, track.identity, track.slot,
    )  # fmt: skip


@kernel
def turned(track, energy, u, v, w):
    """Return the track with another energy (MeV) and direction."""
    return Track(
        track.kind, energy, track.x, track.y, track.z, u, v, w, track.time,
        track.weight, track.volume, track.identity, track.slot,
    )  # fmt: skip


@kernel
def steered(track, x, y, z, u, v, w):
    """Return the track at another point of its volume, heading another way."""
    return Track(
        track.kind, track.energy, x, y, z, u, v, w, track.time,
        track.weight, track.volume, track.identity, track.slot,
    )  # fmt: skip


@kernel
def later(track, duration):
    """Return the track `duration` (ns) later."""
    return Track(
        track.kind, track.energy, track.x, track.y, track.z, track.u, track.v, track.w,
        track.time + duration, track.weight, track.volume, track.identity, track.slot,
    )  # fmt: skip


@kernel
def weighted(track, weight):
    """Return the track with another weight."""
    return Track(
        track.kind, track.energy, track.x, track.y, track.z, track.u, track.v, track.w, track.time,
        weight, track.volume, track.identity, track.slot,
    )  # fmt: skip


@kernel
def daughter(track, ordinal, kind, energy, u, v, w):
    """Return a particle that `track` makes where and when it is, its `ordinal`-th (1, 2, ...)."""
    return Track(
        kind, energy, track.x, track.y, track.z, u, v, w, track.time,
        track.weight, track.volume, child_track(track.identity, ordinal), track.slot,
    )  # fmt: skip


@kernel
def slowness(energy, mass):
    """Return 1/v (ns/mm) of a particle of some kinetic energy and mass (MeV); the mass may be 0."""
    return (energy + mass) / (math.sqrt(energy * (energy + 2.0 * mass)) * SPEED_OF_LIGHT)
