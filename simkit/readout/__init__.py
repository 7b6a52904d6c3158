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


def cell_in_line(readout: Any, volume: int, x: float, y: float, z: float) -> int:
    """Do as `cell`, compiled into the caller: for loops over many points."""
    return CELL[type(readout)](readout, volume, x, y, z)


def step_cell(readout: Any, where: int, track: Any) -> int:
    """Return the cell that a step's loss is counted in: `where`, that of the step's middle, if not another.

    track: where the step ends, still in the volume that it was in.
    """
    return STEP_CELL[type(readout)](readout, where, track)


def _at_the_middle(readout: Any, where: int, track: Any) -> int:
    return where


CELL = by_type(cell)
by_type(cell_in_line, merged=True, registry=CELL)
STEP_CELL = by_type(step_cell, default=_at_the_middle)
