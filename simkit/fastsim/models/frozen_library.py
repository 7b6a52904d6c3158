"""A library of whole showers: one of about the right energy is scaled to it and turned at random.

The baseline that every network must beat. The idea is that of ATLAS's frozen showers (E. Barberio et al., J.
Phys. Conf. Ser. 160 (2009) 012082), here for whole showers. A library flatters itself: judge it with at least
three times as many showers as it holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from simkit.fastsim.models.draws import shower_rng, start_shower
from simkit.fastsim.models.generating import Generator
from simkit.fastsim.models.library import STEPS, Library, fill_levels, packed_to, unpack
from simkit.fastsim.models.model_file import ModelFile
from simkit.fastsim.models.training import Training
from simkit.fastsim.showers.binning import Binning
from simkit.fastsim.showers.files import Showers
from simkit.jit import kernel
from simkit.rng import uniform
from simkit.sections import Section


class FrozenSettings(Section):
    """Settings of `frozen-library`."""

    most_MB: Annotated[float, Field(gt=0.0)] = 10.0
    """How large the library may be; of more showers it takes some at random."""
    nearest: Annotated[int, Field(ge=1)] = 32
    """From how many showers, the nearest in energy, one is drawn."""


class FrozenLibrary:
    """The generator."""

    def __init__(self, binning: Binning, library: Library, nearest: int) -> None:
        self.binning, self.library = binning, library
        self.whole_showers = len(library.incident_MeV)
        self.nearest = min(nearest, self.whole_showers)

    def generate(self, incident_MeV: NDArray[np.float64], keys: NDArray[np.uint64]) -> NDArray[np.float32]:
        """See simkit.fastsim.models.generating.Generator."""
        out = np.zeros((len(keys), self.binning.cells), dtype=np.float32)
        _fill(self.library, self.nearest, shower_rng(), incident_MeV, keys, np.empty(STEPS + 1), out)
        return out


class FrozenTrainer:
    """The trainer."""

    name = "frozen-library"
    settings = FrozenSettings

    def train(self, showers: Showers, settings: FrozenSettings, run: Training) -> Mapping[str, NDArray[Any]]:
        """See simkit.fastsim.models.generating.Trainer."""
        run.share(0.0, 1.0, "packing showers")
        return packed_to(showers, settings.most_MB, run.random())

    def build(self, file: ModelFile) -> Generator:
        """See simkit.fastsim.models.generating.Trainer."""
        settings = self.settings.read(file.card.settings, file.where)
        return FrozenLibrary(file.binning, unpack(file), settings.nearest)


TRAINER = FrozenTrainer()


@kernel
def nearest_from(energies, energy, count):
    """Return the first of `count` numbers in a row of the rising `energies` that stand around `energy`."""
    place = np.searchsorted(energies, energy)
    return max(0, min(place - count // 2, len(energies) - count))


@kernel
def one_of(rng, count):
    """Return a whole number below `count`, each with the same chance."""
    return min(int(uniform(rng) * count), count - 1)


@kernel
def _fill(library, nearest, rng, incident, keys, table, out):
    for i in range(len(keys)):
        start_shower(rng, keys[i])
        shower = nearest_from(library.incident_MeV, incident[i], nearest) + one_of(rng, nearest)
        turned = library.inverse[one_of(rng, len(library.inverse))]
        fill_levels(library.most_MeV[shower], incident[i] / library.incident_MeV[shower], table)
        for hit in range(library.starts[shower], library.starts[shower + 1]):
            out[i, turned[library.cells[hit]]] = table[library.levels[hit]]
