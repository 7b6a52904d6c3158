"""What makes showers: a generator, and the trainer that makes one of showers of the full simulation.

A trainer is one object with a name, brought by one file here or by a plug-in (`simkit.trainers`). A trained
generator is one file (simkit.fastsim.models.model_file) that its trainer makes a generator of again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from simkit.fastsim.models.model_file import ModelFile
from simkit.fastsim.models.training import Training
from simkit.fastsim.showers.binning import Binning
from simkit.fastsim.showers.files import Showers
from simkit.sections import Section


class Generator(Protocol):
    """Makes showers of one particle.

    It may also have `whole_showers`, how many showers of its training it holds: a library is judged with at
    least three times as many.
    """

    binning: Binning

    def generate(self, incident_MeV: NDArray[np.float64], keys: NDArray[np.uint64]) -> NDArray[np.float32]:
        """Return energies in MeV, float32[n, cells], none negative.

        incident_MeV: float64[n]; keys: uint64[n], on which a shower's random numbers depend and on nothing
        else (simkit.fastsim.models.draws). What is in a shower does not depend on what is made beside it.
        """
        ...


class Trainer(Protocol):
    """Makes a generator of showers.

    It may also have `packages`, names of what it imports and not everybody has: asked for before all work.
    """

    name: str
    settings: type[Section]

    def train(self, showers: Showers, settings: Any, run: Training) -> Mapping[str, NDArray[Any]]:
        """Return what was learnt as arrays by name, all numbers finite.

        settings: of the class `settings`. run: the seed, the time there is, and where checkpoints and curves
        are put; what was interrupted goes on from `run.kept()`.
        """
        ...

    def build(self, file: ModelFile) -> Generator:
        """Return the generator of what `train` returned. Errors: BadInput, see `ModelFile.take`."""
        ...
