"""A normalising flow over all cells at once, as CaloINN, in a size that a CPU can train.

F. Ernst, L. Favaro, C. Krause, T. Plehn, D. Shih, "Normalizing flows for high-dimensional detector
simulations", arXiv:2312.09290: cells are shares of their layer's energy; the layers' energies are ratios
besides, each of what is left; noise fills cells that are off; logits of all of these go through coupling
blocks of rational-quadratic splines (C. Durkan et al., arXiv:1906.04032), conditioned on the incident energy.
The published network for this detector has 271 million parameters (arXiv:2410.21611) and needs a GPU to
train. This one has fewer, narrower blocks and a short training, in which showers are turned and mirrored at
random: it shows the method, not its best result.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from simkit.fastsim.models.decoding import Decoded, Energies, by_torch
from simkit.fastsim.models.descent import DescentSettings, descend, import_torch, put_state
from simkit.fastsim.models.draws import normals
from simkit.fastsim.models.model_file import ModelFile
from simkit.fastsim.models.training import Training
from simkit.fastsim.showers.binning import Binning
from simkit.fastsim.showers.files import NOISE_MEV, Showers, without_noise
from simkit.imports import extra

FILLED = 5e-6  # the largest share of a layer that noise gives to a cell that is off
EDGE = 1e-6  # logits are of shares moved this far from 0 and 1
LEAST_SPREAD = 1.5  # of a cell's logit; rare cells would lie beyond the splines otherwise
LEAST_OF_RATIOS = 1e-3  # of that of a ratio of layers
BOUND = 10.0  # of the splines
MOST_RESPONSE = 2.0


class FlowSettings(DescentSettings):
    """Settings of `flow`."""

    blocks: Annotated[int, Field(ge=1)] = 4
    """Coupling blocks."""
    width: Annotated[int, Field(ge=1)] = 24
    """Of the two hidden layers of a block's network."""
    bins: Annotated[int, Field(ge=2)] = 4
    """Of a spline."""
    steps: Annotated[int, Field(ge=1)] = 4000
    """Steps of the descent, fewer where the budget ends before."""
    batch: Annotated[int, Field(ge=1)] = 64
    """Showers of a step."""


class FlowTrainer:
    """The trainer."""

    name = "flow"
    settings = FlowSettings
    packages = ("torch", "zuko")

    def train(self, showers: Showers, settings: FlowSettings, run: Training) -> Mapping[str, NDArray[Any]]:
        """See simkit.fastsim.models.generating.Trainer."""
        torch = import_torch()
        cells = without_noise(showers).energies_MeV
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(run.seed)
            module = build_flow(showers.binning, settings)
        first = run.random().permutation(len(cells))[:2000]
        module.scale_to(torch.from_numpy(cells[first]), torch.from_numpy(showers.incident_MeV[first]))
        energy = torch.from_numpy(showers.incident_MeV.astype(np.float32))
        symmetries = showers.binning.symmetries()
        device = torch.device(settings.device)

        def loss_of(rows: Any, noise: Any) -> Any:
            """Each shower in one of its turned or mirrored forms, which are as likely as itself."""
            turns = torch.randint(len(symmetries), (len(rows),), generator=noise, device=device)
            turned = np.take_along_axis(cells[rows.cpu().numpy()], symmetries[turns.cpu().numpy()], axis=1)
            return module.loss(torch.from_numpy(turned).to(device), energy[rows.cpu()].to(device), noise)

        return descend(module, loss_of, len(cells), settings, run)

    def module(self, file: ModelFile) -> Any:
        """See simkit.fastsim.models.decoding.NetworkTrainer."""
        module = build_flow(file.binning, self.settings.read(file.card.settings, file.where))
        return put_state(module, file).double()

    def noise(self, file: ModelFile) -> Callable[[NDArray[np.uint64]], NDArray[np.float32]]:
        """See simkit.fastsim.models.decoding.NetworkTrainer."""
        return partial(normals, count=file.binning.cells + len(file.binning.filled))

    def finish(self, file: ModelFile) -> Callable[[Energies], Energies]:
        """See simkit.fastsim.models.decoding.NetworkTrainer."""
        return partial(without_filling, file.binning)

    def build(self, file: ModelFile) -> Decoded:
        """See simkit.fastsim.models.generating.Trainer."""
        return by_torch(self, file)


TRAINER = FlowTrainer()


def without_filling(binning: Binning, energies: Energies) -> Energies:
    """Return energies without what only noise gave: a layer's is kept, its cells above the noise share it."""
    out = np.zeros_like(energies)
    for layer in binning.filled:
        cells = binning.cells_of(layer)
        part = energies[:, cells]
        total = part.sum(axis=1, keepdims=True)
        on = np.where(part > 2.0 * FILLED * total, part, np.float32(0.0))
        out[:, cells] = on * (total / np.maximum(on.sum(axis=1, keepdims=True), np.float32(1e-9)))
    out[out < NOISE_MEV] = 0.0
    return out


def build_flow(binning: Binning, settings: FlowSettings) -> Any:
    """Return the module, untrained: from noise and incident energies to energies in cells."""
    torch = import_torch()
    with extra("ml", "flows"):
        from zuko.distributions import DiagNormal
        from zuko.flows import Flow, UnconditionalDistribution
        from zuko.flows.coupling import GeneralCouplingTransform
        from zuko.transforms import MonotonicRQSTransform

    layers = len(binning.filled)
    size = binning.cells + layers
    spline = partial(MonotonicRQSTransform, bound=BOUND)
    hidden = (settings.width, settings.width)
    shapes = [(settings.bins,), (settings.bins,), (settings.bins - 1,)]

    class Cells(torch.nn.Module):  # type: ignore[name-defined]
        def __init__(self) -> None:
            super().__init__()
            random = np.random.default_rng(0)  # which half a block moves is part of the network
            kept, blocks, self.halves = np.zeros(size, dtype=bool), [], []
            for block in range(settings.blocks):
                kept = random.permutation(size) < size // 2 if block % 2 == 0 else ~kept
                mask = torch.from_numpy(kept)
                blocks.append(GeneralCouplingTransform(size, 1, mask, spline, shapes, hidden_features=hidden))
                order = np.argsort(~kept, kind="stable")
                self.halves.append([torch.from_numpy(a) for a in (order, np.argsort(order))])
            base = UnconditionalDistribution(DiagNormal, torch.zeros(size), torch.ones(size), buffer=True)
            self.flow = Flow(blocks, base)
            sizes = [binning.radii[layer] * binning.angles[layer] for layer in binning.filled]
            self.register_buffer("mean", torch.zeros(size))
            self.register_buffer("spread", torch.ones(size))
            self.layer_of = torch.from_numpy(np.repeat(np.arange(layers), sizes))

        def logits(self, cells: Any, energy: Any, noise: Any) -> Any:
            """Return what the flow sees of showers, not yet scaled."""
            layer = torch.zeros(len(cells), layers, device=cells.device)
            layer.index_add_(1, self.layer_of.to(cells.device), cells)
            share = cells / torch.clamp(layer, min=1e-9)[:, self.layer_of]
            fill = torch.rand(share.shape, generator=noise, device=share.device)
            share = share + FILLED * fill
            left = torch.flip(torch.cumsum(torch.flip(layer, [1]), 1), [1])
            ratios = torch.cat(
                [
                    left[:, :1] / (MOST_RESPONSE * energy[:, None]),
                    layer[:, :-1] / torch.clamp(left[:, :-1], min=1e-9),
                ],
                1,
            )
            x = torch.clamp(torch.cat([share, ratios], 1), 0.0, 1.0) * (1.0 - 2.0 * EDGE) + EDGE
            return torch.log(x / (1.0 - x))

        def scale_to(self, cells: Any, energy: Any) -> None:
            """Take mean and spread of the logits of showers."""
            x = self.logits(cells, energy.float(), torch.Generator().manual_seed(0))
            self.mean.copy_(x.mean(0))
            least = torch.full((size,), LEAST_SPREAD)
            least[binning.cells :] = LEAST_OF_RATIOS
            self.spread.copy_(torch.maximum(x.std(0), least))

        def context(self, energy: Any) -> Any:
            return (torch.log(energy)[:, None] - math.log(3e4)) / 2.0

        def loss(self, cells: Any, energy: Any, noise: Any) -> Any:
            """Return the mean negative log-likelihood, a cell."""
            x = (self.logits(cells, energy, noise) - self.mean) / self.spread
            return -self.flow(self.context(energy)).log_prob(x).mean() / size

        def forward(self, noise: Any, energy: Any) -> Any:
            """Return energies in cells, noise in those that are off included."""
            kind = self.mean.dtype  # float64 in use: splines that are steep magnify what is rounded
            x, energy = noise.to(kind), energy.to(kind)
            context = self.context(energy)
            # As `flow(context).transform.inv`, in words that ONNX has.
            for block, (order, back) in reversed(list(zip(self.flow.transform.transforms, self.halves))):
                kept = int(block.mask.sum())
                still, moved = x[:, order[:kept]], x[:, order[kept:]]
                x = torch.cat([still, block.meta(context, still).inv(moved)], 1)[:, back]
            x = torch.sigmoid(x * self.spread + self.mean)
            x = torch.clamp((x - EDGE) / (1.0 - 2.0 * EDGE), min=0.0)
            share, ratios = x[:, : binning.cells], torch.clamp(x[:, binning.cells :], max=1.0)
            left = MOST_RESPONSE * energy * ratios[:, 0]
            parts = []
            for layer in range(layers):
                part = left * ratios[:, layer + 1] if layer + 1 < layers else left
                left = left - part
                here = share[:, binning.cells_of(binning.filled[layer])]
                parts.append(here * (part / torch.clamp(here.sum(1), min=1e-9))[:, None])
            return torch.cat(parts, 1).float()

    return Cells()
