"""Geometry: one detector shape a file; the verbs every shape answers.

The params of a shape are a NamedTuple of flat arrays with the common fields `volume_couple`,
`volume_region` and `volume_envelope` (int64, one entry a volume). A volume index carries the truth of where
a track is: crossing a boundary sets it to the next volume, positions are never nudged. A distance therefore
ignores surfaces that the track moves away from and is clamped at zero, so that a point a rounding error on
the wrong side of the surface it has just crossed is still handled.

Positions in mm, directions of unit length. The world outside every volume has the index OUTSIDE.
"""

from __future__ import annotations

from typing import Any

from simkit.jit import by_type, kernel

OUTSIDE = -1
NEVER = 1e30  # a distance that nothing travels (mm)


def locate(geometry: Any, x: float, y: float, z: float) -> int:
    """Return the index of the volume that holds the point, OUTSIDE when there is none."""
    return LOCATE[type(geometry)](geometry, x, y, z)


def locate_in_envelope(geometry, volume, x, y, z):
    """Return the index of the volume that holds a point known to lie in the envelope of `volume`.

    What a tentative point of Woodcock tracking is located by. A shape that has no faster way leaves it out.
    """
    return LOCATE_IN_ENVELOPE[type(geometry)](geometry, volume, x, y, z)


def distance_to_boundary(geometry, volume, x, y, z, u, v, w):
    """Return (distance to the boundary of `volume` along the direction, volume behind it)."""
    return DISTANCE_TO_BOUNDARY[type(geometry)](geometry, volume, x, y, z, u, v, w)


def distance_to_envelope(geometry, volume, x, y, z, u, v, w):
    """Return the distance to the outer boundary of the envelope (volume_envelope) that holds `volume`."""
    return DISTANCE_TO_ENVELOPE[type(geometry)](geometry, volume, x, y, z, u, v, w)


def safety(geometry: Any, volume: int, x: float, y: float, z: float) -> float:
    """Return a lower bound of the distance to the nearest boundary of `volume` in any direction."""
    return SAFETY[type(geometry)](geometry, volume, x, y, z)


def _locate_anywhere(geometry, volume, x, y, z):
    return locate(geometry, x, y, z)


LOCATE = by_type(locate)
LOCATE_IN_ENVELOPE = by_type(locate_in_envelope, default=_locate_anywhere)
DISTANCE_TO_BOUNDARY = by_type(distance_to_boundary)
DISTANCE_TO_ENVELOPE = by_type(distance_to_envelope)
SAFETY = by_type(safety)


@kernel
def locate_all(geometry, x, y, z, volume):
    """Set volume[i] (int64) to the volume that holds the point (x[i], y[i], z[i])."""
    for i in range(len(x)):
        volume[i] = locate(geometry, x[i], y[i], z[i])


from simkit.geometry import slab_stack as slab_stack  # noqa: E402  (shapes register with the verbs above)
