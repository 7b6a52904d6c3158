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

from simkit.geometry import (
    CELL,
    DISTANCE_TO_BOUNDARY,
    DISTANCE_TO_ENVELOPE,
    LOCATE,
    OUTSIDE,
    SAFETY,
)
from simkit.jit import kernel

NEVER = 1e30  # a distance that nothing travels (mm)
GRAZING = 1e-9  # mm, across the axis
ALONG_R, ALONG_Z = 0, 1  # how the layers of a zone lie
SEARCH = -2  # several volumes lie behind a face
UNDIVIDED = -1  # no readout: the volume is one cell or part of one

# Columns of `bounds`, and the faces in `links`.
R_IN, R_OUT, Z_LOW, Z_HIGH = 0, 1, 2, 3
# Columns of `links` after the four volumes behind the faces: the row (r faces) or column (z faces) of the
# grid behind each face, the volume's cell or the first cell of its readout layer, its readout.
BEHIND_INDEX, CELL_OF, READOUT_OF, LINKS = 4, 8, 9, 10
# Where in `directory` these are: the zones' rows (axis, first volume), the grid's zones, the number of the
# first readout's list of edges and of the octant's. From LISTS on, a row for each list of edges.
ZONES, GRID, READOUTS, OCTANT, LISTS = 0, 1, 2, 3, 4
# A list's row: its first edge, number of intervals, first bin, number of bins.
FIRST, INTERVALS, BINS, N_BINS, ROW = 0, 1, 2, 3, 4
GRID_R, GRID_Z, FIRST_ZONE = 0, 1, 2  # numbers of lists


class Tubes(NamedTuple):
    """Params of the shape: few arrays, because a call costs time for each of them. Lengths in mm.

    bounds: float64[4 (volumes + envelopes)], r_in, r_out, z_low, z_high.
    links: int64[LINKS volumes], the volume behind each face (OUTSIDE, SEARCH), then as listed above.
    edges: float64, ascending lists: of the grid in r and z; of the layers of each zone; of each readout's
    cells, as sinh(eta); tan(phi) of the cells' lower edges in one octant. Before each list stands how many
    bins there are to the mm (or unit): a bin holds the first interval that reaches into it.
    directory: int64, what finds its way in `edges`, as listed above: rows, bins, zones, grid.
    volume_couple, volume_region, volume_envelope: int64[volumes].
    """

    bounds: np.ndarray
    links: np.ndarray
    edges: np.ndarray
    directory: np.ndarray
    volume_couple: np.ndarray
    volume_region: np.ndarray
    volume_envelope: np.ndarray


@kernel
def _interval(edges, directory, number, value, rising):
    """Return i, value being between edges i and i + 1 of list `number`; beyond its ends, the interval there.

    On an edge, the interval that a coordinate enters: the upper one if it is `rising`, else the lower one.
    """
    row = LISTS + ROW * number
    first = directory[row + FIRST]
    last = directory[row + INTERVALS] - 1
    position = (value - edges[first]) * edges[first - 1]
    bin_ = directory[row + N_BINS] - 1
    if position < bin_:
        bin_ = int(max(position, 0.0))
    i = directory[directory[row + BINS] + bin_]
    while i < last and (edges[first + i + 1] < value or (rising and edges[first + i + 1] == value)):
        i += 1
    return i


@kernel
def _volume_in(edges, directory, row, column, r, z, r_rising, z_rising):
    """Return the volume at (r, z) in a cell of the grid."""
    zone = directory[directory[GRID] + row * directory[LISTS + ROW * GRID_Z + INTERVALS] + column]
    about = directory[ZONES] + 2 * zone
    if directory[about] == ALONG_R:
        return directory[about + 1] + _interval(edges, directory, FIRST_ZONE + zone, r, r_rising)
    return directory[about + 1] + _interval(edges, directory, FIRST_ZONE + zone, z, z_rising)


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
def _search_behind(bounds, links, edges, directory, volume, face, x, y, z, u, v, w):
    """Return the volume behind the point (x, y, z) of a face with several neighbours.

    The other coordinate is kept within the volume's own, and an edge counts by the direction: whatever the
    rounding, the volume entered is one that the track has not left before.
    """
    surface = bounds[4 * volume + face]
    beyond = links[LINKS * volume + BEHIND_INDEX + face]
    z_rising = w > 0.0
    if face in (R_IN, R_OUT):
        z = min(max(z, bounds[4 * volume + Z_LOW]), bounds[4 * volume + Z_HIGH])
        column = _interval(edges, directory, GRID_Z, z, z_rising)
        return _volume_in(edges, directory, beyond, column, surface, z, face == R_OUT, z_rising)
    r = math.sqrt(x * x + y * y)
    r = min(max(r, bounds[4 * volume + R_IN]), bounds[4 * volume + R_OUT])
    r_rising = not _inwards(x * u + y * v, u * u + v * v)
    row = _interval(edges, directory, GRID_R, r, r_rising)
    return _volume_in(edges, directory, row, beyond, r, surface, r_rising, z_rising)


def tubes_locate(geometry, x, y, z):
    edges = geometry.edges
    directory = geometry.directory
    r = math.sqrt(x * x + y * y)
    radii = LISTS + ROW * GRID_R
    planes = LISTS + ROW * GRID_Z
    outer = edges[directory[radii + FIRST] + directory[radii + INTERVALS]]
    low = edges[directory[planes + FIRST]]
    high = edges[directory[planes + FIRST] + directory[planes + INTERVALS]]
    if not (r <= outer and low <= z <= high):
        return OUTSIDE
    row = _interval(edges, directory, GRID_R, r, True)
    column = _interval(edges, directory, GRID_Z, z, True)
    return _volume_in(edges, directory, row, column, r, z, True, True)


def tubes_distance_to_boundary(geometry, volume, x, y, z, u, v, w):
    distance, face = _distance_to_faces(geometry.bounds, volume, x, y, z, u, v, w)
    behind = geometry.links[LINKS * volume + face]
    if behind == SEARCH:
        x += distance * u
        y += distance * v
        z += distance * w
        behind = _search_behind(
            geometry.bounds,
            geometry.links,
            geometry.edges,
            geometry.directory,
            volume,
            face,
            x,
            y,
            z,
            u,
            v,
            w,
        )
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


@kernel
def _phi_cell(edges, directory, x, y):
    """Return the index of the azimuth of (x, y) among the cells around the axis, the first from phi = 0.

    Folded into one octant, where the edges are compared as tangents: no arctangent.
    """
    row = LISTS + ROW * directory[OCTANT]
    first = directory[row + FIRST]
    per_octant = directory[row + INTERVALS] + 1  # the last one ends where the octant does
    near = min(abs(x), abs(y))
    far = max(abs(x), abs(y))
    low = 0
    cells = per_octant
    while cells > 1:
        half = cells >> 1
        low = low + half if edges[first + low + half] * far <= near else low
        cells -= half
    low = 2 * per_octant - 1 - low if abs(y) > abs(x) else low
    low = 4 * per_octant - 1 - low if x < 0.0 else low
    low = 8 * per_octant - 1 - low if y < 0.0 else low
    return low, 8 * per_octant


def tubes_cell(geometry, volume, x, y, z):
    cell = geometry.links[LINKS * volume + CELL_OF]
    readout = geometry.links[LINKS * volume + READOUT_OF]
    if readout == UNDIVIDED:
        return cell
    edges = geometry.edges
    directory = geometry.directory
    # z / r = sinh(eta); a point on the axis is in no readout layer, but must not divide by zero.
    sinh_eta = z / max(math.sqrt(x * x + y * y), 1e-3)
    eta = _interval(edges, directory, directory[READOUTS] + readout, sinh_eta, True)
    phi, phi_cells = _phi_cell(edges, directory, x, y)
    return cell + eta * phi_cells + phi


LOCATE[Tubes] = tubes_locate
DISTANCE_TO_BOUNDARY[Tubes] = tubes_distance_to_boundary
DISTANCE_TO_ENVELOPE[Tubes] = tubes_distance_to_envelope
SAFETY[Tubes] = tubes_safety
CELL[Tubes] = tubes_cell
