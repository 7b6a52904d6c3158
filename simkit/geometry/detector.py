"""What the host knows of a detector besides its shape: names, materials, cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Detector:
    """A detector as the host sees it.

    params: the NamedTuple the kernels get (`volume_couple` filled).
    regions: region names; `volume_region` indexes them. The last is "world" (outside the calorimeter).
    couples: (material name, region name) of each material-cuts couple; `volume_couple` indexes them.
    calorimeter: names of the regions counted in `steps_per_event`.
    sensitive: names of the regions whose deposits are observables.
    cell_region: int64[cells], the region index of each readout cell.
    layer_cells: {region: the cells of each of its layers, front to back}.
    envelopes: names of the Woodcock envelopes; `volume_envelope` indexes them.
    """

    params: Any
    regions: tuple[str, ...]
    couples: tuple[tuple[str, str], ...]
    calorimeter: tuple[str, ...]
    sensitive: tuple[str, ...]
    cell_region: np.ndarray
    layer_cells: dict[str, tuple[tuple[int, ...], ...]]
    envelopes: tuple[str, ...]
