"""A stack of tubes: layers of concentric tubes around z, as Geant4's extended example Par04.

The stack fills inner_radius <= r <= inner_radius + depth and |z| <= length / 2; inside it is vacuum, part of
the world. Nothing is around it: in vacuum a track that leaves a convex body does not come back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from simkit.geometry.detector import WORLD, Box, Detector, Shape
from simkit.geometry.slab_stack import MOST_SLABS, MOST_VOLUMES, Slab
from simkit.geometry.tube_layout import Layer, Zone, build_tubes
from simkit.readout.volumes import VolumeCells
from simkit.sections import KeyPath, Length

VACUUM = ("G4_Galactic", WORLD)


class TubeStack(Shape):
    """Repeated tubes around the z axis, from an inner radius outwards."""

    kind: Literal["tube_stack"]
    """The shape."""
    layers: Annotated[int, Field(ge=1, le=100_000)]
    """Repetitions of the tubes."""
    inner_radius_mm: Length
    """Of the innermost tube; inside is vacuum."""
    length_mm: Length
    """Full length in z."""
    tube: Annotated[tuple[Slab, ...], Field(min_length=1, max_length=MOST_SLABS)]
    """The tubes of a layer, from the inside."""

    def regions(self) -> tuple[str, ...]:
        """Return the names of the regions, in the order in which a track from the axis meets them first."""
        return tuple(dict.fromkeys(tube.region for tube in self.tube))

    def build(self) -> Detector:
        """See simkit.geometry.detector.Shape."""
        tubes = [(tube.region, tube.material, tube.thickness_mm) for tube in self.tube]
        return build_tube_stack(self.layers, tubes, self.inner_radius_mm, self.length_mm)

    def materials(self) -> dict[KeyPath, str]:
        """See simkit.geometry.detector.Shape."""
        return {("tube", i, "material"): tube.material for i, tube in enumerate(self.tube)}

    def bounds(self) -> Box:
        """See simkit.geometry.detector.Shape."""
        r = self.inner_radius_mm + self.layers * sum(tube.thickness_mm for tube in self.tube)
        half = self.length_mm / 2
        return (-r, r), (-r, r), (-half, half)

    def problems(self) -> Iterator[tuple[KeyPath, str]]:
        """See simkit.sections.Section."""
        if WORLD in self.regions():
            yield (), f"{WORLD!r} is the name of what lies around the detector; choose another"
        volumes = self.layers * len(self.tube)
        if volumes > MOST_VOLUMES:
            yield (
                ("layers",),
                f"the layers have {volumes} tubes together, allowed up to {MOST_VOLUMES}; take fewer",
            )


def build_tube_stack(
    layers: int, tubes: Sequence[tuple[str, str, float]], inner_radius_mm: float, length_mm: float
) -> Detector:
    """Return the detector of `layers` repetitions of `tubes`, each (region, material, thickness in mm).

    Every tube is its own readout cell; the vacuum inside is volume 0. The Woodcock envelope is the stack.
    """
    regions = tuple(dict.fromkeys(region for region, _, _ in tubes))
    # Every edge from the layer's pitch, so that rounding does not pile up through the stack.
    pitch = sum(thickness for _, _, thickness in tubes)
    ends = np.cumsum([thickness for _, _, thickness in tubes])
    ends[-1] = pitch
    layer_list = [
        Layer(float(inner_radius_mm + i * pitch + end), material, region)
        for i in range(layers)
        for end, (region, material, _) in zip(ends, tubes)
    ]
    half = 0.5 * length_mm
    inside = Zone(0.0, inner_radius_mm, -half, half, (Layer(inner_radius_mm, *VACUUM),))
    stack = Zone(inner_radius_mm, layer_list[-1].end, -half, half, tuple(layer_list), envelope="stack")
    detector = build_tubes([inside, stack], (*regions, WORLD), regions, regions, phi_cells=8)
    layer_cells = {
        region: tuple(
            tuple(1 + i * len(tubes) + j for j, (name, _, _) in enumerate(tubes) if name == region)
            for i in range(layers)
        )
        for region in regions
    }
    return replace(
        detector,
        readout=VolumeCells(1 + len(layer_list)),
        cell_region=detector.params.volume_region,
        layer_cells=layer_cells,
    )
