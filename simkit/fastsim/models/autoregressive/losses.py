"""What a training makes small: minus the log of the chances that the network gives to true showers."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from simkit.fastsim.models.autoregressive.drawing import LAST_BASE, LAST_SLOPE
from simkit.fastsim.models.autoregressive.memory import ENERGY_MIX, NUMBER_MIX, PART_MIX, SHARE_MIX, TOTAL_MIX
from simkit.fastsim.models.autoregressive.network import (
    LayerNetwork,
    logistic_mixture,
    normal_mixture,
    ring_base,
)
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


def losses(network: LayerNetwork, shown: ScaledTargets) -> Tensor:
    """Return the parts of the loss (PARTS) of each shower, in nats a layer; float32[n, 9]."""
    n, layers = shown.number.shape
    angles, radii = network.size.angles, network.size.radii
    chances, filled = network(shown)
    place = filled.nonzero()[:, 0]
    shower = place // layers

    def rows(values: Tensor) -> Tensor:
        return values.flatten(0, 1)[place]

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

    lit, on = rows(shown.raw.ring_number), rows(shown.raw.on).float()
    logits = chances.ring_number + number_base(lit, rows(shown.ring_mean), rows(shown.ring_spread), angles)
    chosen = lit[:, :-1].long()[..., None]
    ring_number = by_shower(-logits.log_softmax(-1).gather(-1, chosen)[..., 0].sum(1), shower)
    known = rows(shown.raw.share_known)[:, :-1]
    share = normal_mixture(chances.share, SHARE_MIX, rows(shown.share)[:, :-1])
    shares = by_shower((share * known).sum(1), shower)

    first = binary_cross_entropy_with_logits(
        chances.first + ring_base(lit, angles)[:, None], on, reduction="none"
    )
    open_ring = (lit > 0) & (lit < angles)
    second_half = ~network.first_half
    size = second_half.sum(0)
    lit_second = (on * second_half).sum(1)
    second = binary_cross_entropy_with_logits(
        chances.second + ring_base(lit_second, size)[:, None], on, reduction="none"
    )
    open_half = ((lit_second > 0) & (lit_second < size))[:, None] & second_half
    patterns = [
        by_shower((values * which).sum((1, 2)), shower)
        for values, which in ((first, open_ring[:, None]), (second, open_half))
    ]

    known = rows(shown.raw.part_known)
    row, _, radius = known.nonzero(as_tuple=True)
    given = chances.part[known]
    left = rows(shown.raw.left)[known].long()
    given = given + network.part_out[radius, left]
    parts = by_shower(normal_mixture(given, PART_MIX, rows(shown.part)[known]), shower[row])
    return torch.stack([total, number, last, energy, ring_number, shares, *patterns, parts], dim=1) / layers


def number_base(lit: Tensor, mean: Tensor, spread: Tensor, angles: int) -> Tensor:
    """Return what the chances of rings' numbers begin with: normal ones, of those that can still be.

    lit: the numbers on, [rows, radii], mean and spread alike. [rows, radii - 1, angles + 1].
    """
    radii = lit.shape[1]
    number = torch.arange(angles + 1, dtype=torch.float32, device=lit.device)
    left = lit.flip(1).cumsum(1).flip(1)[:, :-1, None]
    outer = angles * (radii - 1 - torch.arange(radii - 1, device=lit.device)[:, None])
    base = -0.5 * ((number - mean[:, :-1, None]) / spread[:, :-1, None]) ** 2
    return base.clamp(min=-20.0).masked_fill((number > left) | (number < left - outer), -torch.inf)
