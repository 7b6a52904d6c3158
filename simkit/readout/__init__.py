"""Readout: which cell a deposit is counted in. One scheme a file; the verb every scheme answers.

A scheme's params are a NamedTuple. Cells are numbered from 0; which region each belongs to is the detector's
`cell_region`.
"""

from __future__ import annotations

from typing import Any

from simkit.jit import by_type


def cell(readout: Any, volume: int, x: float, y: float, z: float) -> int:
    """Return the index of the readout cell of a point (mm) in `volume`."""
    return CELL[type(readout)](readout, volume, x, y, z)


CELL = by_type(cell)
