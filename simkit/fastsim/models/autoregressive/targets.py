"""What the network is shown and asked of true showers: everything in deviations from smooth functions.

Arrays are torch's: n showers, L layers, A angles, R radii. Energies are in units of the threshold, so that a
cell that is on has 1 or more, and its excess is what it has above 1.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from simkit.fastsim.models.autoregressive.memory import DECAY, LEAST_EXCESS, LEAST_SUM
from simkit.fastsim.models.autoregressive.scales import (
    FLOOR,
    OF_LAYERS,
    OF_RINGS,
    TERMS,
    Floats,
    ScaleSums,
    scale_columns,
)

FLOORS = {"number": 0.3, "ring_number": 0.3, "sum": 1e-3, "energy": 5e-3, "odds": 5e-3}  # the least spreads


class RawTargets(NamedTuple):
    """Quantities of showers before they are scaled, with where they are present."""

    on: Tensor  # [n, L, A, R]
    number: Tensor  # [n, L]
    ring_number: Tensor  # [n, L, R]
    energy: Tensor  # [n, L], log
    odds: Tensor  # [n, L], log of the excess over what comes in later layers, where odds_known
    odds_known: Tensor
    last: Tensor  # [n, L], the last that is not empty
    sum: Tensor  # [n, L], log of the share of the incident energy up to here
    rest: Tensor  # [n, L], log of the energy from here on
    cell: Tensor  # [n, L, A, R]
    ring: Tensor  # [n, L, R]
    moments: tuple[Tensor, Tensor, Tensor, Tensor]  # dipole x, y, quadrupole x, y, each [n, L]
    share: Tensor  # [n, L, R], of ring's excess, where share_known
    share_known: Tensor
    part: Tensor  # [n, L, A, R], of a cell's excess in what is left in the ring, where part_known
    part_known: Tensor
    left: Tensor  # [n, L, A, R], how many cells of the ring are drawn later


def drawing_order(angles: int, radii: int) -> Tensor:
    """Return the angles of each ring's cells in the order in which they are drawn; int64[A, R].

    First those of the checkerboard's first half (angle + radius even), then the others.
    """
    angle = torch.arange(angles)[:, None].expand(angles, radii)
    second = (angle + torch.arange(radii)) % 2
    return torch.argsort(second * angles + angle, dim=0)


def waves(angles: int) -> tuple[Tensor, Tensor]:
    """Return cosine and sine of once and twice the angle of each bin's middle; float32[2, A] each."""
    angle = (torch.arange(angles) + 0.5) * (2.0 * math.pi / angles)
    phase = torch.stack([angle, 2.0 * angle])
    return torch.cos(phase), torch.sin(phase)


def raw(energies: Tensor, incident: Tensor) -> RawTargets:
    """Return the quantities of showers [n, L, A, R]; both energies in units of the threshold."""
    _, _, angles, radii = energies.shape
    on = energies > 0
    ring_number = on.sum(2).float()
    number = ring_number.sum(2)
    above = (energies - 1.0).where(on, 0.0).clamp(min=0.0)
    above = (above + LEAST_EXCESS) * on
    ring_above = above.sum(2)
    layer = energies.sum((2, 3))
    total = layer.cumsum(1) / incident[:, None]

    after = _later(layer, 1)
    odds_known = (number > 0) & (after > 0)
    odds = (ring_above.sum(2) / after).log()

    later = _later(ring_above, 2)
    later_number = _later(ring_number, 2)
    share_known = (ring_number > 0) & (later_number > 0)
    share = (ring_above / later).log() - (ring_number / later_number).log()  # not used where unknown

    order = drawing_order(angles, radii).to(energies.device)
    back = order.argsort(0).expand_as(energies)
    order = order.expand_as(energies)
    drawn, drawn_on = above.gather(2, order), on.gather(2, order)
    left = _later(drawn_on.float(), 2)
    part_known = drawn_on & (left > 0)
    part = (drawn / _later(drawn, 2)).log() + left.clamp(min=1.0).log()
    part, part_known, left = (values.gather(2, back) for values in (part, part_known, left))
    return RawTargets(
        on,
        number,
        ring_number,
        layer.log1p(),
        odds.where(odds_known, 0.0),
        odds_known,
        (number > 0) & (after == 0),
        (total + LEAST_SUM).log(),
        layer.flip(1).cumsum(1).flip(1).log1p(),
        energies.log1p(),
        energies.sum(2).log1p(),
        _moments(energies, layer),
        share.where(share_known, 0.0),
        share_known,
        part.where(part_known, 0.0),
        part_known,
        left,
    )


def _later(values: Tensor, axis: int) -> Tensor:
    """Return the sums of what comes later on an axis."""
    summed = values.flip(axis).cumsum(axis)
    return torch.cat(
        [torch.zeros_like(values.narrow(axis, 0, 1)), summed.narrow(axis, 0, values.shape[axis] - 1)], axis
    ).flip(axis)


def _moments(energies: Tensor, layer: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return dipole and quadrupole of each layer, with radii in bins."""
    angles, radii = energies.shape[2:]
    radius = torch.arange(radii, device=energies.device) + 0.5
    cosine, sine = (wave.to(energies.device) for wave in waves(angles))
    safe = layer.clamp(min=1e-9)
    found = []
    for power, wave in ((1, cosine[0]), (1, sine[0]), (2, cosine[1]), (2, sine[1])):
        found.append((energies @ radius**power @ wave) / safe)
    return found[0], found[1], found[2], found[3]


def fit_scales(energies: Any, incident: Floats, place: Floats) -> tuple[Floats, Floats]:
    """Return mean and log spread of all quantities, [L, TERMS, columns], of showers [n, L, A, R].

    energies, incident: in units of the threshold. place: of `position`. Columns: see `scale_columns`.
    """
    sums = {name: ScaleSums() for name in (*OF_LAYERS, *OF_RINGS)}
    for first in range(0, len(energies), 250):
        rows = slice(first, first + 250)
        found = raw(torch.from_numpy(energies[rows]), torch.from_numpy(incident[rows]).float())
        always = torch.ones_like(found.on)
        for name in ("number", "sum", "rest", "ring", "ring_number"):
            values = getattr(found, name)
            sums[name].add(values, torch.ones_like(values, dtype=torch.bool))
        sums["energy"].add(found.energy, found.number > 0)
        sums["odds"].add(found.odds, found.odds_known)
        sums["cell"].add(found.cell, always, over=2)
        for name, pair in (("dipole", found.moments[:2]), ("quadrupole", found.moments[2:])):
            both = torch.stack([*pair, *(-part for part in pair)], dim=1)
            sums[name].add(both, (found.number > 0)[:, None].expand_as(both), over=1)
        sums["share"].add(found.share, found.share_known)
        sums["part"].add(found.part, found.part_known, over=2)
    layers = energies.shape[1]
    fitted = [part.fit(place, FLOORS.get(name, FLOOR)) for name, part in sums.items()]
    mean, log_spread = (
        np.concatenate([pair[k].reshape(layers, -1, TERMS) for pair in fitted], axis=1) for k in (0, 1)
    )
    return mean.swapaxes(1, 2), log_spread.swapaxes(1, 2)


class ScaledTargets(NamedTuple):
    """Scaled quantities of showers, and the raw ones; mean and spread of numbers stay for their chances."""

    raw: RawTargets
    powers: Tensor  # [n, terms]
    number: Tensor
    energy: Tensor  # 0 in empty layers
    odds: Tensor
    sum: Tensor
    rest: Tensor
    total: Tensor  # [n], the last layer's sum
    cell: Tensor
    ring: Tensor
    ring_number: Tensor
    moments: Tensor  # [n, L, 4]
    share: Tensor
    part: Tensor
    number_mean: Tensor
    number_spread: Tensor
    ring_mean: Tensor
    ring_spread: Tensor


def scaled(
    energies: Tensor, incident: Tensor, basis: Tensor, mean: Tensor, log_spread: Tensor
) -> ScaledTargets:
    """Return the scaled quantities of showers [n, L, A, R].

    energies, incident: in units of the threshold. basis: of `powers`. mean, log_spread: of `fit_scales`.
    """
    found = raw(energies, incident)
    means = torch.einsum("nt,ltg->nlg", basis, mean)
    spreads = torch.einsum("nt,ltg->nlg", basis, log_spread).exp()
    columns = scale_columns(energies.shape[3])

    def level(name: str) -> tuple[Tensor, Tensor]:
        which = columns[name] if name in OF_RINGS else columns[name].start
        return means[:, :, which], spreads[:, :, which]

    def plain(name: str) -> Tensor:
        values, (middle, spread) = getattr(found, name), level(name)
        if values.dim() == 4:
            middle, spread = middle[:, :, None], spread[:, :, None]
        return (values - middle) / spread

    dipole, quadrupole = level("dipole")[1], level("quadrupole")[1]
    widths = (dipole, dipole, quadrupole, quadrupole)
    moments = torch.stack([m / width for m, width in zip(found.moments, widths)], dim=2)
    cumulated = plain("sum")
    return ScaledTargets(
        found,
        basis,
        plain("number"),
        plain("energy").where(found.number > 0, 0.0),
        plain("odds").where(found.odds_known, 0.0),
        cumulated,
        plain("rest"),
        cumulated[:, -1],
        plain("cell"),
        plain("ring"),
        plain("ring_number"),
        moments.clamp(-8.0, 8.0),
        plain("share").where(found.share_known, 0.0),
        plain("part").where(found.part_known, 0.0),
        *level("number"),
        *level("ring_number"),
    )


def before(values: Tensor, layers: int) -> Tensor:
    """Return what was `layers` layers before, zero where there was none; the layer is axis 1."""
    return torch.cat([torch.zeros_like(values[:, :layers]), values[:, :-layers]], dim=1)


def running(values: Tensor) -> Tensor:
    """Return the running average of all layers before; the layer is axis 1."""
    count = values.shape[1]
    place = torch.arange(count, device=values.device)
    back = place[:, None] - place - 1
    weights = torch.where(back >= 0, (1.0 - DECAY) * DECAY ** back.clamp(min=0), 0.0)
    return torch.einsum("kl,nl...->nk...", weights, values)
