"""What a training makes small: minus the log of the chances that the network gives to true showers."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, logsigmoid, softplus

from simkit.fastsim.models.autoregressive.drawing import (
    LAST_BASE,
    LAST_SLOPE,
    LEAST_LOG,
    MOST_LOG,
    MOST_LOG_OF_NUMBERS,
)
from simkit.fastsim.models.autoregressive.memory import ENERGY_MIX, NUMBER_MIX, PART_MIX, SHARE_MIX, TOTAL_MIX
from simkit.fastsim.models.autoregressive.network import LayerNetwork, halves
from simkit.fastsim.models.autoregressive.targets import ScaledTargets

PARTS = (
    "total",
    "number",
    "last",
    "energy",
    "ring numbers",
    "ring shares",
    "first half",
    "second half",
    "cells",
)
CELLS = slice(PARTS.index("first half"), None)


def losses(network: LayerNetwork, shown: ScaledTargets, first: int = 0, every: int = 1) -> Tensor:
    """Return the parts of the loss (PARTS) of each shower, in nats a layer; float32[n, 9].

    Those of cells come from one of `every` layers that are not empty, from the number `first` on.
    """
    n, layers = shown.number.shape
    angles, radii = network.size.angles, network.size.radii
    chances, place, with_cells = network(shown, first, every)
    shower = place // layers

    def rows(values: Tensor) -> Tensor:
        return values.flatten(0, 1).index_select(0, place)

    def by_shower(values: Tensor, of: Tensor) -> Tensor:
        return values.new_zeros(n).index_add(0, of, values)

    total = normal_mixture(chances.total, TOTAL_MIX, shown.total)
    counted, mean, spread = (
        values.flatten() for values in (shown.raw.number, shown.number_mean, shown.number_spread)
    )
    number = logistic_mixture(chances.number, NUMBER_MIX, counted, mean, spread, angles * radii)
    number = number.view(n, layers).sum(1)
    ends = rows(shown.raw.last).float()
    left = (rows(shown.raw.rest).expm1() - rows(shown.raw.number)).clamp(min=0.0)
    base = LAST_BASE - LAST_SLOPE * left.log1p()
    last = binary_cross_entropy_with_logits(chances.last[:, 0] + base, ends, reduction="none")
    last = by_shower(last * (place % layers < layers - 1), shower)
    energy = normal_mixture(chances.energy, ENERGY_MIX, rows(shown.odds)) * (1.0 - ends)
    energy = by_shower(energy, shower)

    lit = rows(shown.raw.ring_number)
    logits = chances.ring_number + number_base(lit, rows(shown.ring_mean), rows(shown.ring_spread), angles)
    chosen = lit.T[:-1].long()[..., None]
    ring_number = by_shower(-logits.log_softmax(-1).gather(-1, chosen)[..., 0].sum(0), shower)
    known = rows(shown.raw.share_known).T[:-1]
    share = normal_mixture(chances.share, SHARE_MIX, rows(shown.share).T[:-1])
    shares = by_shower((share * known).sum(0), shower)

    place, shower = with_cells, with_cells // layers
    lit, on = rows(shown.raw.ring_number), rows(shown.raw.on).float()
    base = ring_base(lit, angles)[:, None]
    one = binary_cross_entropy_with_logits(chances.first + base, on, reduction="none")
    open_ring = (lit > 0) & (lit < angles)
    second_half = ~network.first_half
    size = second_half.sum(0)
    lit_second = (on * second_half).sum(1)
    base = ring_base(lit_second, size)[:, None]
    two = binary_cross_entropy_with_logits(chances.second + base, on, reduction="none")
    open_half = ((lit_second > 0) & (lit_second < size))[:, None] & second_half
    cells = [
        by_shower((values * which).sum((1, 2)), shower)
        for values, which in ((one, open_ring[:, None]), (two, open_half))
    ]

    known = halves(rows(shown.raw.part_known))
    of = shower[:, None, None].expand_as(known[0]).expand_as(known)[known]
    cells.append(by_shower(normal_mixture(chances.part, PART_MIX, halves(rows(shown.part))[known]), of))
    cells = [every * values for values in cells]
    return torch.stack([total, number, last, energy, ring_number, shares, *cells], dim=1) / layers


def number_base(lit: Tensor, mean: Tensor, spread: Tensor, angles: int) -> Tensor:
    """Return what the chances of rings' numbers begin with: normal ones, of those that can still be.

    lit: the numbers on, [rows, radii], mean and spread alike. [radii - 1, rows, angles + 1].
    """
    radii = lit.shape[1]
    number = torch.arange(angles + 1, dtype=torch.float32, device=lit.device)
    left = lit.flip(1).cumsum(1).T.flip(0)[:-1, :, None]
    outer = angles * (radii - 1 - torch.arange(radii - 1, device=lit.device)[:, None, None])
    base = -0.5 * ((number - mean.T[:-1, :, None]) / spread.T[:-1, :, None]) ** 2
    return base.clamp(min=-20.0).masked_fill((number > left) | (number < left - outer), -torch.inf)


def split(chances: Tensor, mix: int, most: float = MOST_LOG) -> tuple[Tensor, Tensor, Tensor]:
    """Return log weights, means and log spreads of mixtures [..., 3 * mix], each [mix, ...]."""
    # The components first: sums over them are then of whole vectors.
    weights, means, spreads = chances.movedim(-1, 0).contiguous().unflatten(0, (3, mix)).unbind(0)
    return weights.log_softmax(0), means, spreads.clamp(LEAST_LOG, most)


def normal_mixture(chances: Tensor, mix: int, value: Tensor) -> Tensor:
    """Return minus the log of the density of values [...] under mixtures of normal distributions."""
    weights, means, spreads = split(chances, mix)
    off = (value - means) * (-spreads).exp()
    return 0.5 * math.log(2.0 * math.pi) - (weights - spreads - 0.5 * off * off).logsumexp(0)


def logistic_mixture(
    chances: Tensor, mix: int, number: Tensor, mean: Tensor, spread: Tensor, most: int
) -> Tensor:
    """Return minus the log of the chance of whole numbers 0 to `most` under mixtures of logistics."""
    weights, means, spreads = split(chances, mix, MOST_LOG_OF_NUMBERS)
    low, high = ((number + step - mean) / spread for step in (-0.5, 0.5))
    inverse = (-spreads).exp()
    a, b = (low - means) * inverse, (high - means) * inverse
    # log(sigmoid(b) - sigmoid(a)) without cancellation
    inside = b - softplus(b) - softplus(a) + torch.log1p(-torch.exp(a - b).clamp(max=1.0 - 1e-6))
    chance = torch.where(
        number == 0,
        logsigmoid(b),
        torch.where(number == most, logsigmoid(-a), inside),
    )
    return -(weights + chance).logsumexp(0)


def ring_base(number: Tensor, angles: int | Tensor) -> Tensor:
    """Return the log of the odds of being on of a ring's cells, of which `number` are: at 1/4 at least."""
    return ((number + 0.25) / (angles - number + 0.25)).log()
