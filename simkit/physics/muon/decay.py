"""Decay of a muon into an electron and two neutrinos.

The electron's spectrum at rest is Michel's with rho = 3/4 (L. Michel, Proc. Phys. Soc. A 63 (1950) 514),
without radiative corrections; muons are taken as unpolarised. A decay in the orbit of an atom is taken as
free.
"""

from __future__ import annotations

import math

from simkit.jit import kernel
from simkit.rng import MOST_DRAWS, give_up, uniform
from simkit.units import ELECTRON_MASS, MUON_MASS

LARGEST_ENERGY = 0.5 * (MUON_MASS + ELECTRON_MASS * ELECTRON_MASS / MUON_MASS)
"""Largest total energy (MeV) of the electron of a muon at rest."""


@kernel
def sample_michel(rng):
    """Return the total energy (MeV) of the electron of a muon at rest."""
    x = 1.0
    for _ in range(MOST_DRAWS):
        x = uniform(rng)
        if uniform(rng) < x * x * (3.0 - 2.0 * x):
            break
    else:
        give_up(rng)
    return max(x * LARGEST_ENERGY, ELECTRON_MASS)


@kernel
def sample_decay(rng, energy):
    """Return (kinetic energy, polar cosine) of the electron of a muon of kinetic `energy` (MeV)."""
    at_rest = sample_michel(rng)
    cosine = 2.0 * uniform(rng) - 1.0
    momentum = math.sqrt((at_rest - ELECTRON_MASS) * (at_rest + ELECTRON_MASS))
    gamma = energy / MUON_MASS + 1.0
    moving = math.sqrt(gamma * gamma - 1.0)  # beta gamma
    along = gamma * momentum * cosine + moving * at_rest
    across2 = momentum * momentum * max(1.0 - cosine * cosine, 0.0)
    total = gamma * at_rest + moving * momentum * cosine
    length = math.sqrt(along * along + across2)
    if length <= 0.0:
        return 0.0, 1.0
    return max(total - ELECTRON_MASS, 0.0), max(min(along / length, 1.0), -1.0)
