"""What the host knows of a detector besides its shape: names, materials, cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Detector:
    """A detector as the host sees it.

    params: the NamedTuple the kernels get (`volume_couple` filled).
    regions: region names; `volume_region` indexes them. The last is "world" (outside the calorimeter).
    couples: (material name, region name) of each material-cuts couple; `volume_couple` indexes them.
    calorimeter: names of the regions counted in `steps_per_event`.
    sensitive: names of the regions whose deposits are observables.
    n_cells: how many readout cells `cell` numbers.
    cell_region: region index of each cell.
    layers: {region: (first cell, number of cells)} of regions whose cells are their layers, front to back.
    envelopes: names of the Woodcock envelopes; `volume_envelope` indexes them.
    """

    params: Any
    regions: tuple[str, ...]
    couples: tuple[tuple[str, str], ...]
    calorimeter: tuple[str, ...]
    sensitive: tuple[str, ...]
    n_cells: int
    layer_cells: dict[str, tuple[tuple[int, ...], ...]]
    envelopes: tuple[str, ...]
