"""How particles share an energy, and how they leave: a stick broken at random, and a transverse momentum."""

from __future__ import annotations

import math

from simkit.jit import kernel
from simkit.physics.elementary import exp, log
from simkit.rng import uniform

_PER_MEAN = 2.0 / math.sqrt(math.pi)


@kernel
def next_share(rng, left, sharing):
    """Return what the next of `sharing` particles takes of what is left: all divisions are equally likely."""
    if sharing <= 1:
        return left
    return left * (1.0 - exp(log(uniform(rng)) / (sharing - 1.0)))


@kernel
def sample_forward_cosine(rng, momentum, transverse):
    """Return a polar cosine, of a transverse momentum of this mean (MeV/c); any if it is too large."""
    across = transverse * _PER_MEAN * math.sqrt(-log(uniform(rng)))
    if across >= momentum:
        return 2.0 * uniform(rng) - 1.0
    return math.sqrt(1.0 - (across / momentum) * (across / momentum))


@kernel
def sample_sloped_cosine(rng, slope):
    """Return a polar cosine c of the law exp(slope c), slope > 0."""
    least = exp(-2.0 * slope)
    return max(1.0 + log(least + (1.0 - least) * uniform(rng)) / slope, -1.0)
