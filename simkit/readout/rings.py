"""Rings and sectors around an axis, in every volume: what the lateral profile of a shower is read from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field

from simkit.edge_lists import build_edge_lists
from simkit.errors import BadInput
from simkit.readout import CELL, STEP_CELL, cell
from simkit.readout.eta_phi import octant_edges, phi_cell
from simkit.readout.scheme import Cells, Layers, Scheme
from simkit.sections import KeyPath, Length

MOST_CELLS = 10_000_000


class Rings(Scheme):
    """`[readout] kind = "rings"`: every volume is divided into rings and sectors around an axis."""

    kind: Literal["rings"]
    """The scheme."""
    axis: Literal["x", "z"] = "x"
    """The axis, through the origin; slabs lie along x, tubes along z."""
    radii_mm: Annotated[tuple[Length, ...], Field(min_length=1, max_length=1000)]
    """Ascending: where one ring ends and the next begins; the last ring has no end."""
    sectors: Annotated[int, Field(ge=1, le=4096)] = 1
    """How many sectors a ring has: 1, or a multiple of 8. They are counted from y to z, or from x to y."""
    counted_at: Literal["middle", "end"] = "middle"
    """Of a step, where its loss is counted."""

    def problems(self) -> Iterator[tuple[KeyPath, str]]:
        """See simkit.sections.Section."""
        if any(high <= low for low, high in zip(self.radii_mm, self.radii_mm[1:])):
            yield ("radii_mm",), "must ascend"
        if self.sectors != 1 and self.sectors % 8:
            yield ("sectors",), f"found {self.sectors}; must be 1 or a multiple of 8"

    def build(self, volume_regions: np.ndarray, layers: Layers) -> Cells:
        """See simkit.readout.scheme.Scheme."""
        cells = (len(self.radii_mm) + 1) * self.sectors
        if (total := cells * len(volume_regions)) > MOST_CELLS:
            raise BadInput(
                f"readout: {len(volume_regions)} volumes of {cells} cells each are {total} cells, allowed "
                f"up to {MOST_CELLS}; take fewer rings or sectors"
            )
        edges, directory = build_edge_lists([octant_edges(max(self.sectors, 8))])
        return Cells(
            RingCells(
                np.square(self.radii_mm),
                self.sectors,
                int(self.axis == "z"),
                int(self.counted_at == "end"),
                edges,
                directory,
            ),
            np.repeat(volume_regions, cells),
            {
                region: tuple(
                    tuple(volume * cells + i for volume in volumes for i in range(cells)) for volumes in rows
                )
                for region, rows in layers.items()
            },
        )


class RingCells(NamedTuple):
    """Params of the scheme: the cells of a volume follow each other by ring, then by sector.

    squares: float64[rings - 1], the rings' outer radii squared (mm^2), the last ring's left out. along_z: not
    0 where the axis is z. at_end: not 0 where a step's loss is counted at its end. edges, directory: of
    simkit.edge_lists: tan(phi) in one octant.
    """

    squares: np.ndarray
    sectors: int
    along_z: int
    at_end: int
    edges: np.ndarray
    directory: np.ndarray


def _ring_cell(readout, volume, x, y, z):
    first = x if readout.along_z != 0 else y
    second = y if readout.along_z != 0 else z
    square = first * first + second * second
    rings = len(readout.squares)
    ring = 0
    while ring < rings and square >= readout.squares[ring]:
        ring += 1
    where = (volume * (rings + 1) + ring) * readout.sectors
    if readout.sectors > 1:
        where += phi_cell(readout.edges, readout.directory, first, second)[0]
    return where


def _ring_step_cell(readout, where, track):
    return cell(readout, track.volume, track.x, track.y, track.z) if readout.at_end != 0 else where


CELL[RingCells] = _ring_cell
STEP_CELL[RingCells] = _ring_step_cell
