"""Generators that are a network from noise to energies, run by torch or by ONNX.

A matrix product's bits depend on how many rows it has, so batches are filled up to one fixed size, on one
thread: a shower's bits are then the same beside any others, in that build of torch or onnxruntime.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from simkit.fastsim.models.descent import import_torch, threads_of_torch
from simkit.fastsim.models.model_file import ModelFile

if TYPE_CHECKING:
    import torch

Energies = NDArray[np.float32]
Decode = Callable[[NDArray[np.float32], NDArray[np.float32]], Energies]
"""From noise, float32[ROWS, numbers], and incident energies in MeV, float32[ROWS], to those of cells."""
ROWS = 16
"""The size to which batches are filled up: of all arrays a multiple of what processors compute at once, whose
remainders some libraries compute otherwise."""


class NetworkTrainer(Protocol):
    """A trainer whose generator is a network: it can be exported. Errors of all three: BadInput."""

    name: str

    def module(self, file: ModelFile) -> torch.nn.Module:
        """Return torch's module, from noise and incident energies to those of cells, as `Decode`."""
        ...

    def noise(self, file: ModelFile) -> Callable[[NDArray[np.uint64]], NDArray[np.float32]]:
        """Return the function from keys to noise, float32[n, numbers]; only the file's card is asked."""
        ...

    def finish(self, file: ModelFile) -> Callable[[Energies], Energies]:
        """Return what is done to the module's energies, such as thresholds; only the card is asked."""
        ...


class Decoded:
    """A generator of a network; decode: what runs it on ROWS rows."""

    def __init__(self, trainer: NetworkTrainer, file: ModelFile, decode: Decode) -> None:
        self.binning, self.decode = file.binning, decode
        self.noise, self.finish = trainer.noise(file), trainer.finish(file)

    def raw(self, incident_MeV: NDArray[np.float64], keys: NDArray[np.uint64]) -> Energies:
        """Return the network's own energies, before `finish`."""
        n = len(keys)
        out = np.empty((n, self.binning.cells), dtype=np.float32)
        energy = np.full(ROWS, incident_MeV[0] if n else 1.0, dtype=np.float32)
        for first in range(0, n, ROWS):
            rows = min(ROWS, n - first)
            noise = self.noise(keys[first : first + rows])
            noise = noise[np.minimum(np.arange(ROWS), rows - 1)]
            energy[:rows] = incident_MeV[first : first + rows]
            out[first : first + rows] = self.decode(noise, energy)[:rows]
        return out

    def generate(self, incident_MeV: NDArray[np.float64], keys: NDArray[np.uint64]) -> Energies:
        """See simkit.fastsim.models.generating.Generator."""
        return self.finish(self.raw(incident_MeV, keys))


def by_torch(trainer: NetworkTrainer, file: ModelFile) -> Decoded:
    """Return the generator that runs a network with torch, on one thread. Errors: BadInput."""
    torch = import_torch()
    module = trainer.module(file)

    def decode(noise: Any, energy: Any) -> Energies:
        with torch.inference_mode(), threads_of_torch(1):
            return module(torch.from_numpy(noise), torch.from_numpy(energy)).numpy()

    return Decoded(trainer, file, decode)
