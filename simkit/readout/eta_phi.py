"""Cells in pseudorapidity and azimuth, in samplings; what is not divided is one cell a region."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from simkit.edge_lists import FIRST, INTERVALS, ROW, build_edge_lists, interval
from simkit.jit import kernel
from simkit.readout import CELL

UNDIVIDED = -1  # in place of a grid: the volume is one cell or part of one
_OCTANT, _GRIDS = 0, 1  # numbers of lists: tan(phi) in one octant, then sinh(eta) of each grid


class EtaPhi(NamedTuple):
    """Params of the scheme.

    volumes: int64[2 volumes], for each its cell or the first cell of its sampling, and its grid or UNDIVIDED.
    edges, directory: of simkit.edge_lists: tan(phi) of the cells' lower edges in one octant, then the
    edges of each grid's cells as sinh(eta).
    """

    volumes: np.ndarray
    edges: np.ndarray
    directory: np.ndarray


def build_eta_phi(volumes: np.ndarray, eta_edges: Sequence[Sequence[float]], phi_cells: int) -> EtaPhi:
    """Return the params; volumes: int64[volumes, 2]; eta_edges: of each grid; phi_cells: around the axis.

    Raises ValueError where phi_cells is not a multiple of 8.
    """
    edges, directory = build_edge_lists([octant_edges(phi_cells), *map(np.sinh, eta_edges)])
    return EtaPhi(np.asarray(volumes, dtype=np.int64).ravel(), edges, directory)


def octant_edges(phi_cells: int) -> np.ndarray:
    """Return tan(phi) of the lower edges of the cells in one octant, which `phi_cell` compares with.

    phi_cells: around the axis. Raises ValueError where it is not a multiple of 8.
    """
    if phi_cells < 8 or phi_cells % 8:
        raise ValueError(f"{phi_cells} cells around the axis are not a multiple of 8")
    return np.tan(np.arange(phi_cells // 8) * (2.0 * np.pi / phi_cells))


@kernel
def phi_cell(edges, directory, x, y):
    """Return (index of the azimuth of (x, y) among the cells around the axis, number of cells).

    edges, directory: of simkit.edge_lists, the first list `octant_edges`. The first cell begins at phi = 0.
    Folded into one octant, where the edges are compared as tangents: no arctangent.
    """
    row = ROW * _OCTANT
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


def _eta_phi(readout, volume, x, y, z):
    cell = readout.volumes[2 * volume]
    grid = readout.volumes[2 * volume + 1]
    if grid == UNDIVIDED:
        return cell
    edges = readout.edges
    directory = readout.directory
    # z / r = sinh(eta); a point on the axis is in no readout layer, but must not divide by zero.
    sinh_eta = z / max(math.sqrt(x * x + y * y), 1e-3)
    eta = interval(edges, directory, _GRIDS + grid, sinh_eta, True)
    phi, phi_cells = phi_cell(edges, directory, x, y)
    return cell + eta * phi_cells + phi


CELL[EtaPhi] = _eta_phi
