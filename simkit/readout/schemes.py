"""The schemes that `[readout] kind` can name, those of plug-ins too."""

from __future__ import annotations

from typing import Literal

import numpy as np

from simkit.readout.rings import Rings
from simkit.readout.scheme import Layers, Scheme
from simkit.readout.shower_mesh import ShowerMesh
from simkit.sections import OneOf


class OfShape(Scheme):
    """`[readout] kind = "shape"`: the cells that the shape has by itself."""

    kind: Literal["shape"] = "shape"
    """The scheme."""

    def build(self, volume_regions: np.ndarray, layers: Layers) -> None:
        """See simkit.readout.scheme.Scheme."""


SCHEMES = OneOf(Scheme, "kind", (OfShape, Rings, ShowerMesh), "readouts", default="shape")
