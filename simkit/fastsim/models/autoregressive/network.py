"""The network: chances of a layer's quantities, given the layers before. For training, in torch.

Rows are layers of showers. Names, shapes and arithmetic are those of the decoder
(simkit.fastsim.models.autoregressive.decoder), which a test holds to this.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import embedding, leaky_relu

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


WHOLE = 128  # rows are filled up to a multiple of it


class LayerChances(NamedTuple):
    """Outputs of the network for rows of showers, before anything is drawn; those of cells where `on`."""

    total: Tensor  # [showers, 3 mix]
    number: Tensor  # [rows, 3 mix]
    last: Tensor  # [filled rows, 1], so all the following
    energy: Tensor  # [rows, 3 mix]
    ring_number: Tensor  # [radii - 1, rows, angles + 1]
    share: Tensor  # [radii - 1, rows, 3 mix]
    first: Tensor  # [rows, angles, radii]
    second: Tensor  # [rows, angles, radii]
    part: Tensor  # [cells whose part is known, 3 mix], in the order of `halves`


def moment_invariants(m: Tensor) -> Tensor:
    """Return what no rotation changes of moments [..., 3, 4] of the history; [..., INVARIANTS]."""
    d1, d2, d3 = m[..., 0, :2], m[..., 1, :2], m[..., 2, :2]
    q1, q2 = m[..., 0, 2:], m[..., 1, 2:]

    def length(v: Tensor) -> Tensor:
        return (v * v).sum(-1)

    found = [length(d1), length(d2), length(d3), (d1 * d2).sum(-1), (d1 * d3).sum(-1)]
    found += [(d2 * d3).sum(-1), length(q1), length(q2)]
    return torch.stack(found, -1).clamp(-9.0, 9.0) * 0.25


def halves(values: Tensor) -> Tensor:
    """Return cells [rows, A, R, ...] by the half in which they are drawn: [2, rows, A / 2, R, ...].

    Rings are then in another order: 0, 2, 4 ... 1, 3, 5 ...
    """
    return torch.stack(
        [torch.cat([values[:, half::2, ::2], values[:, 1 - half :: 2, 1::2]], dim=2) for half in (0, 1)]
    )


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
        """Return each angle's inputs with its neighbours': [rows, A, C] to [rows * A, seen * C]."""
        (rows, angles, columns), reach = values.shape, self.size.reach
        ring = torch.cat([values[:, angles - reach :], values, values[:, :reach]], dim=1)
        shape = rows, angles, self.size.seen * columns
        return ring.as_strided(shape, (ring.stride(0), columns, 1)).reshape(rows * angles, -1)

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
        linear = inputs @ self.encoder_waves + bias
        linear = torch.addmm(linear.flatten(0, 1), self.windows(history.flatten(0, 1)), self.encoder)
        return leaky_relu(linear, SLOPE).view(rows, self.size.angles, -1), moments

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

    def forward(
        self, shown: ScaledTargets, first: int = 0, every: int = 1
    ) -> tuple[LayerChances, Tensor, Tensor]:
        """Return the chances of true showers, the rows, of n * L, that are not empty, and those with cells.

        Of the rows that are not empty each one of `every` has its cells' chances worked out, from `first` on.
        """
        encoded, trunk = self.look_back(shown)
        number = trunk @ self.number + self.number_bias
        filled = shown.raw.number.flatten().nonzero()[:, 0]
        place, real = _whole(filled)

        def rows(values: Tensor) -> Tensor:
            return values.flatten(0, 1).index_select(0, place)

        known = self.number_features(rows(shown.raw.number), rows(shown.number))
        trunk = torch.cat([trunk.index_select(0, place), known], dim=1)
        energy = leaky_relu(trunk @ self.energy_in + self.energy_in_bias, SLOPE)
        trunk = torch.cat([trunk, rows(shown.energy)[:, None]], dim=1)
        ring_number, share = self.rings(trunk, rows(shown.raw.ring_number), rows(shown.share))
        ring_inputs = torch.cat([trunk, rows(shown.ring), rows(shown.ring_number)], dim=1)
        context = leaky_relu(ring_inputs @ self.context + self.context_bias, SLOPE)
        last = energy @ self.last + self.last_bias
        energy = energy @ self.energy + self.energy_bias
        total = shown.powers @ self.total + self.total_bias

        count = len(filled)
        chosen, real = _whole(torch.arange(first, count, every, device=filled.device))
        place, context = place[chosen], context.index_select(0, chosen)
        half_one, half_two, *drawn = self.angular(
            encoded.index_select(0, place), context, rows(shown.raw.on), rows(shown.cell)
        )
        part = self.parts(drawn, rows(shown.raw.part_known) & real[:, None, None], rows(shown.raw.left))
        cells = int(real.sum())
        chances = LayerChances(
            total,
            number,
            last[:count],
            energy[:count],
            ring_number[:, :count],
            share[:, :count],
            half_one[:cells],
            half_two[:cells],
            part,
        )
        return chances, filled, filled[first::every]

    def rings(self, trunk: Tensor, number: Tensor, share: Tensor) -> tuple[Tensor, Tensor]:
        """Return the chances of numbers and shares of rings, each knowing those further in."""
        count, start = self.size.radii - 1, trunk @ self.rings_in
        first = torch.arange(count, device=number.device) * (self.size.angles + 1)
        chosen = number.T[:count].long() + first[:, None]
        embedded = embedding(chosen, self.rings_embedding.flatten(0, 1))
        fed = embedded + share.T[:count, :, None] * self.rings_fed_back[:, None]
        inner = torch.cat([start[None], fed[:-1]]).cumsum(0)
        numbers = leaky_relu(inner + self.rings_number_bias[:, None], SLOPE)
        shares = leaky_relu(inner + embedded + self.rings_share_bias[:, None], SLOPE)
        return (
            torch.baddbmm(self.rings_number_out[:, None], numbers, self.rings_number),
            torch.baddbmm(self.rings_share_out[:, None], shares, self.rings_share),
        )

    def angular(self, encoded: Tensor, context: Tensor, on: Tensor, cell: Tensor) -> list[Tensor]:
        """Return the chances of the two halves' patterns, then what those of their energies come from."""
        near = torch.cat([encoded.roll(1, 1), encoded, encoded.roll(-1, 1)], dim=2)
        linear = near @ self.cells + (context @ self.cells_context)[:, None]
        linear, shape = linear.flatten(0, 1), linear.shape
        lit = on.float()
        half = self.first_half.float()
        told = (lit * half, lit * (1.0 - half), cell * lit * half)
        out = []
        for stage in range(4):
            hidden = leaky_relu(linear + self.cells_biases[stage], SLOPE)
            if stage < 2:
                found = torch.addmm(self.pattern_out[stage], hidden, self.pattern[stage])
                out.append(found.view(*shape[:2], -1))
            else:
                out.append(hidden)
            if stage < 3:
                linear = torch.addmm(linear, self.windows(told[stage]), self.fed_back[stage])
        return out

    def parts(self, drawn: list[Tensor], known: Tensor, left: Tensor) -> Tensor:
        """Return the chances of the energies of cells, of the two halves' outputs at each angle."""
        angles, radii = self.size.angles, self.size.radii
        found = []
        for half, hidden in enumerate(drawn):
            matrix = self.part[half].unflatten(1, (radii, -1))
            at = hidden.unflatten(0, (-1, angles))
            for ring in (
                0,
                1,
            ):  # those of even radii lie at even angles in the first half, at odd in the second
                columns = matrix[:, ring::2]
                out = at[:, (ring + half) % 2 :: 2].reshape(-1, self.size.cells) @ columns.flatten(1)
                found.append(out.unflatten(1, columns.shape[1:]))
        chances = torch.cat([torch.cat(found[:2], 1), torch.cat(found[2:], 1)]).flatten(0, 1)
        where = halves(known).flatten().nonzero()[:, 0]
        later = halves(left + angles * torch.arange(radii, device=left.device))
        # An embedding is a gather whose derivative is fast on a CPU.
        return embedding(where, chances) + embedding(
            later.flatten()[where].long(), self.part_out.flatten(0, 1)
        )


def _whole(rows: Tensor) -> tuple[Tensor, Tensor]:
    """Return rows, filled up by repetitions to a multiple of WHOLE, and which of them are none."""
    # oneDNN compiles products anew for each number of rows.
    number = torch.arange(-(-len(rows) // WHOLE) * WHOLE, device=rows.device)
    return rows[number % max(len(rows), 1)], number < len(rows)


def _apart(shape: tuple[int, ...], mix: int) -> Tensor:
    """Return biases of mixtures that differ from each other."""
    start = torch.zeros(*shape[:-1], 3, mix)
    start[..., 1, :] = torch.linspace(-1.0, 1.0, mix)
    start[..., 2, :] = -0.5
    return start.reshape(shape)
