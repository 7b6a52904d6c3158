"""The decoder once more, in torch and float64, from the same random numbers: what ONNX is made of.

What the compiled decoder draws one after the other is drawn here for all cells at once, and each shower's
place in its random numbers moves on by as many as that took. Sums are rounded otherwise; where a draw lies
within that of a boundary, showers part. A layer is traced, and the loop over layers stays a loop.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.polynomial.chebyshev import cheb2poly
from numpy.typing import NDArray
from torch import Tensor, nn

from simkit.fastsim.models.autoregressive.decoder import LARGEST_MOMENT, most_draws
from simkit.fastsim.models.autoregressive.layers import (
    DIPOLE,
    ENERGY,
    FIRST_OF_RINGS,
    NUMBER,
    QUADRUPOLE,
    REST,
    SUM,
)
from simkit.fastsim.models.autoregressive.memory import (
    DECAY,
    LAGS,
    LEAST_SUM,
    TOTAL_MIX,
    NetworkSize,
)
from simkit.fastsim.models.autoregressive.network import moment_invariants
from simkit.fastsim.models.autoregressive.scales import TERMS
from simkit.fastsim.models.autoregressive.traced_draws import (
    LayerDraws,
    Stream,
    TracedWeights,
    leaky,
    normal_mixture_of,
)
from simkit.fastsim.models.decoding import ROWS
from simkit.fastsim.showers.files import NOISE_MEV

LARGEST = float(LARGEST_MOMENT)


class State(NamedTuple):
    """What is known of n showers before a layer, as in the decoder's memory."""

    u: Tensor  # [n, most draws]
    at: Tensor  # int64[n]
    powers: Tensor
    incident: Tensor
    total_scaled: Tensor
    rest: Tensor
    history: Tensor
    moments: Tensor
    rings: Tensor
    numbers: Tensor
    energies_so_far: Tensor
    lags: Tensor  # [n, 2 LAGS], numbers and energies of the layers before, the last first
    summed: Tensor
    summed_scaled: Tensor
    out: Tensor  # [n, L, A, R]


class Begin(TracedWeights):
    """What is known before the first layer."""

    def forward(self, given: Tensor, incident_MeV: Tensor) -> State:
        size, n, draws = self.size, given.shape[0], most_draws(self.size)
        stream = Stream(
            given[:, :draws].double() + given[:, draws:].double(), torch.zeros(n, dtype=torch.int64)
        )
        energy = incident_MeV.double()
        place = (self.slope * (energy.log() - self.low) - 1.0).clamp(-1.0, 1.0)
        chebyshev = [np.pad(part := cheb2poly(row), (0, TERMS - len(part))) for row in np.eye(TERMS)]
        powers = place[:, None] ** torch.arange(TERMS).double() @ torch.from_numpy(
            np.array(chebyshev).T.copy()
        )
        incident = energy / NOISE_MEV
        mean, spread = powers @ self.scale_mean[-1], (powers @ self.scale_log_spread[-1]).exp()
        total_scaled = normal_mixture_of(stream.ahead(3), powers @ self.total + self.total_bias, TOTAL_MIX)
        stream.take(torch.tensor(3))
        rest = ((mean[:, SUM] + spread[:, SUM] * total_scaled).exp() - LEAST_SUM).clamp(min=0.0) * incident
        rest = torch.where(rest > 1.0, rest, 0.0)
        cells = size.angles, size.radii
        shapes: tuple[tuple[int, ...], ...]
        shapes = (size.angles, 3 * size.radii), (3, 4), (5 * size.radii,), (size.layers,), (size.layers,)
        shapes += (2 * LAGS,), (), (), (size.layers, *cells)
        nothing = [torch.zeros(n, *shape, dtype=torch.float64) for shape in shapes]
        return State(stream.u, stream.at, powers, incident, total_scaled, rest, *nothing)


class TracedLayer(LayerDraws):
    """One layer more."""

    def forward(self, layer: Tensor, *known: Tensor) -> State:
        state = State(*known)
        here = torch.arange(self.size.layers) == layer
        self.mean = state.powers @ self.scale_mean[layer]
        self.spread = (state.powers @ self.scale_log_spread[layer]).exp()
        rings = state.u.shape[0], 5, self.size.radii
        self.ring_mean, self.ring_spread = (
            level[:, FIRST_OF_RINGS:].view(rings) for level in (self.mean, self.spread)
        )
        stream = Stream(state.u, state.at)
        encoded, trunk = self.look_back(state, layer)
        number = self.draw_number(stream, trunk, state.rest, here[-1])
        number_scaled = self.scaled(number, NUMBER)
        some = number.clamp(min=1.0)
        share = some / (self.size.angles * self.size.radii)
        features = torch.stack([number_scaled, share, 0.5 * some.log(), 1.0 / some], 1)
        trunk = torch.cat([trunk, features], 1)
        rest, excess = self.draw_energy(stream, trunk, state.rest, number, here[-1])
        energy_scaled = torch.where(number > 0.0, self.scaled((number + excess).log1p(), ENERGY), 0.0)
        trunk = torch.cat([trunk, energy_scaled[:, None]], 1)
        lit, above = self.draw_rings(stream, trunk, number, excess)
        ring_scaled = ((lit + above).log1p() - self.ring_mean[:, 1]) / self.ring_spread[:, 1]
        lit_scaled = (lit - self.ring_mean[:, 2]) / self.ring_spread[:, 2]
        context = torch.cat([trunk, ring_scaled, lit_scaled], 1)
        context = leaky(context @ self.context + self.context_bias)
        linear = self.near(encoded, 1) @ self.cells + (context @ self.cells_context)[:, None]
        linear, on = self.draw_patterns(stream, linear, lit)
        energies = self.draw_parts(stream, linear, on, lit, above).transpose(1, 2)
        return self.remember(state, energies, lit_scaled)._replace(
            at=stream.at,
            rest=rest,
            numbers=torch.where(here, number_scaled[:, None], state.numbers),
            energies_so_far=torch.where(here, energy_scaled[:, None], state.energies_so_far),
            lags=torch.cat([number_scaled[:, None], energy_scaled[:, None], state.lags[:, :-2]], 1),
            out=torch.where(here[:, None, None], (energies * NOISE_MEV)[:, None], state.out),
        )

    def look_back(self, state: State, layer: Tensor) -> tuple[Tensor, Tensor]:
        """Return the encoder's and the trunk's outputs."""
        x, y = state.moments[:, :, None, ::2], state.moments[:, :, None, 1::2]  # [n, 3, 1, 2]
        along = x * self.cosine.T + y * self.sine.T
        across = y * self.cosine.T - x * self.sine.T
        turned = torch.stack([along, across], 4)  # [n, 3 layers, A, 2 powers, 2 ways]
        turned = turned.permute(0, 2, 3, 4, 1).flatten(2)
        encoded = self.near(state.history, self.size.reach) @ self.encoder + turned @ self.encoder_waves
        encoded = leaky(encoded + (state.powers @ self.encoder_layer[layer])[:, None])
        rest = self.scaled(state.rest.log1p(), REST)
        inputs = [
            encoded.mean(1),
            state.lags,
            torch.stack([state.summed_scaled, rest, state.total_scaled], 1),
        ]
        inputs += [state.rings, state.numbers, state.energies_so_far, moment_invariants(state.moments)]
        trunk = torch.cat(inputs, 1) @ self.trunk + state.powers @ self.trunk_layer[layer]
        return encoded, leaky(leaky(trunk) @ self.trunk_second + self.trunk_second_bias)

    def remember(self, state: State, energies: Tensor, lit_scaled: Tensor) -> State:
        """Return what the next layers are shown of energies [n, A, R]."""
        radii, rings = self.size.radii, energies.sum(1)
        cells = (energies.log1p() - self.ring_mean[:, :1]) / self.ring_spread[:, :1]
        ring_scaled = (rings.log1p() - self.ring_mean[:, 1]) / self.ring_spread[:, 1]
        total, radius = rings.sum(1), self.ring.double() + 0.5
        found = []
        for power, column in enumerate((DIPOLE, QUADRUPOLE)):
            by_angle = (energies * radius ** (power + 1)).sum(2) / total.clamp(min=1e-9)[:, None]
            for wave in (self.cosine[power], self.sine[power]):
                found.append((by_angle * wave).sum(1) / self.spread[:, column])
        moments = torch.stack(found, 1).clamp(-LARGEST, LARGEST)
        summed = state.summed + total

        def older(average: Tensor, fresh: Tensor) -> Tensor:
            return DECAY * average + (1.0 - DECAY) * fresh

        history, moments_before, rings_before = state.history, state.moments, state.rings
        return state._replace(
            history=torch.cat([cells, history[..., :radii], older(history[..., 2 * radii :], cells)], 2),
            moments=torch.stack([moments, moments_before[:, 0], older(moments_before[:, 2], moments)], 1),
            rings=torch.cat(
                [
                    ring_scaled,
                    lit_scaled,
                    rings_before[:, : 2 * radii],
                    older(rings_before[:, 4 * radii :], ring_scaled),
                ],
                1,
            ),
            summed=summed,
            summed_scaled=self.scaled((summed / state.incident + LEAST_SUM).log(), SUM),
        )


class LayerLoop(nn.Module):
    """All layers, of traced parts."""

    __constants__ = ("cells", "rows")

    def __init__(self, size: NetworkSize, begin: Any, layer: Any) -> None:
        super().__init__()
        self.begin, self.layer = begin, layer
        self.rows, self.cells = ROWS, size.layers * size.angles * size.radii
        self.register_buffer("number", torch.arange(size.layers))

    def forward(self, given: Tensor, incident_MeV: Tensor) -> Tensor:
        a, b, c, d, e, f, g, h, i, j, k, l, m, n, out = self.begin(given, incident_MeV)
        for number in self.number:  # type: ignore[union-attr]
            a, b, c, d, e, f, g, h, i, j, k, l, m, n, out = self.layer(
                number, a, b, c, d, e, f, g, h, i, j, k, l, m, n, out
            )
        return out.float().reshape(self.rows, self.cells)


def traced_decoder(size: NetworkSize, found: Mapping[str, NDArray[Any]]) -> Any:
    """Return the module of simkit.fastsim.models.decoding.NetworkTrainer, for ROWS showers at once.

    found: of simkit.fastsim.models.autoregressive.memory.read_arrays.
    """
    given = torch.full((ROWS, 2 * most_draws(size)), 0.25)
    incident = torch.full((ROWS,), float(found["range_MeV"][0]))
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch: TorchScript is old, but what ONNX's loops are made of
        begin, layer = Begin(size, found), TracedLayer(size, found)
        state = begin(given, incident)
        begin = torch.jit.trace(begin, (given, incident), check_trace=False)
        layer = torch.jit.trace(layer, (torch.tensor(0), *state), check_trace=False)
        return torch.jit.script(LayerLoop(size, begin, layer)).eval()
