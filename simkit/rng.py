"""Counter-based random numbers: Philox4x32-10.

J. K. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC11 (2011). The key is the seed, the
counter is (track 64 bit, event 32, block of draws 32), so a track's numbers depend on nothing but the seed,
its event and its own id: not on threads, chunks or the order in which tracks are followed.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from simkit.jit import bits_float, device_code, ir, kernel, types

_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint64(0x9E3779B9)
_W1 = np.uint64(0xBB67AE85)
_MASK = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)
_ONE = np.uint64(1)
_LANES = 4  # blocks made at once, one to a lane of a vector
_BUFFERED = 4 * _LANES
_FULL = np.uint64(_BUFFERED)
_BITS_OF_ONE = 1023 << 52  # of the float64 1.0
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_GIVEN_UP = np.uint64(1 << 63)  # in the event's word, beyond the 32 bits of its number

MOST_DRAWS = 10_000
"""Draws of a rejection loop after which it is given up and the run fails. One in a hundred is accepted by the
least efficient of them, and of 10 000 draws none with a chance of 1e-44: something is no number."""

# Slots of Rng.words.
KEY, EVENT, TRACK, BLOCK, POSITION, BUFFER = 0, 1, 2, 3, 4, 5
N_WORDS = BUFFER + _BUFFERED
_BUFFER = np.uint64(BUFFER)


class Rng(NamedTuple):
    """State of one generator.

    words: uint64[21] = key, event, track, next block, position in the buffer (0 to 16), 16 buffered numbers,
    the bits of float64.
    """

    words: np.ndarray


def make_rng(seed: int) -> Rng:
    """Return a generator for `seed` (0 <= seed < 2**64), not yet on any track."""
    words = np.zeros(N_WORDS, dtype=np.uint64)
    words[KEY] = np.uint64(seed)
    words[POSITION] = _FULL
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
    words[POSITION] = _FULL


@kernel
def give_up(rng):
    """Mark the current track as one of whose rejection loops none of MOST_DRAWS draws was accepted."""
    rng.words[EVENT] |= _GIVEN_UP


@kernel
def gave_up(rng):
    """Return whether a loop of the current track was given up."""
    return rng.words[EVENT] >= _GIVEN_UP


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
    words[POSITION] = _FULL


@device_code
def _refill(typingctx: Any, words: Any) -> Any:
    """Write the next four blocks of Philox into the buffer of `words`, each number as the bits of a float64.

    The numbers of `philox`, four blocks at once in the lanes of a vector, a form that no compiler finds by
    itself. A number n of 32 bits becomes (n + 1/2) / 2**32, exactly: 1 + n / 2**32 by its bits, less
    1 - 2**-33.
    """

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        word, lane = ir.IntType(64), ir.IntType(32)
        words4, reals4, lanes4 = (ir.VectorType(kind, _LANES) for kind in (word, ir.DoubleType(), lane))
        undefined = ir.Constant(words4, ir.Undefined)

        def place(slot: int) -> Any:
            return builder.gep(data, [ir.Constant(word, slot)])

        def all_lanes(number: Any) -> Any:
            return ir.Constant(words4, [int(number)] * _LANES)

        def pick(a: Any, b: Any, *lanes: int) -> Any:
            return builder.shuffle_vector(a, b, ir.Constant(lanes4, list(lanes)))

        def loaded(slot: int) -> Any:
            first = builder.insert_element(undefined, builder.load(place(slot)), ir.Constant(lane, 0))
            return pick(first, undefined, 0, 0, 0, 0)

        def low(numbers: Any) -> Any:
            return builder.and_(numbers, all_lanes(_MASK))

        def high(numbers: Any) -> Any:
            return builder.lshr(numbers, all_lanes(_SHIFT))

        key, track = loaded(KEY), loaded(TRACK)
        c0 = builder.add(loaded(BLOCK), ir.Constant(words4, list(range(_LANES))))
        c1, c2, c3 = low(loaded(EVENT)), track, high(track)
        k0, k1 = low(key), high(key)
        for _ in range(10):  # the upper halves of c0 and c2 hold rubbish until they are cut off
            p0 = builder.mul(low(c0), all_lanes(_M0))
            p1 = builder.mul(low(c2), all_lanes(_M1))
            c0 = builder.xor(builder.xor(high(p1), c1), k0)
            c2 = builder.xor(builder.xor(high(p0), c3), k1)
            c1, c3 = p1, p0
            k0 = builder.add(k0, all_lanes(_W0))
            k1 = builder.add(k1, all_lanes(_W1))

        columns = []
        for numbers in (c0, c1, c2, c3):
            fraction = builder.shl(low(numbers), all_lanes(52 - 32))
            real = builder.bitcast(builder.or_(fraction, all_lanes(_BITS_OF_ONE)), reals4)
            real = builder.fsub(real, ir.Constant(reals4, [1.0 - 2.0**-33] * _LANES))
            columns.append(builder.bitcast(real, words4))
        # Transposed, so that the numbers of a block follow each other.
        even, odd = (
            [pick(columns[j], columns[j + 1], *lanes) for j in (0, 2)]
            for lanes in ((0, 4, 2, 6), (1, 5, 3, 7))
        )
        for block, (halves, lanes) in enumerate(
            ((even, (0, 1, 4, 5)), (odd, (0, 1, 4, 5)), (even, (2, 3, 6, 7)), (odd, (2, 3, 6, 7)))
        ):
            target = builder.bitcast(place(BUFFER + 4 * block), words4.as_pointer())
            builder.store(pick(*halves, *lanes), target, align=8)
        following = builder.add(builder.load(place(BLOCK)), ir.Constant(word, _LANES))
        builder.store(builder.and_(following, ir.Constant(word, int(_MASK))), place(BLOCK))
        return context.get_dummy_value()

    return types.void(words), codegen


@kernel
def uniform(rng):
    """Return a uniform number in (0, 1), both ends excluded, with a resolution of 2**-32."""
    words = rng.words
    position = words[POSITION]
    if position == _FULL:
        _refill(words)
        position = np.uint64(0)
    words[POSITION] = position + _ONE
    return bits_float(np.int64(words[_BUFFER + position]))


@kernel
def draws(rng):
    """Return how many numbers the current track has drawn."""
    return np.int64(rng.words[BLOCK]) * 4 - _BUFFERED + np.int64(rng.words[POSITION])


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
