"""How particles leave a collision: by a transverse momentum, or by a slope in the cosine."""

from __future__ import annotations

import math

from simkit.jit import kernel
from simkit.physics.elementary import exp, log
from simkit.rng import uniform

_PER_MEAN = 2.0 / math.sqrt(math.pi)


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
