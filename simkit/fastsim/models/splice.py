"""Spliced showers: runs of about six layers, each from another shower of a library, joined where they agree.

Where a run ends, the next one is sought among showers of about the same energy: of some drawn at random the
one that agrees best in energy and cells of the layer before the join, and in the energy of all layers before
it. It is turned and mirrored so that the centre of that layer lies as near as can be. So there are many more
showers than in the library, and each is made of true pieces.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from simkit.fastsim.models.draws import shower_rng, start_shower
from simkit.fastsim.models.frozen_library import FrozenSettings, FrozenTrainer, nearest_from, one_of
from simkit.fastsim.models.library import STEPS, Library, fill_levels, level_MeV, unpack
from simkit.fastsim.models.model_file import ModelFile
from simkit.fastsim.showers.binning import Binning
from simkit.jit import kernel

OF_CELLS = 0.005  # weight of the root of the number of cells in what is compared


class SpliceSettings(FrozenSettings):
    """Settings of `splice`."""

    nearest: Annotated[int, Field(ge=1)] = 96
    """From how many showers, the nearest in energy, pieces are taken."""
    candidates: Annotated[int, Field(ge=1)] = 96
    """Of how many of these, drawn at random, the one that fits best is taken."""
    run: Annotated[int, Field(ge=1, le=1_000_000)] = 6
    """The mean number of layers of a piece, ..."""
    spread: Annotated[int, Field(ge=0, le=1_000_000)] = 2
    """... and how far it may be off that."""


class LibraryLayers(NamedTuple):
    """What is known of the layers of a library's showers.

    starts: int32[n, layers + 1], where a layer's cells begin, counted from the shower's first. share: float32
    [n, layers], the root of its energy over the incident energy; before: the same of all layers up to it; on:
    OF_CELLS times the root of its number of cells.
    x, y: float32[n, layers], the centre in mm. turns: float64[symmetries, 2, 2], what happens to a centre.
    """

    starts: NDArray[np.int32]
    share: NDArray[np.float32]
    before: NDArray[np.float32]
    on: NDArray[np.float32]
    x: NDArray[np.float32]
    y: NDArray[np.float32]
    turns: NDArray[np.float64]


class Splice:
    """The generator."""

    def __init__(self, binning: Binning, library: Library, settings: SpliceSettings) -> None:
        self.binning, self.library, self.pieces = binning, library, pieces(binning, library)
        self.whole_showers = len(library.incident_MeV)
        nearest = min(settings.nearest, self.whole_showers)
        shortest = max(1, settings.run - settings.spread)
        longest = max(shortest, settings.run + settings.spread)
        self._how = (nearest, min(settings.candidates, nearest), shortest, longest)

    def generate(self, incident_MeV: NDArray[np.float64], keys: NDArray[np.uint64]) -> NDArray[np.float32]:
        """See simkit.fastsim.models.generating.Generator."""
        out = np.zeros((len(keys), self.binning.cells), dtype=np.float32)
        table = np.empty(STEPS + 1)
        _fill(self.library, self.pieces, self._how, shower_rng(), incident_MeV, keys, table, out)
        return out


class SpliceTrainer(FrozenTrainer):
    """The trainer: the library is the same."""

    name = "splice"
    settings = SpliceSettings

    def build(self, file: ModelFile) -> Splice:
        """See simkit.fastsim.models.generating.Trainer."""
        return Splice(file.binning, unpack(file), self.settings.read(file.card.settings, file.where))


TRAINER = SpliceTrainer()


def pieces(binning: Binning, library: Library) -> LibraryLayers:
    """Return what is known of the layers of a library's showers."""
    n, layers = len(library.incident_MeV), binning.layers
    layer_of = np.repeat(np.arange(layers), np.diff(binning.edges))
    centres = [binning.centres(layer) for layer in range(layers)]
    radius, angle = (np.concatenate([centre[i] for centre in centres]) for i in (0, 1))
    place = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    starts = np.zeros((n, layers + 1), dtype=np.int32)
    sums = np.zeros((n, layers, 3))
    for shower in range(n):
        hits = slice(library.starts[shower], library.starts[shower + 1])
        cells = library.cells[hits]
        energy = level_MeV(library.most_MeV[shower])[library.levels[hits]]
        starts[shower] = np.searchsorted(cells, binning.edges)
        weighted = (energy, energy * place[cells, 0], energy * place[cells, 1])
        for i, weights in enumerate(weighted):
            sums[shower, :, i] = np.bincount(layer_of[cells], weights, minlength=layers)
    share = sums[:, :, 0] / library.incident_MeV[:, None]
    x_mm, y_mm = ((sums[:, :, i] / np.maximum(sums[:, :, 0], 1e-9)).astype(np.float32) for i in (1, 2))
    of_layer, before = (np.sqrt(a).astype(np.float32) for a in (share, np.cumsum(share, axis=1)))
    cut = max(binning.filled, key=lambda layer: binning.angles[layer])
    first = binning.edges[cut]
    here = place[binning.cells_of(cut)]
    turns = np.stack(
        [np.linalg.pinv(here) @ here[row] for row in library.inverse[:, binning.cells_of(cut)] - first]
    )
    on = (OF_CELLS * np.sqrt(np.diff(starts, axis=1))).astype(np.float32)
    return LibraryLayers(starts, of_layer, before, on, x_mm, y_mm, turns)


@kernel
def _fill(library, pieces, how, rng, incident, keys, table, out):
    nearest, candidates, shortest, longest = how
    layers = pieces.share.shape[1]
    for i in range(len(keys)):
        start_shower(rng, keys[i])
        first = nearest_from(library.incident_MeV, incident[i], nearest)
        shower, turn = first + one_of(rng, nearest), one_of(rng, len(library.inverse))
        layer, before = 0, 0.0
        while layer < layers:
            end = min(layer + shortest + one_of(rng, longest - shortest + 1), layers)
            fill_levels(library.most_MeV[shower], incident[i] / library.incident_MeV[shower], table)
            begin = library.starts[shower]
            for hit in range(begin + pieces.starts[shower, layer], begin + pieces.starts[shower, end]):
                out[i, library.inverse[turn, library.cells[hit]]] = table[library.levels[hit]]
            for j in range(layer, end):
                before += pieces.share[shower, j] ** 2
            layer = end
            if layer == layers:
                break
            following = _best(rng, pieces, first, nearest, candidates, shower, layer - 1, np.sqrt(before))
            turn = _turn(pieces, shower, turn, following, layer - 1)
            shower = following


@kernel
def _best(rng, pieces, first, nearest, candidates, shower, layer, before):
    """Return, of some showers drawn at random, the one that agrees best up to a layer."""
    best, least = first, np.inf
    for _ in range(candidates):
        other = first + one_of(rng, nearest)
        share = pieces.share[other, layer] - pieces.share[shower, layer]
        sum_before = pieces.before[other, layer] - before
        on = pieces.on[other, layer] - pieces.on[shower, layer]
        distance = share * share + sum_before * sum_before + on * on
        if distance < least:
            best, least = other, distance
    return best


@kernel
def _turn(pieces, shower, turn, following, layer):
    """Return which symmetry brings a layer's centre of the following shower nearest to that of this one."""
    x, y = pieces.x[shower, layer], pieces.y[shower, layer]
    now = pieces.turns[turn]
    u, v = x * now[0, 0] + y * now[1, 0], x * now[0, 1] + y * now[1, 1]
    x, y = pieces.x[following, layer], pieces.y[following, layer]
    best, least = 0, np.inf
    for i in range(len(pieces.turns)):
        t = pieces.turns[i]
        dx, dy = x * t[0, 0] + y * t[1, 0] - u, x * t[0, 1] + y * t[1, 1] - v
        if dx * dx + dy * dy < least:
            best, least = i, dx * dx + dy * dy
    return best
