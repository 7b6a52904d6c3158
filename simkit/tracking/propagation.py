"""How a charged track moves through a volume; straight on where there is no field."""

from __future__ import annotations

from typing import NamedTuple

from simkit.geometry import distance_to_boundary
from simkit.jit import by_type, fma, inlined
from simkit.tracks import placed


class Straight(NamedTuple):
    """No field. (The member keeps the tuple from being empty.)"""

    field: int


def propagate(propagator, geometry, tally, track, length, near):
    """Move a track by `length` (mm), or to the boundary of its volume if that comes first.

    near: a lower bound of the distance to any boundary (mm). Returns (track, distance travelled, volume
    behind); the volume is the track's own when no boundary was reached. The track keeps its volume. It may
    have travelled less than `length` and reached no boundary: a field's substeps were too many.
    """
    return PROPAGATE[type(propagator)](propagator, geometry, tally, track, length, near)


def middle(propagator, before, after, travelled):
    """Return (x, y, z) of the middle of the way that `propagate` took."""
    return MIDDLE[type(propagator)](propagator, before, after, travelled)


PROPAGATE = by_type(propagate, merged=True)
MIDDLE = by_type(middle)


@inlined
def straight(geometry, track, length, near):
    """Move a track straight on; returns as `propagate`."""
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


def _straight(propagator, geometry, tally, track, length, near):
    return straight(geometry, track, length, near)


def chord_middle(propagator, before, after, travelled):
    """Return the middle of the chord of a curved way."""
    return 0.5 * (before.x + after.x), 0.5 * (before.y + after.y), 0.5 * (before.z + after.z)


def _straight_middle(propagator, before, after, travelled):
    half = 0.5 * travelled
    return before.x + half * before.u, before.y + half * before.v, before.z + half * before.w


PROPAGATE[Straight] = _straight
MIDDLE[Straight] = _straight_middle
