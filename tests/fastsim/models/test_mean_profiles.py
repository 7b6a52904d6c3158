import numpy as np

from simkit.fastsim.models.mean_profiles import add_to, no_profiles, scaled_to
from simkit.fastsim.models.sub_showers import TrackEntries


def tracks(n: int, seed: int) -> TrackEntries:
    """Return tracks of 1 GeV with ten visible hits and a dark one each; narrow or wide, short or long."""
    random = np.random.default_rng(seed)
    hits = 11
    wide, long = random.random((2, n, 1)) < 0.3
    ring = np.where(wide, random.integers(0, 8, (n, hits)), random.integers(0, 3, (n, hits)))
    slab = np.where(long, random.integers(-2, 20, (n, hits)), random.integers(0, 8, (n, hits)))
    visible = np.tile(np.arange(hits) < hits - 1, n)
    one = np.ones(n)
    return TrackEntries(
        np.ones(n, dtype=np.int64),
        1000.0 * one,
        0.0 * one,
        0.0 * one,
        0.0 * one,
        np.full(n, hits),
        slab.ravel(),
        ring.ravel(),
        np.zeros(n * hits, dtype=np.int64),
        random.uniform(0.01, 0.05, n * hits),
        visible,
    )


def those(entries: TrackEntries, which: np.ndarray) -> TrackEntries:
    rows = np.repeat(which, entries.hits)
    return TrackEntries(*(c[which] for c in entries[:6]), *(c[rows] for c in entries[6:]))


def profile(entries: TrackEntries, of: np.ndarray) -> np.ndarray:
    seen = entries.visible
    return np.bincount(of[seen] + 2, entries.share[seen], 30) / len(entries.kind)


def test_a_few_tracks_have_the_mean_of_many() -> None:
    many = tracks(3000, 1)
    few = those(many, np.arange(3000) < 40)
    means = no_profiles(2, 30)
    for part in (few, those(many, np.arange(3000) >= 40)):
        add_to(means, part)
    found = scaled_to(means, few)
    for name in ("ring", "slab"):
        wanted = profile(many, getattr(many, name))
        assert np.abs(profile(few, getattr(few, name)) / np.maximum(wanted, 1e-9) - 1.0).max() > 0.1
        np.testing.assert_allclose(profile(found, getattr(found, name)), wanted, rtol=1e-3)
    assert (found.share[~few.visible] == few.share[~few.visible]).all()


def test_tracks_that_are_all_kept_stay_as_they_are() -> None:
    few, means = tracks(50, 2), no_profiles(2, 30)
    add_to(means, few)
    np.testing.assert_array_equal(scaled_to(means, few).share, few.share)
