"""Pictures: energies by layer and ring, for layers that differ, too."""

from __future__ import annotations

import numpy as np

from simkit.bench.evaluation.pictures import rings
from simkit.fastsim.showers.binning import Binning


def test_angles_are_summed_and_missing_rings_are_none() -> None:
    """Cells by angle, the ring fastest: two angles of two rings, a layer without cells, one of one ring."""
    binning = Binning("pion", 211, ((0.0, 1.0, 2.0), (0.0,), (0.0, 9.0)), (2, 1, 1))
    assert rings(np.array([1.0, 2.0, 30.0, 40.0, 5.0]), binning) == [
        [31.0, 42.0],
        [None, None],
        [5.0, None],
    ]
