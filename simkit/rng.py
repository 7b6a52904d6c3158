"""Counter-based random numbers: Philox4x32-10.

J. K. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC11 (2011). The key is the seed, the
counter is (track 64 bit, event 32, block of draws 32), so a track's numbers depend on nothing but the seed,
its event and its own id: not on threads, chunks or the order in which tracks are followed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simkit.jit import kernel

_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint64(0x9E3779B9)
_W1 = np.uint64(0xBB67AE85)
_MASK = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)
_ONE = np.uint64(1)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_TO_UNIT = 2.0**-32

# Slots of Rng.words.
KEY, EVENT, TRACK, BLOCK, POSITION, BUFFER = 0, 1, 2, 3, 4, 5
N_WORDS = 9


class Rng(NamedTuple):
    """State of one generator.

    words: uint64[9] = key, event, track, next block, position in the buffer (0..4), four buffered numbers.
    """

    words: np.ndarray


def make_rng(seed: int) -> Rng:
    """Return a generator for `seed` (0 <= seed < 2**64), not yet on any track."""
    words = np.zeros(N_WORDS, dtype=np.uint64)
    words[KEY] = np.uint64(seed)
    words[POSITION] = 4
    return Rng(words)


@kernel
def philox(c0, c1, c2, c3, k0, k1):
    """Return the four 32-bit outputs (as uint64) of Philox4x32-10 for a counter and a key of 32-bit words."""
    for _ in range(10):
        p0 = _M0 * c0
        p1 = _M1 * c2
        c0 = (p1 >> _SHIFT) ^ c1 ^ k0
        c2 = (p0 >> _SHIFT) ^ c3 ^ k1
        c1 = p1 & _MASK
        c3 = p0 & _MASK
        k0 = (k0 + _W0) & _MASK
        k1 = (k1 + _W1) & _MASK
    return c0, c1, c2, c3


@kernel
def start_track(rng, event, track):
    """Put the generator at the start of the stream of `track` (64 bit) in `event` (32 bit)."""
    words = rng.words
    words[EVENT] = np.uint64(event)
    words[TRACK] = np.uint64(track)
    words[BLOCK] = np.uint64(0)
    words[POSITION] = np.uint64(4)


@kernel
def enter_stream(rng, track):
    """Go to the start of the stream of `track` in the same event; return what leads back, for `return_to`."""
    words = rng.words
    left = words[TRACK]
    block = words[BLOCK]
    start_track(rng, words[EVENT], track)
    return left, block


@kernel
def return_to(rng, track, block):
    """Go back to the stream left by `enter_stream`; blocks drawn elsewhere are skipped, so they count."""
    words = rng.words
    words[TRACK] = track
    words[BLOCK] = (words[BLOCK] + block) & _MASK
    words[POSITION] = np.uint64(4)


@kernel
def _refill(rng):
    words = rng.words
    key = words[KEY]
    track = words[TRACK]
    block = words[BLOCK]
    c0, c1, c2, c3 = philox(
        block, words[EVENT] & _MASK, track & _MASK, track >> _SHIFT, key & _MASK, key >> _SHIFT
    )
    words[BUFFER] = c0
    words[BUFFER + 1] = c1
    words[BUFFER + 2] = c2
    words[BUFFER + 3] = c3
    words[BLOCK] = (block + _ONE) & _MASK


@kernel
def uniform(rng):
    """Return a uniform number in (0, 1), both ends excluded, with a resolution of 2**-32."""
    words = rng.words
    position = np.int64(words[POSITION])
    if position == 4:
        _refill(rng)
        position = np.int64(0)
    words[POSITION] = np.uint64(position + 1)
    return (np.float64(words[BUFFER + position]) + 0.5) * _TO_UNIT


@kernel
def draws(rng):
    """Return how many numbers the current track has drawn."""
    return np.int64(rng.words[BLOCK]) * 4 - 4 + np.int64(rng.words[POSITION])


@kernel
def child_track(parent, ordinal):
    """Return the 64-bit id of a track's `ordinal`-th secondary (1, 2, ...).

    The finaliser of SplitMix64 (G. L. Steele et al., OOPSLA 2014): a bijection of 64 bits, so siblings
    never share an id, and cousins do with a chance of about n^2 / 2^65 in an event of n tracks.
    """
    z = np.uint64(parent) + _GOLDEN * np.uint64(ordinal)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@kernel
def previous_sibling(identity):
    """Return the id of the track with the same parent and the ordinal before that of `identity`.

    Undoes child_track: its multipliers' inverses modulo 2**64, and each shift as often as it fits.
    """
    z = np.uint64(identity)
    z = (z ^ (z >> np.uint64(31)) ^ (z >> np.uint64(62))) * np.uint64(0x319642B2D24D8EC3)
    z = (z ^ (z >> np.uint64(27)) ^ (z >> np.uint64(54))) * np.uint64(0x96DE1B173F119089)
    z = z ^ (z >> np.uint64(30)) ^ (z >> np.uint64(60))
    return child_track(z - _GOLDEN, 0)
