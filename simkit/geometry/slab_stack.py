"""A stack of slabs: layers of plane slabs along +x, square across, as Geant4's TestEm3.

The stack fills 0 <= x <= depth and |y|, |z| <= transverse / 2. Volume i * slabs + j is slab j of layer i; it
is its own readout cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field

from simkit.geometry import DISTANCE_TO_BOUNDARY, DISTANCE_TO_ENVELOPE, LOCATE, NEVER, OUTSIDE, SAFETY
from simkit.geometry.detector import WORLD, Box, Detector, Shape
from simkit.jit import kernel
from simkit.readout.volumes import VolumeCells
from simkit.sections import KeyPath, Length, RegionName, Section

MOST_SLABS = 10_000
MOST_VOLUMES = 2_000_000  # slabs of all layers: each is counted by itself in every event
PARALLEL = 1e-30  # a direction's component below which no plane across it is ever reached


class Slab(Section):
    """One slab of a layer."""

    region: RegionName
    """The name under which its deposits are counted."""
    material: str
    """A name of Geant4's, such as "G4_Pb", or of `[[material]]`."""
    thickness_mm: Length
    """Along the beam."""


class SlabStack(Shape):
    """Repeated slabs along +x from x = 0."""

    kind: Literal["slab_stack"]
    """The shape."""
    layers: Annotated[int, Field(ge=1, le=100_000)]
    """Repetitions of the slabs."""
    transverse_mm: Length
    """Full width in y and z."""
    slab: Annotated[tuple[Slab, ...], Field(min_length=1, max_length=MOST_SLABS)]
    """The slabs of a layer, front to back."""

    def regions(self) -> tuple[str, ...]:
        """Return the names of the regions, in the order in which the beam meets them first."""
        return tuple(dict.fromkeys(slab.region for slab in self.slab))

    def build(self) -> Detector:
        """See simkit.geometry.detector.Shape."""
        slabs = [(slab.region, slab.material, slab.thickness_mm) for slab in self.slab]
        return build_slab_stack(self.layers, slabs, self.transverse_mm)

    def materials(self) -> dict[KeyPath, str]:
        """See simkit.geometry.detector.Shape."""
        return {("slab", i, "material"): slab.material for i, slab in enumerate(self.slab)}

    def bounds(self) -> Box:
        """See simkit.geometry.detector.Shape."""
        half = self.transverse_mm / 2
        return (0.0, self.layers * sum(slab.thickness_mm for slab in self.slab)), (-half, half), (-half, half)

    def problems(self) -> Iterator[tuple[KeyPath, str]]:
        """See simkit.sections.Section."""
        if WORLD in self.regions():
            yield (), f"{WORLD!r} is the name of what lies around the detector; choose another"
        volumes = self.layers * len(self.slab)
        if volumes > MOST_VOLUMES:
            yield (
                ("layers",),
                f"the layers have {volumes} slabs together, allowed up to {MOST_VOLUMES}; take fewer",
            )


class SlabStackParams(NamedTuple):
    """What the kernels know of the stack.

    surfaces: float64[volumes + 1], the planes' x (mm), ascending from 0; half_width: mm. slabs: in a layer.
    """

    surfaces: np.ndarray
    half_width: float
    layers_per_mm: float
    slabs: int
    volume_couple: np.ndarray
    volume_region: np.ndarray
    volume_envelope: np.ndarray


def build_slab_stack(layers: int, slabs: Sequence[tuple[str, str, float]], transverse_mm: float) -> Detector:
    """Return the detector of `layers` repetitions of `slabs`, each (region, material, thickness in mm)."""
    regions = tuple(dict.fromkeys(region for region, _, _ in slabs))
    couples = tuple(dict.fromkeys((material, region) for region, material, _ in slabs))
    thickness = np.tile([float(t) for _, _, t in slabs], layers)
    # Every plane from the layer's pitch, so that rounding does not pile up through the stack.
    pitch = sum(t for _, _, t in slabs)
    offsets = np.concatenate([[0.0], np.cumsum([t for _, _, t in slabs])[:-1]])
    starts = (np.arange(layers)[:, None] * pitch + offsets[None, :]).ravel()
    params = SlabStackParams(
        surfaces=np.append(starts, layers * pitch),
        half_width=0.5 * float(transverse_mm),
        layers_per_mm=1.0 / pitch,
        slabs=len(slabs),
        volume_couple=np.tile([couples.index((m, r)) for r, m, _ in slabs], layers).astype(np.int64),
        volume_region=np.tile([regions.index(r) for r, _, _ in slabs], layers).astype(np.int64),
        volume_envelope=np.zeros(len(thickness), dtype=np.int64),
    )
    layer_cells = {
        region: tuple(
            tuple(i * len(slabs) + j for j, (r, _, _) in enumerate(slabs) if r == region)
            for i in range(layers)
        )
        for region in regions
    }
    return Detector(
        params=params,
        readout=VolumeCells(len(thickness)),
        regions=(*regions, WORLD),
        couples=couples,
        calorimeter=regions,
        sensitive=regions,
        cell_region=params.volume_region,
        layer_cells=layer_cells,
        envelopes=("stack",),
    )


def slab_locate(geometry, x, y, z):
    surfaces = geometry.surfaces
    n = len(surfaces) - 1
    half_width = geometry.half_width
    if not (surfaces[0] <= x <= surfaces[n] and abs(y) <= half_width and abs(z) <= half_width):
        return OUTSIDE
    # the layer from the pitch, then the slab; a rounding error at a layer's end is mended by the search
    volume = min(int(x * geometry.layers_per_mm), n // geometry.slabs - 1) * geometry.slabs
    while volume > 0 and surfaces[volume] > x:
        volume -= 1
    while volume < n - 1 and surfaces[volume + 1] <= x:
        volume += 1
    return volume


@kernel
def _distance_across(half_width, y, z, v, w):
    """Return the distance to the side walls, a hair past a wall counting as on it."""
    distance = NEVER
    if abs(v) > PARALLEL:
        distance = max((half_width - y if v > 0.0 else -half_width - y) / v, 0.0)
    if abs(w) > PARALLEL:
        distance = min(distance, max((half_width - z if w > 0.0 else -half_width - z) / w, 0.0))
    return distance


def slab_distance_to_boundary(geometry, volume, x, y, z, u, v, w):
    surfaces = geometry.surfaces
    distance = NEVER
    next_volume = OUTSIDE
    if u > PARALLEL:
        distance = max((surfaces[volume + 1] - x) / u, 0.0)
        next_volume = volume + 1 if volume + 2 < len(surfaces) else OUTSIDE
    elif u < -PARALLEL:
        distance = max((surfaces[volume] - x) / u, 0.0)
        next_volume = volume - 1  # before the first volume is OUTSIDE
    # The side walls matter only when a step of this length could reach them.
    reach = geometry.half_width - max(abs(y), abs(z))
    if distance > reach:
        across = _distance_across(geometry.half_width, y, z, v, w)
        if across < distance:
            return across, OUTSIDE
    return distance, next_volume


def slab_distance_to_envelope(geometry, volume, x, y, z, u, v, w):
    surfaces = geometry.surfaces
    distance = _distance_across(geometry.half_width, y, z, v, w)
    if u > PARALLEL:
        distance = min(distance, max((surfaces[len(surfaces) - 1] - x) / u, 0.0))
    elif u < -PARALLEL:
        distance = min(distance, max((surfaces[0] - x) / u, 0.0))
    return distance


def slab_safety(geometry, volume, x, y, z):
    surfaces = geometry.surfaces
    along = min(surfaces[volume + 1] - x, x - surfaces[volume])
    return max(min(along, geometry.half_width - max(abs(y), abs(z))), 0.0)


LOCATE[SlabStackParams] = slab_locate
DISTANCE_TO_BOUNDARY[SlabStackParams] = slab_distance_to_boundary
DISTANCE_TO_ENVELOPE[SlabStackParams] = slab_distance_to_envelope
SAFETY[SlabStackParams] = slab_safety
