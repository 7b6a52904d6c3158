"""Gflash as a rule of `[[fastsim]]`: its keys. What it does with a track is in gflash_showers."""

from __future__ import annotations

from collections.abc import Iterator
from os.path import isfile
from typing import Annotated, Any, Literal

from pydantic import Field

from simkit.errors import BadInput
from simkit.fastsim.models.rule import SHOWERING, Rule, Surroundings
from simkit.fastsim.models.weights import model_path
from simkit.sections import KeyPath, Length, NotNegative, Vector

LEAST_RESOLUTION = 1e-3
"""Far better than any calorimeter's; spots go with its inverse, and its square must not vanish."""


class Gflash(Rule):
    """`[[fastsim]] model = "gflash"`: Grindhammer and Peters' parametrisation, inside the kernels.

    What it does not know it takes from the materials along a line from the gun, or from a file of parameters
    that were fitted to showers.
    """

    only = SHOWERING
    model: Literal["gflash"]
    """The model."""
    min_MeV: NotNegative = 500.0
    """Kinetic energy from which it takes them ..."""
    visible_region: str = ""
    """Of several materials, the region that samples; none: that of the longest radiation length."""
    visible_share: Annotated[float, Field(gt=0.0, le=1.0)] | None = None
    """Of the energy, in that region; none: the share of a minimum-ionising particle times e/mip."""
    resolution: Annotated[float, Field(ge=0.0, le=1.0)] | None = None
    """Sampling fluctuation c of c / sqrt(E / GeV), 0 or from 0.001 to 1; none: 0.027 sqrt(d / f), as of
    Wigmans."""
    direction: Vector | None = None
    """Of that line; none: the gun's, and x where there is no gun or it aims at many."""
    spot_factor: Annotated[float, Field(gt=0.0, le=100.0)] = 1.0
    """How many times the spots of the paper."""
    file: str = ""
    """Parameters fitted to showers (`simkit fastsim train gflash`) in the place of all of these; those for
    `par04` are shipped as "gflash"."""
    layer_mm: Length = 3.4
    """Of such a file: depth of a layer of its cells."""
    sampling_fraction: Annotated[float, Field(gt=0.0, le=1.0)] = 0.033
    """Of such a file: deposit in visible_region over the energy in a cell."""

    def problems(self) -> Iterator[tuple[KeyPath, str]]:
        """See simkit.sections.Section."""
        yield from super().problems()
        if self.direction is not None and not any(self.direction):
            yield ("direction",), "must not be zero in all three"
        if self.resolution is not None and 0.0 < self.resolution < LEAST_RESOLUTION:
            allowed = f"must be 0, or from {LEAST_RESOLUTION:g} to 1"
            yield ("resolution",), f"found {self.resolution:g}; {allowed}"
        if self.file and not isfile(model_path(self.file)):
            yield ("file",), f"found {self.file!r}; there is no such file, give one of fitted parameters"
        if self.file and not self.visible_region:
            yield ("visible_region",), "is missing; name the region whose deposits the file's showers were"

    def build(self, surroundings: Surroundings) -> Any:
        """See simkit.fastsim.models.rule.Rule. Errors: BadInput where no line meets the rule's regions."""
        # with the physics, which a scenario that is only read does not need
        from simkit.fastsim.models.gflash_showers import GflashParams
        from simkit.fastsim.models.medium import build_medium

        regions = surroundings.detector.regions
        if self.visible_region and self.visible_region not in [regions[i] for i in surroundings.regions]:
            raise BadInput(
                f"fastsim ({self.model}): visible_region {self.visible_region!r} is none of the rule's "
                f"regions; take one of {', '.join(regions[i] for i in surroundings.regions)}"
            )
        if self.file:
            from simkit.fastsim.models.fitted_gflash_showers import fitted_params

            region = regions.index(self.visible_region)
            return fitted_params(self.file, self.particles, region, self.layer_mm, self.sampling_fraction)
        if self.direction:
            surroundings = surroundings._replace(direction=self.direction)
        medium = build_medium(surroundings, self.visible_region)
        if self.visible_share is not None:
            medium = medium._replace(visible_share=self.visible_share)
        if self.resolution is not None:
            medium = medium._replace(resolution=self.resolution)
        return GflashParams(medium, self.spot_factor)
