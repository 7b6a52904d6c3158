"""Detectors as the host sees them: sections of the scenario, and what is built of them."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np

from simkit.sections import KeyPath, Section

WORLD = "world"  # the region around the others, the last of every detector
Box = tuple[tuple[float, float], tuple[float, float], tuple[float, float]]


class Shape(Section):
    """The `[geometry]` section of one shape; `kind` names it.

    A shape derives from this, and registers what the verbs of `simkit.geometry` do for the params it builds.
    """

    kind: str

    @abstractmethod
    def regions(self) -> tuple[str, ...]:
        """Return the names of the regions, from where the particles come from."""

    @abstractmethod
    def build(self) -> Detector:
        """Return the detector."""

    def materials(self) -> dict[KeyPath, str]:
        """Return {path of a key: the material it names}, for a look-up before anything is built."""
        return {}

    def bounds(self) -> Box | None:
        """Return low and high of x, y and z (mm) between which particles may start; None: not known."""
        return None


@dataclass(frozen=True, eq=False)
class Detector:
    """A detector as the host sees it.

    params: the NamedTuple of the shape that the kernels get (`volume_couple` filled). readout: that of the
    cells, of simkit.readout.
    regions: region names; `volume_region` indexes them. The last is "world" (outside the calorimeter).
    couples: (material name, region name) of each material-cuts couple; `volume_couple` indexes them.
    calorimeter: names of the regions counted in `steps_per_event`.
    sensitive: names of the regions whose deposits are observables.
    cell_region: int64[cells], the region index of each readout cell.
    layer_cells: {region: the cells of each of its layers, front to back}.
    envelopes: names of the Woodcock envelopes; `volume_envelope` indexes them.
    """

    params: Any
    readout: Any
    regions: tuple[str, ...]
    couples: tuple[tuple[str, str], ...]
    calorimeter: tuple[str, ...]
    sensitive: tuple[str, ...]
    cell_region: np.ndarray
    layer_cells: dict[str, tuple[tuple[int, ...], ...]]
    envelopes: tuple[str, ...]
