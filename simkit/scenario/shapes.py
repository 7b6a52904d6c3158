"""The `[geometry]` section: which detector, and its sizes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from simkit.scenario.values import Name, Section

MOST_SLABS = 10_000
MOST_CELLS = 2_000_000  # slabs of all layers: each is counted by itself in every event
MOST_REGIONS = 1000  # every region has tables of its own: a second for each 15, and 2 MB
Length = Annotated[float, Field(gt=0.0, le=1e7)]


class Slab(Section):
    """One slab of a layer."""

    region: Name
    """The name under which its deposits are counted."""
    material: str
    """A name of Geant4's, such as "G4_Pb", or of `[[material]]`."""
    thickness_mm: Length
    """Along the beam."""


class SlabStack(Section):
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


class AtlasLike(Section):
    """The 4-pi detector of `simkit.geometry.atlas_like`."""

    kind: Literal["atlas_like"]
    """The shape; it has no sizes to choose."""

    def regions(self) -> tuple[str, ...]:
        """Return the names of the regions, from the beam outwards; the last is the air between the parts."""
        from simkit.geometry.atlas_like import REGIONS

        return tuple(REGIONS)


Shape = Annotated[SlabStack | AtlasLike, Field(discriminator="kind")]
