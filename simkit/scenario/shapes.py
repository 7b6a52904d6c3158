"""The `[geometry]` section: which detector, and its sizes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from simkit.scenario.values import Name, Section

Length = Annotated[float, Field(gt=0.0, le=1e7)]


class Slab(Section):
    """One slab of a layer; `region` is the name under which its deposits are counted."""

    region: Name
    material: str
    thickness_mm: Length


class SlabStack(Section):
    """`layers` repetitions of the slabs along +x from x = 0; transverse_mm is the full width in y and z."""

    kind: Literal["slab_stack"]
    layers: Annotated[int, Field(ge=1, le=100_000)]
    transverse_mm: Length
    slab: Annotated[tuple[Slab, ...], Field(min_length=1)]

    def regions(self) -> tuple[str, ...]:
        """Return the names of the regions, in the order in which the beam meets them first."""
        return tuple(dict.fromkeys(slab.region for slab in self.slab))


class AtlasLike(Section):
    """The 4-pi detector of `simkit.geometry.atlas_like`."""

    kind: Literal["atlas_like"]

    def regions(self) -> tuple[str, ...]:
        """Return the names of the regions, from the beam outwards; the last is the air between the parts."""
        from simkit.geometry.atlas_like import REGIONS

        return tuple(REGIONS)


Shape = Annotated[SlabStack | AtlasLike, Field(discriminator="kind")]
