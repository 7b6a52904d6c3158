"""Random numbers of showers: each has a key, 64 bits, and its own stream of Philox4x32-10 (simkit.rng)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simkit.jit import kernel
from simkit.physics.distributions import sample_gaussian
from simkit.rng import KEY, Rng, child_track, make_rng, start_track, uniform

_FOR_ENERGIES = 0x656E65726779  # so that energies and showers have random numbers of their own


def shower_keys(seed: int, n: int, first: int = 0) -> NDArray[np.uint64]:
    """Return the keys of n showers, from number `first` on; uint64[n]."""
    keys = np.empty(n, dtype=np.uint64)
    _fill_keys(np.uint64(seed % 2**64), first, keys)
    return keys


def log_uniform(seed: int, n: int, least_MeV: float, most_MeV: float) -> NDArray[np.float64]:
    """Return n energies log-uniform between two, float64[n], independent of the showers of `shower_keys`."""
    drawn = uniforms(shower_keys(seed ^ _FOR_ENERGIES, n), 1)[:, 0]
    return least_MeV * (most_MeV / least_MeV) ** drawn


@kernel
def _fill_keys(seed, first, keys):
    for i in range(len(keys)):
        keys[i] = child_track(child_track(seed, 1), first + i + 1)


@kernel
def start_shower(rng, key):
    """Put a generator at the start of the stream of a shower's key."""
    rng.words[KEY] = key
    start_track(rng, 0, 0)


def shower_rng() -> Rng:
    """Return a generator for `start_shower`."""
    return make_rng(0)


def uniforms(keys: NDArray[np.uint64], count: int) -> NDArray[np.float64]:
    """Return the first `count` uniform numbers of each key, in (0, 1); float64[n, count]."""
    out = np.empty((len(keys), count))
    _fill_uniforms(make_rng(0), keys, out)
    return out


def normals(keys: NDArray[np.uint64], count: int) -> NDArray[np.float32]:
    """Return `count` standard normal numbers of each key; float32[n, count]."""
    out = np.empty((len(keys), count), dtype=np.float32)
    _fill_normals(make_rng(0), keys, out)
    return out


@kernel
def _fill_uniforms(rng, keys, out):
    for i in range(out.shape[0]):
        start_shower(rng, keys[i])
        for j in range(out.shape[1]):
            out[i, j] = uniform(rng)


@kernel
def _fill_normals(rng, keys, out):
    for i in range(out.shape[0]):
        start_shower(rng, keys[i])
        for j in range(out.shape[1]):
            out[i, j] = sample_gaussian(rng)
