"""A cylindrical mesh in the frame of an incoming particle, as CaloChallenge's datasets 2 and 3 are read out.

The mesh has its own cells whatever the volumes under it: layers along the particle's direction, rings around
its line of flight, sectors in a ring. A step's loss is counted where the step ends, as Geant4's Par04 does.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
from pydantic import BeforeValidator, Field

from simkit.edge_lists import build_edge_lists
from simkit.errors import BadInput
from simkit.readout import CELL, STEP_CELL, cell
from simkit.readout.eta_phi import octant_edges, phi_cell
from simkit.readout.rings import MOST_CELLS
from simkit.readout.scheme import Cells, Layers, Scheme
from simkit.sections import KeyPath, Length, RegionName, Vector, numbers


def _direction(value: Any) -> Any:
    vector = numbers(value, 3)
    if vector is None or not 0.0 < math.hypot(*vector) < math.inf:
        raise ValueError("must be three finite numbers, not all 0")
    return vector


class ShowerMesh(Scheme):
    """`[readout] kind = "shower_mesh"`: layers, rings and sectors about an incoming particle.

    What lies outside the mesh is one cell for each region.
    """

    kind: Literal["shower_mesh"]
    """The scheme."""
    region: RegionName
    """The region whose deposits the mesh divides."""
    direction: Annotated[Vector, BeforeValidator(_direction)] = (1.0, 0.0, 0.0)
    """Along which the particle comes, of any length."""
    origin_mm: Vector = (0.0, 0.0, 0.0)
    """A point of its line of flight."""
    start_mm: float = 0.0
    """From there to where the mesh begins."""
    layers: Annotated[int, Field(ge=1, le=100_000)]
    """How many layers."""
    layer_mm: Length
    """A layer's depth."""
    radii_mm: Annotated[tuple[Length, ...], Field(min_length=1, max_length=1000)]
    """Ascending: where one ring ends and the next begins, and the last one's end."""
    sectors: Annotated[int, Field(ge=1, le=4096)] = 1
    """Of a ring: 1, or a multiple of 8. Counted from -180 degrees; for a particle along x, from -y to -z."""
    sampling_fraction: Annotated[float, Field(gt=0.0, le=1.0)] = 1.0
    """What a file of showers divides the deposits by."""

    def problems(self) -> Iterator[tuple[KeyPath, str]]:
        """See simkit.sections.Section."""
        if any(high <= low for low, high in zip(self.radii_mm, self.radii_mm[1:])):
            yield ("radii_mm",), "must ascend"
        if self.sectors != 1 and self.sectors % 8:
            yield ("sectors",), f"found {self.sectors}; must be 1 or a multiple of 8"

    def axes(self) -> np.ndarray:
        """Return the frame's unit vectors, float64[3, 3]: along the particle, then two across it."""
        along = np.array(self.direction) / np.abs(self.direction).max()
        along /= np.linalg.norm(along)
        # Across: the y axis made perpendicular; x for a particle that nearly flies along y.
        near = np.array([0.0, 1.0, 0.0]) if abs(along[1]) < 0.9 else np.array([1.0, 0.0, 0.0])
        first = near - (near @ along) * along
        first /= np.linalg.norm(first)
        return np.array([along, first, np.cross(along, first)])

    def build(self, volume_regions: np.ndarray, layers: Layers) -> Cells:
        """See simkit.readout.scheme.Scheme. Errors: BadInput for a region that has no layers."""
        if self.region not in layers:
            raise BadInput(f"readout.region: {self.region!r} is not there; take one of {', '.join(layers)}")
        per_layer = len(self.radii_mm) * self.sectors
        mesh = self.layers * per_layer
        if mesh > MOST_CELLS:
            raise BadInput(f"readout: {mesh} cells, allowed up to {MOST_CELLS}; take fewer layers or rings")
        index = {name: int(volume_regions[rows[0][0]]) for name, rows in layers.items()}
        regions = int(max(volume_regions.max(), max(index.values()))) + 1
        edges, directory = build_edge_lists([octant_edges(max(self.sectors, 8))])
        axes = self.axes()
        offset = -(axes @ np.array(self.origin_mm))
        offset[0] -= self.start_mm
        return Cells(
            MeshCells(
                np.concatenate([axes.ravel(), offset]),
                np.square(self.radii_mm),
                self.layers,
                1.0 / self.layer_mm,
                self.sectors,
                index[self.region],
                mesh,
                volume_regions,
                edges,
                directory,
            ),
            np.concatenate([np.full(mesh, index[self.region]), np.arange(regions)]),
            {
                name: tuple(tuple(range(i * per_layer, (i + 1) * per_layer)) for i in range(self.layers))
                if name == self.region
                else ((mesh + number,),)
                for name, number in index.items()
            },
        )


class MeshCells(NamedTuple):
    """Params of the scheme: mesh cells by layer, sector and ring (fastest), then one for each region.

    frame: float64[12], the unit vectors along and across, then what to add to the three coordinates (mm).
    squares: float64[rings], the rings' outer radii squared (mm^2). region: which the mesh divides. cells: of
    the mesh. edges, directory: of simkit.edge_lists: tan(phi) in one octant.
    """

    frame: np.ndarray
    squares: np.ndarray
    layers: int
    per_mm: float
    sectors: int
    region: int
    cells: int
    volume_region: np.ndarray
    edges: np.ndarray
    directory: np.ndarray


def _mesh_cell(readout, volume, x, y, z):
    region = readout.volume_region[volume]
    elsewhere = readout.cells + region
    if region != readout.region:
        return elsewhere
    frame = readout.frame
    depth = (frame[0] * x + frame[1] * y + frame[2] * z + frame[9]) * readout.per_mm
    if not 0.0 <= depth < readout.layers:
        return elsewhere
    first = frame[3] * x + frame[4] * y + frame[5] * z + frame[10]
    second = frame[6] * x + frame[7] * y + frame[8] * z + frame[11]
    square = first * first + second * second
    rings = len(readout.squares)
    ring = 0
    for i in range(rings):  # all of them: no branch to guess wrong
        ring += square >= readout.squares[i]
    if ring == rings:
        return elsewhere
    sector = 0
    if readout.sectors > 1:  # from the opposite side: the first sector begins at -180 degrees
        sector = phi_cell(readout.edges, readout.directory, -first, -second)[0]
    return (int(depth) * readout.sectors + sector) * rings + ring


def _mesh_step_cell(readout, where, track):
    return cell(readout, track.volume, track.x, track.y, track.z)


CELL[MeshCells] = _mesh_cell
STEP_CELL[MeshCells] = _mesh_step_cell
