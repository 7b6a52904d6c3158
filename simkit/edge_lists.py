"""Ascending lists of edges in which a kernel finds an interval at once: each has bins of equal width.

`edges`: float64, all lists one after the other; before each stands how many bins there are to the unit. A bin
holds the first interval that reaches into it. `directory`: int64, a row of ROW numbers for each list, then
the bins: the list's first edge, number of intervals, first bin, number of bins.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simkit.jit import kernel

FIRST, INTERVALS, BINS, N_BINS, ROW = 0, 1, 2, 3, 4
BINS_PER_INTERVAL = 4


def build_edge_lists(lists: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return (edges, directory) of ascending lists."""
    edges, rows, bins = [], [], []
    first_edge, first_bin = 1, ROW * len(lists)
    for items in lists:
        intervals = len(items) - 1
        n_bins = max(BINS_PER_INTERVAL * intervals, 1)
        width = (items[-1] - items[0]) / n_bins if intervals else 1.0
        # Just below the bin's lower end: where rounding puts a number into the bin above, it is still right.
        starts = items[0] + (np.arange(n_bins) - 1e-6) * width
        bins.append(np.clip(np.searchsorted(items, starts, side="right") - 1, 0, None))
        edges.append(np.concatenate([[1.0 / width], items]))
        rows.append((first_edge, intervals, first_bin, n_bins))
        first_edge += len(items) + 1
        first_bin += n_bins
    return np.concatenate(edges), np.concatenate([np.array(rows).ravel(), *bins])


@kernel
def interval(edges, directory, number, value, rising):
    """Return i, value being between edges i and i + 1 of list `number`; beyond its ends, the interval there.

    On an edge, the interval that a coordinate enters: the upper one if it is `rising`, else the lower one.
    """
    row = ROW * number
    first = directory[row + FIRST]
    last = directory[row + INTERVALS] - 1
    position = (value - edges[first]) * edges[first - 1]
    bin_ = directory[row + N_BINS] - 1
    if position < bin_:
        bin_ = int(max(position, 0.0))
    i = directory[directory[row + BINS] + bin_]
    while i < last and (edges[first + i + 1] < value or (rising and edges[first + i + 1] == value)):
        i += 1
    return i
