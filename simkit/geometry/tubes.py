"""Tubes: a detector of rings around the z axis that fill a cylinder without gaps.

Every volume is a tube r_in <= r < r_out, z_low <= z < z_high (the solid that Geant4 calls G4Tubs). A
distance needs one square root at most: heading inwards the inner cylinder is met first if it is met at all.
The volume behind a face is known when there is only one; where there are several, it is found in a coarse
grid in r and z whose cells belong to zones, and in the layers of the zone.

No track is lost or caught. Along a straight line z only rises or only falls, and r falls until the point
nearest to the axis and rises after it; the faces crossed follow each other in the same way whatever the
rounding, so that a line meets finitely many. An inner cylinder counts only while the nearest point is at
least GRAZING ahead, a way that rounding cannot undo.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from simkit.edge_lists import FIRST, INTERVALS, ROW, interval
from simkit.geometry import (
    DISTANCE_TO_BOUNDARY,
    DISTANCE_TO_ENVELOPE,
    LOCATE,
    LOCATE_IN_ENVELOPE,
    NEVER,
    OUTSIDE,
    SAFETY,
)
from simkit.jit import kernel

GRAZING = 1e-9  # mm, across the axis
ALONG_R, ALONG_Z = 0, 1  # how the layers of a zone lie
SEARCH = -2  # several volumes lie behind a face

# Columns of `bounds`, and the faces in `links`.
R_IN, R_OUT, Z_LOW, Z_HIGH = 0, 1, 2, 3
# Columns of `links` after the four volumes behind the faces: the row (r faces) or column (z faces) of the
# grid behind each face.
BEHIND_INDEX, LINKS = 4, 8
GRID_R, GRID_Z, FIRST_ZONE = 0, 1, 2  # numbers of lists of edges


class Tubes(NamedTuple):
    """Params of the shape: few arrays, because a call costs time for each of them. Lengths in mm.

    bounds: float64[4 (volumes + envelopes)], r_in, r_out, z_low, z_high.
    links: int64[LINKS volumes], the volume behind each face (OUTSIDE, SEARCH), then as listed above.
    edges, directory: of simkit.edge_lists: the grid in r and in z, then the layers of each zone. In
    `directory` follow, from `zones` on, the axis and the first volume of each zone, from `grid` on the zone
    of each of the grid's cells and, from `envelopes` on, the zone that is each envelope.
    volume_couple, volume_region, volume_envelope: int64[volumes].
    """

    bounds: np.ndarray
    links: np.ndarray
    edges: np.ndarray
    directory: np.ndarray
    zones: int
    grid: int
    envelopes: int
    volume_couple: np.ndarray
    volume_region: np.ndarray
    volume_envelope: np.ndarray


@kernel
def _volume_in(edges, directory, zones, grid, row, column, r, z, r_rising, z_rising):
    """Return the volume at (r, z) in a cell of the grid."""
    zone = directory[grid + row * directory[ROW * GRID_Z + INTERVALS] + column]
    about = zones + 2 * zone
    if directory[about] == ALONG_R:
        return directory[about + 1] + interval(edges, directory, FIRST_ZONE + zone, r, r_rising)
    return directory[about + 1] + interval(edges, directory, FIRST_ZONE + zone, z, z_rising)


@kernel
def _inwards(b, a):
    """Return whether the point of a line nearest to the axis is ahead: b = x u + y v, a = u^2 + v^2."""
    return b < 0.0 and b * b > GRAZING * GRAZING * a


@kernel
def _distance_to_faces(bounds, tube, x, y, z, u, v, w):
    """Return (distance to the surface of a tube from inside, the face that is hit)."""
    distance = NEVER
    face = Z_HIGH
    if w > 0.0:
        distance = max((bounds[4 * tube + Z_HIGH] - z) / w, 0.0)
    elif w < 0.0:
        distance = max((bounds[4 * tube + Z_LOW] - z) / w, 0.0)
        face = Z_LOW
    a = u * u + v * v
    if a == 0.0:
        return distance, face
    b = x * u + y * v
    r = math.sqrt(x * x + y * y)
    if _inwards(b, a):
        r_in = bounds[4 * tube + R_IN]
        c = (r - r_in) * (r + r_in)
        discriminant = b * b - a * c
        if discriminant > 0.0 and r_in > 0.0:
            across = max(c / (math.sqrt(discriminant) - b), 0.0)
            return (across, R_IN) if across < distance else (distance, face)
    r_out = bounds[4 * tube + R_OUT]
    c = (r - r_out) * (r + r_out)
    root = math.sqrt(max(b * b - a * c, 0.0))
    # The form that does not cancel. A hair outside and passing by: on to the point nearest to the axis.
    across = max(-c / (root + b), 0.0) if b > 0.0 else (root - b) / a
    return (across, R_OUT) if across < distance else (distance, face)


@kernel
def _search_behind(geometry, volume, face, x, y, z, u, v, w):
    """Return the volume behind the point (x, y, z) of a face with several neighbours.

    The other coordinate is kept within the volume's own, and an edge counts by the direction: whatever the
    rounding, the volume entered is one that the track has not left before.
    """
    bounds = geometry.bounds
    surface = bounds[4 * volume + face]
    beyond = geometry.links[LINKS * volume + BEHIND_INDEX + face]
    z_rising = w > 0.0
    if face in (R_IN, R_OUT):
        z = min(max(z, bounds[4 * volume + Z_LOW]), bounds[4 * volume + Z_HIGH])
        column = interval(geometry.edges, geometry.directory, GRID_Z, z, z_rising)
        return _volume_in(
            geometry.edges,
            geometry.directory,
            geometry.zones,
            geometry.grid,
            beyond,
            column,
            surface,
            z,
            face == R_OUT,
            z_rising,
        )
    r = math.sqrt(x * x + y * y)
    r = min(max(r, bounds[4 * volume + R_IN]), bounds[4 * volume + R_OUT])
    r_rising = not _inwards(x * u + y * v, u * u + v * v)
    row = interval(geometry.edges, geometry.directory, GRID_R, r, r_rising)
    return _volume_in(
        geometry.edges,
        geometry.directory,
        geometry.zones,
        geometry.grid,
        row,
        beyond,
        r,
        surface,
        r_rising,
        z_rising,
    )


def tubes_locate(geometry, x, y, z):
    edges = geometry.edges
    directory = geometry.directory
    r = math.sqrt(x * x + y * y)
    radii = ROW * GRID_R
    planes = ROW * GRID_Z
    outer = edges[directory[radii + FIRST] + directory[radii + INTERVALS]]
    low = edges[directory[planes + FIRST]]
    high = edges[directory[planes + FIRST] + directory[planes + INTERVALS]]
    if not (r <= outer and low <= z <= high):
        return OUTSIDE
    row = interval(geometry.edges, geometry.directory, GRID_R, r, True)
    column = interval(geometry.edges, geometry.directory, GRID_Z, z, True)
    return _volume_in(
        geometry.edges, geometry.directory, geometry.zones, geometry.grid, row, column, r, z, True, True
    )


def tubes_locate_in_envelope(geometry, volume, x, y, z):
    """An envelope is one zone: its layers are all that is searched."""
    directory = geometry.directory
    zone = directory[geometry.envelopes + geometry.volume_envelope[volume]]
    about = geometry.zones + 2 * zone
    along = math.sqrt(x * x + y * y) if directory[about] == ALONG_R else z
    return directory[about + 1] + interval(geometry.edges, directory, FIRST_ZONE + zone, along, True)


def tubes_distance_to_boundary(geometry, volume, x, y, z, u, v, w):
    distance, face = _distance_to_faces(geometry.bounds, volume, x, y, z, u, v, w)
    behind = geometry.links[LINKS * volume + face]
    if behind == SEARCH:
        x += distance * u
        y += distance * v
        z += distance * w
        behind = _search_behind(geometry, volume, face, x, y, z, u, v, w)
    return distance, behind


def tubes_distance_to_envelope(geometry, volume, x, y, z, u, v, w):
    tube = len(geometry.volume_envelope) + geometry.volume_envelope[volume]
    return _distance_to_faces(geometry.bounds, tube, x, y, z, u, v, w)[0]


def tubes_safety(geometry, volume, x, y, z):
    bounds = geometry.bounds
    along = min(z - bounds[4 * volume + Z_LOW], bounds[4 * volume + Z_HIGH] - z)
    r = math.sqrt(x * x + y * y)
    r_in = bounds[4 * volume + R_IN]
    across = bounds[4 * volume + R_OUT] - r
    if r_in > 0.0:
        across = min(across, r - r_in)
    return max(min(along, across), 0.0)


LOCATE[Tubes] = tubes_locate
LOCATE_IN_ENVELOPE[Tubes] = tubes_locate_in_envelope
DISTANCE_TO_BOUNDARY[Tubes] = tubes_distance_to_boundary
DISTANCE_TO_ENVELOPE[Tubes] = tubes_distance_to_envelope
SAFETY[Tubes] = tubes_safety
