"""A stack of slabs and a readout that remember what was asked of them last: for checks.

The engine's tallies hold no directions and no places. Through this shape tracks move exactly as through the
plain stack, and leave behind where they deposited last and which way they flew last. For one thread only: the
memory is one row.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simkit.geometry import (
    DISTANCE_TO_BOUNDARY,
    DISTANCE_TO_ENVELOPE,
    LOCATE,
    SAFETY,
    distance_to_boundary,
    distance_to_envelope,
    locate,
    safety,
)
from simkit.geometry.slab_stack import SlabStackParams
from simkit.readout import CELL

_X, _Y, _Z, _U, _V, _W = range(6)


class Witness(NamedTuple):
    """A stack of slabs. last: float64[6], the place of the last deposit and the direction last flown in."""

    slabs: SlabStackParams
    volume_couple: np.ndarray
    volume_region: np.ndarray
    volume_envelope: np.ndarray
    last: np.ndarray


class WitnessCells(NamedTuple):
    """Cells within the slabs, which the transport does not see.

    bounds: float64[n], ascending, where one cell ends and the next begins; beyond the last is one more. They
    are squares of radii around the x axis (mm^2), or depths x (mm) where `by_depth` is not 0.
    last: that of the Witness.
    """

    bounds: np.ndarray
    by_depth: int
    last: np.ndarray


def _locate(geometry, x, y, z):
    return locate(geometry.slabs, x, y, z)


def _distance_to_boundary(geometry, volume, x, y, z, u, v, w):
    geometry.last[_U] = u
    geometry.last[_V] = v
    geometry.last[_W] = w
    return distance_to_boundary(geometry.slabs, volume, x, y, z, u, v, w)


def _distance_to_envelope(geometry, volume, x, y, z, u, v, w):
    return distance_to_envelope(geometry.slabs, volume, x, y, z, u, v, w)


def _safety(geometry, volume, x, y, z):
    return safety(geometry.slabs, volume, x, y, z)


def _cell(readout, volume, x, y, z):
    readout.last[_X] = x
    readout.last[_Y] = y
    readout.last[_Z] = z
    value = x if readout.by_depth != 0 else y * y + z * z
    place = 0
    while place < len(readout.bounds) and value > readout.bounds[place]:
        place += 1
    return volume * (len(readout.bounds) + 1) + place


LOCATE[Witness] = _locate
DISTANCE_TO_BOUNDARY[Witness] = _distance_to_boundary
DISTANCE_TO_ENVELOPE[Witness] = _distance_to_envelope
SAFETY[Witness] = _safety
CELL[WitnessCells] = _cell
