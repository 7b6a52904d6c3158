"""Means of a library: entries are few, so their rings and slabs are scaled to the mean of many more tracks.

Without it all showers of some energy would be wider or longer by what a few hundred entries are by chance.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simkit.fastsim.models.sub_showers import KINDS, RINGS, TrackEntries, bins_of

LOWEST, BINS = -30, 100  # bins of ln E: from 2.5 keV to 1.2 TeV
ROUNDS = 10  # of scaling rings, then slabs
MOST = 4.0  # that a hit is scaled by: where an entry or two have hits, means say little


class MeanProfiles(NamedTuple):
    """Sums over tracks by kind and bin: how many, and float64[KINDS BINS, rings, slabs] of visible shares.

    behind: slabs behind the track's own layer that are counted, `slabs` in all.
    """

    tracks: NDArray[np.int64]
    shares: NDArray[np.float64]
    behind: int


def no_profiles(behind: int, slabs: int) -> MeanProfiles:
    """Return sums over no tracks."""
    rows = KINDS * BINS
    return MeanProfiles(np.zeros(rows, dtype=np.int64), np.zeros((rows, len(RINGS), slabs)), behind)


def _rows(entries: TrackEntries) -> NDArray[np.int64]:
    return entries.kind * BINS + np.clip(bins_of(entries.energy) - LOWEST, 0, BINS - 1)


def _cells(entries: TrackEntries, means: MeanProfiles) -> tuple[Any, ...]:
    """Return (row, ring, slab) of each visible hit."""
    owner = np.repeat(np.arange(len(entries.kind)), entries.hits)[entries.visible]
    return _rows(entries)[owner], entries.ring[entries.visible], entries.slab[entries.visible] + means.behind


def add_to(means: MeanProfiles, entries: TrackEntries) -> None:
    """Add tracks to the sums."""
    np.add.at(means.tracks, _rows(entries), 1)
    np.add.at(means.shares, _cells(entries, means), entries.share[entries.visible])


def scaled_to(means: MeanProfiles, entries: TrackEntries) -> TrackEntries:
    """Return entries whose visible shares have the means of the sums, ring by ring and slab by slab."""
    own = no_profiles(means.behind, means.shares.shape[2])
    add_to(own, entries)
    goal = means.shares * (own.tracks / np.maximum(means.tracks, 1))[:, None, None]
    factor = np.ones_like(goal)
    for _ in range(ROUNDS):
        for axis in (2, 1):
            wanted, found = (part.sum(axis, keepdims=True) for part in (goal, own.shares * factor))
            known = (wanted > 0.0) & (found > 0.0)
            factor *= np.where(known, wanted / np.where(known, found, 1.0), 1.0)
            np.clip(factor, 1.0 / MOST, MOST, out=factor)
    share = entries.share.copy()
    share[entries.visible] *= factor[_cells(entries, means)]
    return entries._replace(share=share)
