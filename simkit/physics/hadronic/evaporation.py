"""An excited nucleus evaporates neutrons and charged fragments one after the other, and ends with gammas.

Energies follow e exp(-e / T), T^2 = E / a, a = A / 8 MeV (V. F. Weisskopf, Phys. Rev. 52 (1937) 295), those
of charged fragments above the Coulomb barrier. A fragment is counted as one proton.
"""

from __future__ import annotations

import math

from simkit.jit import kernel
from simkit.physics.elementary import exp, log
from simkit.rng import uniform

_NUCLEONS_PER_MEV = 8.0  # A / a
_TRIES = 100


@kernel
def fragment_probability(model, barrier):
    """Return the probability that what is evaporated is charged; barrier: MeV."""
    return exp(-barrier / model.fragments)


@kernel
def sample_evaporated(rng, nucleons, excitation, largest):
    """Return the energy (MeV, at most `largest`) of what a nucleus evaporates, above the barrier."""
    temperature = math.sqrt(_NUCLEONS_PER_MEV * excitation / nucleons)
    for _ in range(_TRIES):
        energy = -temperature * log(uniform(rng) * uniform(rng))
        if energy < largest:
            return energy
    return largest * math.sqrt(uniform(rng))  # far below the temperature the spectrum rises linearly


@kernel
def gammas_of(model, excitation):
    """Return how many gammas share what excitation (MeV) is left."""
    return min(1 + int(excitation / model.gamma), int(model.most_gammas))
