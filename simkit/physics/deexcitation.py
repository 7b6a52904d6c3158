"""An excited nucleus: what it evaporates, and how gammas share what is left.

Energies evaporated follow e exp(-e / T), T^2 = E / a, a = A / 8 MeV (V. F. Weisskopf, Phys. Rev. 52 (1937)
295). Gammas share an energy evenly at random, which no nucleus does exactly.
"""

from __future__ import annotations

import math

from simkit.jit import kernel
from simkit.physics.elementary import exp, log
from simkit.rng import uniform
from simkit.units import NEUTRON_MASS

NUCLEONS_PER_MEV = 8.0  # A / a
_TRIES = 100


@kernel
def sample_evaporated(rng, nucleons, excitation, largest):
    """Return the energy (MeV, at most `largest`) of what a nucleus evaporates, above the barrier."""
    temperature = math.sqrt(NUCLEONS_PER_MEV * excitation / nucleons)
    for _ in range(_TRIES):
        energy = -temperature * log(uniform(rng) * uniform(rng))
        if energy < largest:
            return energy
    return largest * math.sqrt(uniform(rng))  # far below the temperature the spectrum rises linearly


@kernel
def gammas_of(excitation, each, most):
    """Return how many gammas, `most` of them at most and one for `each` (MeV), share an excitation (MeV)."""
    return min(1 + int(excitation / each), most)


@kernel
def next_share(rng, left, sharing):
    """Return what the next of `sharing` particles takes of what is left: all divisions are equally likely."""
    if sharing <= 1:
        return left
    return left * (1.0 - exp(log(uniform(rng)) / (sharing - 1.0)))


@kernel
def recoil_of_gamma(energy, mass):
    """Return what a nucleus (mass in neutron masses) takes of the transition energy (MeV) of a gamma."""
    return 0.5 * energy * energy / (mass * NEUTRON_MASS)
