"""Tracks waiting to be followed: the stack that kernels push secondaries on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

GAMMA, ELECTRON, POSITRON = 0, 1, 2
PARTICLES = ("gamma", "e-", "e+")
PDG_CODES = {22: GAMMA, 11: ELECTRON, -11: POSITRON}

MOST_STEPS = 10_000_000
"""Steps of a charged track or interactions of a photon after which it is given up and the run fails: its
scenario asks for hopelessly short steps, or something is no number."""


class TrackStack(NamedTuple):
    """Structure of arrays, one entry a track; `height[0]` tracks are in use.

    kind: GAMMA, ELECTRON or POSITRON; energy: kinetic (MeV); x, y, z: mm; u, v, w: unit direction; weight;
    volume: index in the geometry; identity: uint64, names the track's stream of random numbers;
    slot: row of the tallies, one an event.
    """

    height: np.ndarray
    kind: np.ndarray
    energy: np.ndarray
    x: np.ndarray
    y: np.ndarray
    z: np.ndarray
    u: np.ndarray
    v: np.ndarray
    w: np.ndarray
    weight: np.ndarray
    volume: np.ndarray
    identity: np.ndarray
    slot: np.ndarray

    @property
    def capacity(self) -> int:
        return len(self.kind)


def make_stack(capacity: int) -> TrackStack:
    """Return an empty stack for `capacity` tracks."""
    return TrackStack(
        height=np.zeros(1, dtype=np.int64),
        kind=np.zeros(capacity, dtype=np.int64),
        energy=np.zeros(capacity),
        x=np.zeros(capacity),
        y=np.zeros(capacity),
        z=np.zeros(capacity),
        u=np.zeros(capacity),
        v=np.zeros(capacity),
        w=np.zeros(capacity),
        weight=np.zeros(capacity),
        volume=np.zeros(capacity, dtype=np.int64),
        identity=np.zeros(capacity, dtype=np.uint64),
        slot=np.zeros(capacity, dtype=np.int64),
    )
