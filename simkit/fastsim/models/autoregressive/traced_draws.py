"""Draws of the decoder in torch, for many at once: see simkit.fastsim.models.autoregressive.traced."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from simkit.fastsim.models.autoregressive.drawing import (
    LAST_BASE,
    LAST_SLOPE,
    LEAST_LOG,
    MOST_LOG,
    MOST_LOG_OF_NUMBERS,
)
from simkit.fastsim.models.autoregressive.layers import FARTHEST, NUMBER, ODDS, TRIALS
from simkit.fastsim.models.autoregressive.memory import (
    ENERGY_MIX,
    LEAST_EXCESS,
    NUMBER_MIX,
    PART_MIX,
    SHARE_MIX,
    SLOPE,
    NetworkSize,
)
from simkit.fastsim.models.autoregressive.targets import waves


class Stream:
    """The random numbers u [n, most] of showers, and how many each has taken, at [n]."""

    def __init__(self, u: Tensor, at: Tensor) -> None:
        self.u, self.at = u, at

    def ahead(self, *shape: int) -> Tensor:
        """Return the next numbers [n, *shape]; none is taken."""
        return self.found(torch.arange(math.prod(shape)).view(*shape)[None].expand(self.u.shape[0], *shape))

    def found(self, places: Tensor) -> Tensor:
        """Return the numbers at places [n, ...] from here on; none is taken."""
        wanted = self.at[:, None] + places.flatten(1)
        return self.u.gather(1, wanted).view(places.shape)

    def take(self, count: Tensor) -> None:
        """Go on by so many numbers [n]."""
        self.at = self.at + count


def leaky(x: Tensor) -> Tensor:
    """Return the leaky ReLU, in what onnxruntime has for float64."""
    return torch.maximum(x, SLOPE * x)


def logistic(u: Tensor) -> Tensor:
    """Return numbers of the standard logistic distribution, of uniform ones."""
    return (u / (1.0 - u)).log()


def component(u: Tensor, chances: Tensor, mix: int) -> Tensor:
    """Return the component [..., 1] that a uniform number u [...] draws."""
    logs = chances[..., :mix]
    odds = (logs - logs.amax(-1, keepdim=True)).exp()
    left = u[..., None] * odds.sum(-1, keepdim=True) - odds.cumsum(-1)[..., : mix - 1]
    return (left >= 0.0).long().sum(-1, keepdim=True)


def normal_mixture_of(u: Tensor, chances: Tensor, mix: int) -> Tensor:
    """Return numbers of mixtures of normal distributions, of uniform ones u [..., 3]."""
    k = component(u[..., 0], chances, mix)
    spread = chances.gather(-1, k + 2 * mix)[..., 0].clamp(LEAST_LOG, MOST_LOG).exp()
    drawn = (-2.0 * u[..., 1].log()).sqrt() * (2.0 * math.pi * u[..., 2]).cos()
    return (chances.gather(-1, k + mix)[..., 0] + spread * drawn).clamp(-FARTHEST, FARTHEST)


def logistic_mixture_of(u: Tensor, chances: Tensor, mix: int) -> Tensor:
    """Return numbers of mixtures of logistic distributions, of uniform ones u [..., 2]."""
    k = component(u[..., 0], chances, mix)
    spread = chances.gather(-1, k + 2 * mix)[..., 0].clamp(LEAST_LOG, MOST_LOG_OF_NUMBERS).exp()
    return chances.gather(-1, k + mix)[..., 0] + spread * logistic(u[..., 1])


def first_right(right: Tensor) -> tuple[Tensor, Tensor]:
    """Return which of the trials [n, TRIALS] is the first right one, or the last; and how many it took."""
    wrong = (right.long().cumsum(1) == 0).long().sum(1, keepdim=True)
    used = (wrong + 1).clamp(max=TRIALS)
    return used - 1, used[:, 0]


def higher(scores: Tensor) -> Tensor:
    """Return how many of the last axis are higher than each."""
    return (scores[..., None, :] > scores[..., :, None]).long().sum(-1)


def sums_before(values: Tensor) -> Tensor:
    """Return the sums of what comes before on the last axis."""
    return values.cumsum(-1) - values


class TracedWeights(nn.Module):
    """The network's arrays in float64."""

    if TYPE_CHECKING:  # buffers

        def __getattr__(self, name: str) -> Tensor: ...

    def __init__(self, size: NetworkSize, found: Mapping[str, NDArray[Any]]) -> None:
        super().__init__()
        self.size = size
        self.low, high = np.log(found["range_MeV"]).tolist()
        self.slope = 2.0 / max(high - self.low, 1e-6)
        for name, array in found.items():
            self.register_buffer(name, torch.from_numpy(np.asarray(array, dtype=np.float64)))
        for name, wave in zip(("cosine", "sine"), waves(size.angles)):
            self.register_buffer(name, wave.double())
        self.angle, self.ring = torch.arange(size.angles), torch.arange(size.radii)
        self.possible = torch.arange(size.angles + 1)
        even = (self.angle[:, None] + self.ring) % 2 == 0
        self.halves = even.T, ~even.T  # [R, A]

    def near(self, values: Tensor, reach: int) -> Tensor:
        """Return what each angle sees of itself and neighbours: [n, A, C] to [n, A, (2 reach + 1) C]."""
        n, angles, columns = values.shape
        seen = (self.angle[:, None] + torch.arange(-reach, reach + 1)) % angles
        return values[:, seen.flatten()].reshape(n, angles, (2 * reach + 1) * columns)


class LayerDraws(TracedWeights):
    """What is drawn of a layer, with mean and spread of its quantities, and of rings [n, 5, R]."""

    mean: Tensor
    spread: Tensor
    ring_mean: Tensor
    ring_spread: Tensor

    def scaled(self, values: Tensor, column: int) -> Tensor:
        """Return values [n] in deviations from the mean."""
        return (values - self.mean[:, column]) / self.spread[:, column]

    def draw_number(self, stream: Stream, trunk: Tensor, rest: Tensor, final: Tensor) -> Tensor:
        """Return how many cells are on [n]."""
        cells = self.size.angles * self.size.radii
        chances = (trunk @ self.number + self.number_bias)[:, None].expand(-1, TRIALS, -1)
        drawn = logistic_mixture_of(stream.ahead(TRIALS, 2), chances, NUMBER_MIX)
        drawn = self.mean[:, NUMBER, None] + self.spread[:, NUMBER, None] * drawn
        count = (drawn + 0.5).clamp(0.0, cells + 0.5).floor()
        most = rest.floor().clamp(max=cells)
        least = ((most > 0.0) & final).double()
        which, used = first_right((count >= least[:, None]) & (count <= most[:, None]))
        stream.take(2 * used * (most > 0.0).long())
        return torch.minimum(torch.maximum(count.gather(1, which)[:, 0], least), most)

    def draw_energy(
        self, stream: Stream, known: Tensor, rest: Tensor, number: Tensor, final: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return what energy is left after the layer, and its excess over one threshold a cell."""
        hidden, filled = leaky(known @ self.energy_in + self.energy_in_bias), number > 0.0
        left = rest - number
        log_odds = (hidden @ self.last + self.last_bias)[:, 0] + LAST_BASE
        log_odds = log_odds - LAST_SLOPE * left.clamp(min=0.0).log1p()
        ends = (stream.ahead(1)[:, 0] < log_odds.sigmoid()) | (left <= 1.0) | final
        stream.take(filled.long())
        chances = (hidden @ self.energy + self.energy_bias)[:, None].expand(-1, TRIALS, -1)
        drawn = normal_mixture_of(stream.ahead(TRIALS, 3), chances, ENERGY_MIX)
        odds = self.mean[:, ODDS, None] + self.spread[:, ODDS, None] * drawn
        taken = left[:, None] * odds.sigmoid()
        which, used = first_right(left[:, None] - taken >= 1.0)
        stream.take(3 * used * (filled & ~ends).long())
        excess = torch.minimum(taken.gather(1, which)[:, 0], left - 1.0)
        rest = torch.where(filled, torch.where(ends, 0.0, left - excess), rest)
        excess = torch.where(ends, left.clamp(min=LEAST_EXCESS), excess)
        return rest, torch.where(filled, excess, 0.0)

    def draw_rings(
        self, stream: Stream, known: Tensor, number: Tensor, excess: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return how many cells of each ring are on and their excess, both [n, R]."""
        angles, radii = self.size.angles, self.size.radii
        state, later, above_later = known @ self.rings_in, number, excess
        lit, above = [], []
        for r in range(radii - 1):
            hidden = leaky(state + self.rings_number_bias[r])
            chances = hidden @ self.rings_number[r] + self.rings_number_out[r]
            off = (self.possible - self.ring_mean[:, 2, r, None]) / self.ring_spread[:, 2, r, None]
            chances = chances + (-0.5 * off * off).clamp(min=-20.0)
            most = later.clamp(max=angles)
            least = (later - angles * (radii - 1 - r)).clamp(min=0.0)
            can = (self.possible >= least[:, None]) & (self.possible <= most[:, None])
            top = torch.where(can, chances, -1e30).amax(1, keepdim=True)
            odds = torch.where(can, (chances - top).clamp(max=0.0).exp(), 0.0)
            left = stream.ahead(1) * odds.sum(1, keepdim=True) - odds.cumsum(1)
            passed = can & (self.possible < most[:, None]) & (left >= 0.0)
            mine = least + passed.double().sum(1)
            stream.take((least < most).long())
            later = later - mine
            state = state + self.rings_embedding[r][mine.long()]
            hidden = leaky(state + self.rings_share_bias[r])
            chances = hidden @ self.rings_share[r] + self.rings_share_out[r]
            both = (mine > 0.0) & (later > 0.0)
            drawn = torch.where(both, normal_mixture_of(stream.ahead(3), chances, SHARE_MIX), 0.0)
            stream.take(3 * both.long())
            odds = (self.ring_mean[:, 3, r] + self.ring_spread[:, 3, r] * drawn).exp()
            odds = odds * mine / later.clamp(min=1.0)
            share = torch.where(both, odds / (1.0 + odds), (mine > 0.0).double())
            lit.append(mine)
            above.append(above_later * share)
            above_later = above_later * (1.0 - share)
            state = state + drawn[:, None] * self.rings_fed_back[r]
        return torch.stack([*lit, later], 1), torch.stack([*above, above_later], 1)

    def draw_patterns(self, stream: Stream, linear: Tensor, lit: Tensor) -> tuple[Tensor, Tensor]:
        """Return what is known at each angle afterwards, and which cells are on [n, R, A]."""
        left, on = lit, torch.zeros(lit.shape[0], self.size.radii, self.size.angles, dtype=torch.float64)
        for half, mine in enumerate(self.halves):
            hidden = leaky(linear + self.cells_biases[half])
            logits = (hidden @ self.pattern[half] + self.pattern_out[half]).transpose(1, 2)
            size = self.size.angles // (1 + half)
            undecided = size * ((left > 0.0) & (left < size)).long()
            place = sums_before(undecided)[:, :, None] + self.angle // (1 + half)
            scores = logits + logistic(stream.found(place))
            if half:
                scores = torch.where(mine, scores, -1e30)
            fresh = (mine & (higher(scores) < left[:, :, None])).double()
            stream.take(undecided.sum(1))
            left, on = left - fresh.sum(2), on + fresh
            linear = linear + self.near(fresh.transpose(1, 2), self.size.reach) @ self.fed_back[half]
        return linear, on

    def draw_parts(self, stream: Stream, linear: Tensor, on: Tensor, lit: Tensor, above: Tensor) -> Tensor:
        """Return the energies of cells [n, R, A], in units of the threshold."""
        energies = torch.zeros_like(on)
        for half, mine in enumerate(self.halves):
            hidden = leaky(linear + self.cells_biases[2 + half])
            fresh = torch.where(mine, on, 0.0)
            later = lit[:, :, None] - fresh.cumsum(2)
            draws = (fresh > 0.0) & (later > 0.5)
            later = later.clamp(0.0, self.size.angles - 1.0)
            chances = (hidden @ self.part[half]).view(*on.transpose(1, 2).shape, -1).transpose(1, 2)
            chances = chances + self.part_out[self.ring[:, None], later.long()]
            place = 3 * sums_before(draws.long().flatten(1)).view(draws.shape)
            drawn = normal_mixture_of(stream.found(place[..., None] + torch.arange(3)), chances, PART_MIX)
            stream.take(3 * draws.long().sum((1, 2)))
            odds = (self.ring_mean[:, 4, :, None] + self.ring_spread[:, 4, :, None] * drawn).exp()
            odds = odds / later.clamp(min=1.0)
            # Each takes its share of what those before have left.
            passed_on = torch.where(draws, odds.log1p(), 0.0)
            excess = above[:, :, None] * (-sums_before(passed_on)).exp()
            excess = excess * torch.where(draws, odds / (1.0 + odds), 1.0)
            above, lit = above * (-passed_on.sum(2)).exp(), lit - fresh.sum(2)
            energies = energies + fresh * (1.0 + excess)
            told = (energies.log1p() - self.ring_mean[:, 0, :, None]) / self.ring_spread[:, 0, :, None]
            linear = linear + self.near((told * fresh).transpose(1, 2), self.size.reach) @ self.fed_back[2]
        return energies
