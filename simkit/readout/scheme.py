"""Readout as the host sees it: the section of a scenario, and the cells that are built of it."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, NamedTuple

import numpy as np

from simkit.sections import Section

Layers = dict[str, tuple[tuple[int, ...], ...]]


class Cells(NamedTuple):
    """The cells of a detector.

    params: the NamedTuple that the kernels get, for which `simkit.readout.CELL` has a function.
    regions: int64[cells], the region index of each. layers: {region: the cells of each layer, front to back}.
    """

    params: Any
    regions: np.ndarray
    layers: Layers


class Scheme(Section):
    """The `[readout]` section of one scheme; `kind` names it."""

    kind: str

    @abstractmethod
    def build(self, volume_regions: np.ndarray, layers: Layers) -> Cells | None:
        """Return the cells of a detector; None for those that its shape has.

        volume_regions: int64[volumes], the region index of each volume. layers: {region: the volumes of each
        layer, front to back}.
        """
