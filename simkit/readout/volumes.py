"""Every volume is a cell."""

from __future__ import annotations

from typing import NamedTuple

from simkit.readout import CELL


class VolumeCells(NamedTuple):
    """A cell for each of `volumes` volumes, of the same number."""

    volumes: int


def _volume(readout, volume, x, y, z):
    return volume


CELL[VolumeCells] = _volume
