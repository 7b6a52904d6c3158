"""The generator against Random123's known answers, SplitMix64's, and statistics of its streams."""

import numpy as np
import pytest
from scipy.stats import chi2

from simkit.jit import kernel
from simkit.rng import (
    child_track,
    draws,
    enter_stream,
    gave_up,
    give_up,
    make_rng,
    philox,
    previous_sibling,
    return_to,
    start_track,
    uniform,
)

PI = ((0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0))
ONES = 0xFFFFFFFF


def as_u64(*numbers):
    return tuple(np.uint64(number) for number in numbers)


@kernel
def fill(rng, out):
    for i in range(len(out)):
        out[i] = uniform(rng)


@kernel
def first_words(rng, seeds, events, tracks, out):
    for i in range(len(out)):
        rng.words[0] = seeds[i]
        start_track(rng, events[i], tracks[i])
        out[i] = np.uint64(uniform(rng) * 4294967296.0)


@kernel
def grow(identities, children):
    """Make identities[0] the ancestor of all, each track having `children` secondaries."""
    made = 1
    parent = 0
    while made < len(identities):
        for ordinal in range(1, children + 1):
            if made < len(identities):
                identities[made] = child_track(identities[parent], ordinal)
                made += 1
        parent += 1


def numbers_of(seed, event, track, n):
    rng = make_rng(seed)
    start_track(rng, event, track)
    out = np.zeros(n)
    fill(rng, out)
    return out


@pytest.mark.parametrize(
    ("counter", "key", "answer"),
    # Random123 1.14, tests/kat_vectors: philox4x32, 10 rounds
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((ONES,) * 4, (ONES,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (*PI, (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1)),
    ],
)
def test_known_answers(counter, key, answer):
    assert philox(*as_u64(*counter), *as_u64(*key)) == answer


def test_track_event_and_seed_are_the_counter_and_the_key():
    (block, event, low, high), (key_low, key_high) = PI
    rng = make_rng((key_high << 32) | key_low)
    start_track(rng, event, (high << 32) | low)
    rng.words[3] = np.uint64(block)
    got = [uniform(rng) for _ in range(4)]
    assert got == [(word + 0.5) / 2**32 for word in (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1)]


@pytest.mark.parametrize("block", [0, 5, ONES - 2])
def test_a_buffer_holds_the_next_blocks_in_their_order(block):
    # ... and the counter of blocks wraps.
    (_, event, low, high), (key_low, key_high) = PI
    rng = make_rng((key_high << 32) | key_low)
    start_track(rng, event, (high << 32) | low)
    rng.words[3] = np.uint64(block)
    got = [uniform(rng) for _ in range(20)]
    words = [
        word
        for i in range(5)
        for word in philox.py_func(*as_u64((block + i) & ONES, event, low, high), *as_u64(key_low, key_high))
    ]
    assert got == [(int(word) + 0.5) / 2**32 for word in words]


def counter_of(words, key_low, key_high):
    """Return the counter from which Philox makes `words`: its rounds undone, last to first."""
    c0, c1, c2, c3 = words
    for i in reversed(range(10)):
        k0, k1 = (key_low + i * 0x9E3779B9) & ONES, (key_high + i * 0xBB67AE85) & ONES
        before0 = c3 * pow(0xD2511F53, -1, 2**32) & ONES
        before2 = c1 * pow(0xCD9E8D57, -1, 2**32) & ONES
        c1, c3 = c0 ^ k0 ^ (0xCD9E8D57 * before2 >> 32), c2 ^ k1 ^ (0xD2511F53 * before0 >> 32)
        c0, c2 = before0, before2
    return c0, c1, c2, c3


def test_both_ends_are_excluded():
    # a block of the least and the largest word, twice
    words = (0, ONES, 0, ONES)
    block, event, low, high = counter_of(words, 1, 0)
    assert philox(*as_u64(block, event, low, high), *as_u64(1, 0)) == words
    rng = make_rng(1)
    start_track(rng, event, (high << 32) | low)
    rng.words[3] = np.uint64(block)
    assert [uniform(rng) for _ in range(4)] == [2.0**-33, 1.0 - 2.0**-33] * 2


def test_streams_restart_and_count_their_draws():
    rng = make_rng(7)
    start_track(rng, 3, 5)
    assert draws(rng) == 0
    first = [uniform(rng) for _ in range(6)]
    assert draws(rng) == 6
    start_track(rng, 3, 6)
    uniform(rng)
    start_track(rng, 3, 5)
    assert [uniform(rng) for _ in range(6)] == first


def test_numbers_are_uniform():
    # Four chi-squares at a false-alarm rate of 1e-4 each: the leading and the eleventh to eighteenth bits,
    # pairs of neighbours, and the highest and fourth next number of one block's successor.
    x = numbers_of(20240607, 12, 34, 1 << 20)
    cells = [
        (x * 256).astype(int),
        (x * 2**18).astype(int) % 256,
        (x[::2] * 16).astype(int) * 16 + (x[1::2] * 16).astype(int),
        (x[:-4] * 16).astype(int) * 16 + (x[4:] * 16).astype(int),
    ]
    for cell in cells:
        counts = np.bincount(cell, minlength=256)
        assert len(counts) == 256
        assert ((counts - len(cell) / 256) ** 2).sum() * 256 / len(cell) < chi2.isf(1e-4, 255)


@pytest.mark.parametrize("varied", ["seeds", "events", "tracks", "high bit of tracks"])
def test_neighbouring_streams_are_independent(varied):
    # The first words of streams whose names differ in one bit differ in half of their 32 bits: the mean of
    # n has a standard deviation of sqrt(8 / n); 4.4 of them are a false-alarm rate of 1e-5 each.
    n = 1 << 16
    names = {"seeds": np.full(n, 11), "events": np.full(n, 12), "tracks": np.full(n, 13)}
    names = {name: values.astype(np.uint64) for name, values in names.items()}
    if varied in names:
        names[varied] = np.arange(n, dtype=np.uint64)
    else:
        names["tracks"] = np.arange(n, dtype=np.uint64) // 2 + (np.arange(n) % 2 == 1) * np.uint64(1 << 63)
    words = np.zeros(n, dtype=np.uint64)
    first_words(make_rng(0), names["seeds"], names["events"], names["tracks"], words)
    assert len(np.unique(words)) > n - 10  # 0.5 equal pairs expected among 65536 of 2^32
    differ = np.bitwise_count(words[::2] ^ words[1::2])
    assert abs(differ.mean() - 16.0) < 4.4 * np.sqrt(8.0 / len(differ))


@pytest.mark.parametrize(
    ("parent", "children"),
    # SplitMix64 (S. Vigna's splitmix64.c): its outputs for the seeds 0 and 1234567
    [
        (0, [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]),
        (1234567, [6457827717110365317, 3203168211198807973, 9817491932198370423]),
    ],
)
def test_child_tracks_are_splitmix64(parent, children):
    assert [int(child_track(parent, i)) for i in (1, 2, 3)] == children


def test_tracks_of_an_event_have_their_own_identity():
    # A million tracks, three secondaries each: 3e-8 equal pairs expected.
    identities = np.ones(1_000_000, dtype=np.uint64)
    grow(identities, 3)
    assert len(np.unique(identities)) == len(identities)


def test_previous_sibling_undoes_child_track():
    for parent in (1, 2, 1234567, 2**64 - 1, *np.random.default_rng(1).integers(0, 2**63, 100)):
        tracks = [child_track(np.uint64(parent), ordinal) for ordinal in range(5)]
        assert [previous_sibling(np.uint64(track)) for track in tracks[1:]] == tracks[:-1]


def test_a_visit_to_another_stream_repeats_no_number():
    rng = make_rng(3)
    start_track(rng, 8, 21)
    own = [uniform(rng) for _ in range(6)]
    way_back = enter_stream(rng, np.uint64(99))
    visited = [uniform(rng) for _ in range(5)]
    return_to(rng, *way_back)
    after = [uniform(rng) for _ in range(6)]
    assert visited == list(numbers_of(3, 8, 99, 5))
    assert not set(own) & set(after)
    assert set(after) <= set(numbers_of(3, 8, 21, 40))
    assert draws(rng) >= 17


@kernel
def there_and_back(rng, in_vain, out):
    start_track(rng, 2**32 - 1, np.uint64(5))
    if in_vain:
        give_up(rng)
    track, block = enter_stream(rng, np.uint64(9))
    uniform(rng)
    return_to(rng, track, block)
    fill(rng, out)
    return gave_up(rng)


def test_giving_up_marks_the_track_and_changes_no_number():
    numbers = np.empty((2, 40))
    assert not there_and_back(make_rng(7), False, numbers[0])
    marked = make_rng(7)
    assert there_and_back(marked, True, numbers[1])
    assert (numbers[0] == numbers[1]).all()
    assert not there_and_back(marked, False, numbers[1])  # the next track
