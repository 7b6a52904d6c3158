"""Draws of the decoder, from the outputs of the network as the losses understand them."""

from __future__ import annotations

import math

import numpy as np

from simkit.jit import kernel
from simkit.rng import uniform

LEAST_LOG, MOST_LOG = -5.0, 2.0  # of log spreads of mixtures
MOST_LOG_OF_NUMBERS = (
    0.0  # of those of a layer's number of cells: no wider than over all showers of the energy
)
LAST_BASE, LAST_SLOPE = 3.0, 1.5
"""The log odds that a layer takes all that is left begin with 3 - 1.5 log(1 + left), in thresholds."""


@kernel
def logistic(rng):
    """Return a number of the standard logistic distribution."""
    u = uniform(rng)
    return math.log(u / (1.0 - u))


@kernel
def normal(rng):
    """Return a standard normal number (Box and Muller, Ann. Math. Stat. 29 (1958) 610)."""
    return math.sqrt(-2.0 * math.log(uniform(rng))) * math.cos(2.0 * math.pi * uniform(rng))


@kernel
def draw_component(rng, chances, mix):
    """Return which component of a mixture is drawn: log weights are its first `mix` outputs."""
    top = chances[0]
    for k in range(1, mix):
        top = max(top, chances[k])
    total = 0.0
    for k in range(mix):
        total += math.exp(chances[k] - top)
    left = uniform(rng) * total
    for k in range(mix - 1):
        left -= math.exp(chances[k] - top)
        if left < 0.0:
            return k
    return mix - 1


@kernel
def draw_normal_mixture(rng, chances, mix):
    """Return a number of a mixture of normal distributions: log weights, means, log spreads [3 mix]."""
    k = draw_component(rng, chances, mix)
    spread = math.exp(min(max(chances[2 * mix + k], LEAST_LOG), MOST_LOG))
    return chances[mix + k] + spread * normal(rng)


@kernel
def draw_logistic_mixture(rng, chances, mix):
    """Return a number of a mixture of logistic distributions [3 mix]."""
    k = draw_component(rng, chances, mix)
    spread = math.exp(min(max(chances[2 * mix + k], LEAST_LOG), MOST_LOG_OF_NUMBERS))
    return chances[mix + k] + spread * logistic(rng)


@kernel
def draw_number(rng, chances, angles, mean, spread, left, outer):
    """Return how many cells of a ring are on; see `losses.number_base`.

    left: how many of the layer's are, in this ring and those further out, which have `outer` cells.
    """
    most = min(left, angles)
    least = max(0, left - outer)
    if least == most:
        return most
    top = -math.inf
    for k in range(least, most + 1):
        off = (k - mean) / spread
        chances[k] += np.float32(max(-0.5 * off * off, -20.0))
        top = max(top, chances[k])
    total = 0.0
    for k in range(least, most + 1):
        total += math.exp(chances[k] - top)
    rest = uniform(rng) * total
    for k in range(least, most):
        rest -= math.exp(chances[k] - top)
        if rest < 0.0:
            return k
    return most


@kernel
def mark_highest(scores, on, count):
    """Set `on` to 1 at the `count` highest scores, both [n]; the scores are spoilt."""
    for _ in range(count):
        best = 0
        for j in range(1, scores.shape[0]):
            if scores[j] > scores[best]:
                best = j
        on[best] = 1
        scores[best] = -math.inf
