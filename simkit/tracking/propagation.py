"""How a charged track moves through a volume: straight on."""

from __future__ import annotations

from typing import NamedTuple

from simkit.geometry import distance_to_boundary
from simkit.jit import by_type, fma
from simkit.tracks import placed


class Straight(NamedTuple):
    """No field. (The member keeps the tuple from being empty.)"""

    field: int


def propagate(propagator, geometry, track, length, near):
    """Move a track by `length` (mm), or to the boundary of its volume if that comes first.

    near: a lower bound of the distance to any boundary (mm). Returns (track, distance travelled, volume
    behind); the volume is the track's own when no boundary was reached. The track keeps its volume.
    """
    return PROPAGATE[type(propagator)](propagator, geometry, track, length, near)


PROPAGATE = by_type(propagate)


def _straight(propagator, geometry, track, length, near):
    travelled = length
    next_volume = track.volume
    if length >= near:
        boundary, behind = distance_to_boundary(
            geometry, track.volume, track.x, track.y, track.z, track.u, track.v, track.w
        )
        if boundary <= length:
            travelled = boundary
            next_volume = behind
    x = fma(travelled, track.u, track.x)
    y = fma(travelled, track.v, track.y)
    z = fma(travelled, track.w, track.z)
    return placed(track, x, y, z, track.volume), travelled, next_volume


PROPAGATE[Straight] = _straight
