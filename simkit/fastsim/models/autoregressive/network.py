"""The network: chances of a layer's quantities, given the layers before. For training, in torch.

Rows are layers of showers. Names, shapes and arithmetic are those of the decoder
(simkit.fastsim.models.autoregressive.decoder), which a test holds to this.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu, logsigmoid, softplus

from simkit.fastsim.models.autoregressive.drawing import LEAST_LOG, MOST_LOG
from simkit.fastsim.models.autoregressive.memory import (
    ENERGY_MIX,
    LAGS,
    NUMBER_MIX,
    PART_MIX,
    SHARE_MIX,
    SLOPE,
    TOTAL_MIX,
    NetworkSize,
    shapes,
)
from simkit.fastsim.models.autoregressive.scales import OF_LAYERS, OF_RINGS, TERMS, Floats, powers
from simkit.fastsim.models.autoregressive.targets import (
    ScaledTargets,
    before,
    fit_scales,
    running,
    scaled,
    waves,
)

# What random weights are multiplied with at the beginning, where it is not 1.
GAINS = dict.fromkeys(("total", "number", "energy", "rings_number", "rings_share", "pattern", "part"), 0.3)
GAINS |= dict.fromkeys(("rings_embedding", "rings_fed_back", "fed_back"), 0.5)
MIXTURES = {  # biases of mixtures
    "total_bias": TOTAL_MIX,
    "number_bias": NUMBER_MIX,
    "energy_bias": ENERGY_MIX,
    "rings_share_out": SHARE_MIX,
    "part_out": PART_MIX,
}


class LayerChances(NamedTuple):
    """Outputs of the network for rows of showers, before anything is drawn; those of cells where `on`."""

    total: Tensor  # [showers, 3 mix]
    number: Tensor  # [rows, 3 mix]
    last: Tensor  # [filled rows, 1], so all the following
    energy: Tensor  # [rows, 3 mix]
    ring_number: Tensor  # [rows, radii - 1, angles + 1]
    share: Tensor  # [rows, radii - 1, 3 mix]
    first: Tensor  # [rows, angles, radii]
    second: Tensor  # [rows, angles, radii]
    part: Tensor  # [rows, angles, radii, 3 mix]


def moment_invariants(m: Tensor) -> Tensor:
    """Return what no rotation changes of moments [..., 3, 4] of the history; [..., INVARIANTS]."""
    d1, d2, d3 = m[..., 0, :2], m[..., 1, :2], m[..., 2, :2]
    q1, q2 = m[..., 0, 2:], m[..., 1, 2:]

    def length(v: Tensor) -> Tensor:
        return (v * v).sum(-1)

    found = [length(d1), length(d2), length(d3), (d1 * d2).sum(-1), (d1 * d3).sum(-1)]
    found += [(d2 * d3).sum(-1), length(q1), length(q2)]
    return torch.stack(found, -1).clamp(-9.0, 9.0) * 0.25


class LayerNetwork(nn.Module):
    """The network; its parameters are matrices [inputs, outputs] and biases."""

    if TYPE_CHECKING:  # parameters and buffers

        def __getattr__(self, name: str) -> Tensor: ...

    def __init__(self, size: NetworkSize, seed: int) -> None:
        super().__init__()
        self.size = size
        random = torch.Generator().manual_seed(seed)
        for name, shape in shapes(size).items():
            if name in MIXTURES:
                value = _apart(shape, MIXTURES[name])
            elif name.endswith(("bias", "biases", "_out", "_layer")):
                value = torch.zeros(shape)
            else:
                inputs = 1 if name in ("rings_embedding", "rings_fed_back") else shape[-2]
                value = torch.randn(shape, generator=random) * (GAINS.get(name, 1.0) / math.sqrt(inputs))
            self.register_parameter(name, nn.Parameter(value))
        near = torch.arange(size.angles)[:, None] + torch.arange(-size.reach, size.reach + 1)
        self.register_buffer("seen", near % size.angles, persistent=False)
        cosine, sine = waves(size.angles)
        self.register_buffer("cosine", cosine, persistent=False)
        self.register_buffer("sine", sine, persistent=False)
        first = (torch.arange(size.angles)[:, None] + torch.arange(size.radii)) % 2 == 0
        self.register_buffer("first_half", first, persistent=False)

        columns = (size.layers, TERMS, len(OF_LAYERS) + len(OF_RINGS) * size.radii)
        self.register_buffer("scale_mean", torch.zeros(columns))
        self.register_buffer("scale_log_spread", torch.zeros(columns))
        self.register_buffer("range_MeV", torch.ones(2, dtype=torch.float64))

    def fit_scales(self, energies: Any, incident: Floats, place: Floats, range_MeV: Any) -> None:
        """Fit the scales to showers, see simkit.fastsim.models.autoregressive.targets.fit_scales."""
        for kept, fitted in zip(
            (self.scale_mean, self.scale_log_spread), fit_scales(energies, incident, place)
        ):
            kept.copy_(torch.from_numpy(fitted))
        self.range_MeV.copy_(torch.tensor(range_MeV, dtype=torch.float64))

    def scaled(self, energies: Any, incident: Floats, place: Floats) -> ScaledTargets:
        """Return what is shown of showers [n, L, A, R] and asked; both energies in units of the threshold."""
        there = self.scale_mean.device
        return scaled(
            torch.from_numpy(energies).to(there),
            torch.from_numpy(incident).float().to(there),
            torch.from_numpy(powers(place)).to(there),
            self.scale_mean,
            self.scale_log_spread,
        )

    def windows(self, values: Tensor) -> Tensor:
        """Return each angle's inputs with its neighbours': [rows, A, C] to [rows, A, seen * C]."""
        return values[:, self.seen].flatten(2)

    def encode(self, shown: ScaledTargets) -> tuple[Tensor, Tensor]:
        """Return the encoder's outputs [n * L, A, encoder] and the moments of the history [n * L, 3, 4]."""
        rows = shown.cell.shape[0] * shown.cell.shape[1]
        history = torch.cat([before(shown.cell, 1), before(shown.cell, 2), running(shown.cell)], dim=3)
        moments = torch.stack(
            [before(shown.moments, 1), before(shown.moments, 2), running(shown.moments)], dim=2
        ).reshape(rows, 3, 4)
        local = []
        for power in (0, 1):
            x, y = moments[:, :, 2 * power, None], moments[:, :, 2 * power + 1, None]
            cosine, sine = self.cosine[power], self.sine[power]
            local += [x * cosine + y * sine, y * cosine - x * sine]
        inputs = torch.cat(local, dim=1).transpose(1, 2)  # [rows, A, 12]
        bias = torch.einsum("nt,lto->nlo", shown.powers, self.encoder_layer).reshape(rows, 1, -1)
        linear = self.windows(history.flatten(0, 1)) @ self.encoder + inputs @ self.encoder_waves + bias
        return leaky_relu(linear, SLOPE), moments

    def look_back(self, shown: ScaledTargets) -> tuple[Tensor, Tensor]:
        """Return the encoder's and the trunk's outputs, [n * L, A, encoder] and [n * L, trunk]."""
        n, layers = shown.number.shape
        encoded, moments = self.encode(shown)
        back = [before(values, lag + 1) for lag in range(LAGS) for values in (shown.number, shown.energy)]
        number = torch.arange(layers, device=encoded.device)
        past = (number[:, None] > number).float()
        total = shown.total[:, None].expand(n, layers)
        inputs = torch.cat(
            [
                torch.stack([*back, before(shown.sum, 1), shown.rest, total], dim=2),
                before(shown.ring, 1),
                before(shown.ring_number, 1),
                before(shown.ring, 2),
                before(shown.ring_number, 2),
                running(shown.ring),
                shown.number[:, None, :] * past,
                shown.energy[:, None, :] * past,
            ],
            dim=2,
        ).flatten(0, 1)
        inputs = torch.cat([encoded.mean(1), inputs, moment_invariants(moments)], dim=1)
        bias = torch.einsum("nt,lto->nlo", shown.powers, self.trunk_layer).reshape(n * layers, -1)
        hidden = leaky_relu(inputs @ self.trunk + bias, SLOPE)
        return encoded, leaky_relu(hidden @ self.trunk_second + self.trunk_second_bias, SLOPE)

    def number_features(self, number: Tensor, plain: Tensor) -> Tensor:
        """Return what is shown of the number of cells that are on: [rows, NUMBER_FEATURES]."""
        share = number / (self.size.angles * self.size.radii)
        return torch.stack([plain, share, number.log() * 0.5, 1.0 / number], dim=1)

    def forward(self, shown: ScaledTargets) -> tuple[LayerChances, Tensor]:
        """Return the chances of true showers, and which rows [n * L] are not empty."""
        encoded, trunk = self.look_back(shown)
        number = trunk @ self.number + self.number_bias
        filled = shown.raw.number.flatten() > 0

        def rows(values: Tensor) -> Tensor:
            return values.flatten(0, 1)[filled]

        known = self.number_features(rows(shown.raw.number), rows(shown.number))
        trunk, encoded = torch.cat([trunk[filled], known], dim=1), encoded[filled]
        energy = leaky_relu(trunk @ self.energy_in + self.energy_in_bias, SLOPE)
        trunk = torch.cat([trunk, rows(shown.energy)[:, None]], dim=1)
        ring_number, share = self.rings(trunk, rows(shown.raw.ring_number), rows(shown.share))
        ring_inputs = torch.cat([trunk, rows(shown.ring), rows(shown.ring_number)], dim=1)
        context = leaky_relu(ring_inputs @ self.context + self.context_bias, SLOPE)
        cells = self.angular(encoded, context, rows(shown.raw.on), rows(shown.cell))
        first, second, one, other = cells
        part = torch.where(self.first_half[..., None], one, other)
        last = energy @ self.last + self.last_bias
        energy = energy @ self.energy + self.energy_bias
        total = shown.powers @ self.total + self.total_bias
        return LayerChances(total, number, last, energy, ring_number, share, first, second, part), filled

    def rings(self, trunk: Tensor, number: Tensor, share: Tensor) -> tuple[Tensor, Tensor]:
        """Return the chances of numbers and shares of rings, each knowing those further in."""
        count, start = self.size.radii - 1, trunk @ self.rings_in
        # As products with ones and zeros: a gather's derivative is slow on a CPU.
        possible = torch.arange(self.size.angles + 1, device=trunk.device)
        chosen = (number[:, :count, None] == possible).float()
        embedded = torch.einsum("rkc,kch->rkh", chosen, self.rings_embedding)
        fed = share[:, :count, None] * self.rings_fed_back
        summed = (embedded + fed).cumsum(1)
        inner = torch.cat([torch.zeros_like(summed[:, :1]), summed[:, :-1]], dim=1) + start[:, None]
        numbers = leaky_relu(inner + self.rings_number_bias, SLOPE)
        shares = leaky_relu(inner + embedded + self.rings_share_bias, SLOPE)
        return (
            torch.einsum("rkh,kho->rko", numbers, self.rings_number) + self.rings_number_out,
            torch.einsum("rkh,kho->rko", shares, self.rings_share) + self.rings_share_out,
        )

    def angular(self, encoded: Tensor, context: Tensor, on: Tensor, cell: Tensor) -> list[Tensor]:
        """Return the chances of cells: of the two halves' patterns, then of their energies' parts."""
        near = torch.cat([encoded.roll(1, 1), encoded, encoded.roll(-1, 1)], dim=2)
        linear = near @ self.cells + (context @ self.cells_context)[:, None]
        lit = on.float()
        half = self.first_half.float()
        told = (lit * half, lit * (1.0 - half), cell * lit * half)
        out = []
        for stage in range(4):
            hidden = leaky_relu(linear + self.cells_biases[stage], SLOPE)
            if stage < 2:
                out.append(hidden @ self.pattern[stage] + self.pattern_out[stage])
            else:
                out.append(self._parts(hidden, stage - 2))
            if stage < 3:
                linear = linear + self.windows(told[stage]) @ self.fed_back[stage]
        return out

    def _parts(self, hidden: Tensor, half: int) -> Tensor:
        """Return the chances of energies of a half's cells, zero for the others'; [rows, A, R, 3 mix]."""
        rows, angles, _ = hidden.shape
        matrix = self.part[half].unflatten(1, (self.size.radii, -1))
        out = hidden.new_zeros(rows, angles, *matrix.shape[1:])
        for ring in (0, 1):  # those of even radii lie at even angles in the first half, at odd in the second
            columns = matrix[:, ring::2]
            found = hidden[:, (ring + half) % 2 :: 2] @ columns.flatten(1)
            out[:, (ring + half) % 2 :: 2, ring::2] = found.unflatten(2, columns.shape[1:])
        return out


def _apart(shape: tuple[int, ...], mix: int) -> Tensor:
    """Return biases of mixtures that differ from each other."""
    start = torch.zeros(*shape[:-1], 3, mix)
    start[..., 1, :] = torch.linspace(-1.0, 1.0, mix)
    start[..., 2, :] = -0.5
    return start.reshape(shape)


def split(chances: Tensor, mix: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return log weights, means and log spreads of mixtures [..., 3 * mix]."""
    weights, means, spreads = chances.unflatten(-1, (3, mix)).unbind(-2)
    return weights.log_softmax(-1), means, spreads.clamp(LEAST_LOG, MOST_LOG)


def normal_mixture(chances: Tensor, mix: int, value: Tensor) -> Tensor:
    """Return minus the log of the density of values [...] under mixtures of normal distributions."""
    weights, means, spreads = split(chances, mix)
    off = (value[..., None] - means) * (-spreads).exp()
    return 0.5 * math.log(2.0 * math.pi) - (weights - spreads - 0.5 * off * off).logsumexp(-1)


def logistic_mixture(
    chances: Tensor, mix: int, number: Tensor, mean: Tensor, spread: Tensor, most: int
) -> Tensor:
    """Return minus the log of the chance of whole numbers 0 to `most` under mixtures of logistics."""
    weights, means, spreads = split(chances, mix)
    low, high = (((number + step - mean) / spread)[..., None] for step in (-0.5, 0.5))
    inverse = (-spreads).exp()
    a, b = (low - means) * inverse, (high - means) * inverse
    # log(sigmoid(b) - sigmoid(a)) without cancellation
    inside = b - softplus(b) - softplus(a) + torch.log1p(-torch.exp(a - b).clamp(max=1.0 - 1e-6))
    chance = torch.where(
        (number == 0)[..., None],
        logsigmoid(b),
        torch.where((number == most)[..., None], logsigmoid(-a), inside),
    )
    return -(weights + chance).logsumexp(-1)


def ring_base(number: Tensor, angles: int | Tensor) -> Tensor:
    """Return the log of the odds of being on of a ring's cells, of which `number` are: at 1/4 at least."""
    return ((number + 0.25) / (angles - number + 0.25)).log()
