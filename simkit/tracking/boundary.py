"""Where a curved piece of track meets a boundary.

The geometry knows straight lines only: the piece's chord is asked for a boundary, and where it finds one the
piece is searched by regula falsi, until the boundary is so close to a point of the track that what is between
can be taken as straight. The track then stands on itself, not on the surface, so that nothing is added up
from boundary to boundary; which volume it is in its index says.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from simkit.field.steppers import TrackPoint, Turning, advance, interpolate
from simkit.geometry import NEVER, distance_to_boundary, safety
from simkit.jit import inlined, kernel

MOST_LOOKS = 64
"""Of a search; from a quarter of them on every other one halves."""
WITHIN = 0.999  # of the safety


class Substep(NamedTuple):
    """A piece of track that a stepper has integrated, `length` (mm) of path long.

    dense: see simkit.field.steppers. again: not 0 where points on it are integrated again from its start,
    for which the rest is needed.
    """

    stepper: Any
    dense: Any
    length: float
    again: int
    field: Any
    bend: float
    start: TrackPoint
    turn: Turning


@inlined
def is_known(point, error):
    """Return whether a substep that ends at a point, with an error, met a field all along."""
    return error < NEVER and point.x + point.u == point.x + point.u


@kernel
def point_on(substep, path):
    """Return the TrackPoint at a path (mm) from the start of a Substep, with a direction of unit length."""
    point = interpolate(substep.stepper, substep.dense, path / substep.length)
    if substep.again != 0 and path > 0.0:
        anew, error, _ = advance(
            substep.stepper, substep.field, substep.bend, substep.start, substep.turn, path
        )
        if is_known(anew, error):  # else a stage of it lies beyond a table that no stage of the whole left
            point = anew
    return unit(point)[0]


@kernel
def unit(point):
    """Return (the point with a direction of unit length, how far it was from that)."""
    off = point.u * point.u + point.v * point.v + point.w * point.w - 1.0
    inverse = 1.0 - 0.5 * off
    if abs(off) > 1e-8:  # else that is the inverse square root to the last bit
        inverse = 1.0 / math.sqrt(1.0 + off)
    scaled = TrackPoint(point.x, point.y, point.z, point.u * inverse, point.v * inverse, point.w * inverse)
    return scaled, 0.5 * abs(off)


@kernel
def room(geometry, volume, point):
    """Return a distance (mm) within which a point has no boundary, by more than rounding."""
    return WITHIN * safety(geometry, volume, point.x, point.y, point.z)


@inlined
def chord(a, b):
    """Return (length, direction) of the chord from point a to b."""
    x = b.x - a.x
    y = b.y - a.y
    z = b.z - a.z
    length = math.sqrt(x * x + y * y + z * z)
    inverse = 1.0 / length if length > 0.0 else 0.0
    return length, x * inverse, y * inverse, z * inverse


@kernel
def boundary_on_chord(geometry, volume, a, b):
    """Return (distance to the boundary along the chord from point a to b, NEVER beyond b; volume behind)."""
    length, u, v, w = chord(a, b)
    distance, behind = distance_to_boundary(geometry, volume, a.x, a.y, a.z, u, v, w)
    return (distance, behind) if distance <= length and length > 0.0 else (NEVER, volume)


@kernel
def search(geometry, volume, substep, a, b, closeness, distance, behind):
    """Return as `first_boundary`; distance, behind: what the chord from a to b found."""
    # The chord leaves at once, and so does the track: it stands on a surface and heads out.
    if distance <= closeness:
        ahead, _ = distance_to_boundary(geometry, volume, a.x, a.y, a.z, a.u, a.v, a.w)
        if ahead <= closeness:
            return True, point_on(substep, distance), distance, behind, 1
    inside, outside = a, b
    low, high = 0.0, substep.length
    path = distance
    for look in range(1, MOST_LOOKS):
        # A boundary right where the chord begins says nothing of where the track leaves.
        if distance <= closeness or (4 * look > MOST_LOOKS and look & 1):
            path = 0.5 * (low + high)
        else:
            path = low + (high - low) * distance / chord(inside, outside)[0]
        point = point_on(substep, path)
        distance, found = boundary_on_chord(geometry, volume, inside, point)
        if distance < NEVER:
            gap = distance - chord(inside, point)[0]
            outside, high = point, path
        else:
            distance, found = boundary_on_chord(geometry, volume, point, outside)
            if distance == NEVER:
                return False, point, path, volume, look
            gap = distance
            inside, low = point, path
        behind = found
        if abs(gap) <= closeness or high - low <= closeness:
            path = min(max(path + gap, 0.0), substep.length)
            break
    return True, point_on(substep, path), path, behind, look + 1


@inlined
def first_boundary(geometry, volume, substep, a, b, closeness):
    """Return (whether a boundary is met, point, path from a, volume behind, looks) on a substep from a to b.

    closeness: how far (mm) the boundary may be from a point of the track to end the search. Where none is met
    the track goes on from the point: b, or, where the chord cuts a corner that the track goes round, one
    before it.
    """
    met, point, path, looks = False, b, substep.length, 0
    distance, behind = boundary_on_chord(geometry, volume, a, b)
    if distance < NEVER:
        met, point, path, behind, looks = search(geometry, volume, substep, a, b, closeness, distance, behind)
    return met, point, path, behind, looks
