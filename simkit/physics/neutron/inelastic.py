"""Inelastic scattering of a neutron: it leaves the nucleus in a level or, with more energy, in the continuum.

Among the levels in reach, each is as likely. From 1 MeV above the last one the neutron evaporates, in the
centre of mass (simkit.physics.deexcitation). One in five leaves before the energy is shared in the nucleus
(J. J. Griffin, Phys. Rev. Lett. 17 (1966) 478), here with any energy alike. On nuclei lighter than neon there
are only the levels. Isotropic in the centre of mass.
"""

from __future__ import annotations

import math

from simkit.jit import kernel
from simkit.physics.deexcitation import sample_evaporated
from simkit.rng import uniform

LEVELS = 4  # that a nucleus has at most
CONTINUUM = 1.0  # MeV above the last level
LIGHT = 19.0  # neutron masses, up to which there is no continuum
PREEQUILIBRIUM = 0.2
MEV_PER_GAMMA, MOST_GAMMAS = 2.5, 4  # of a cascade from the continuum


@kernel
def sample_continuum(rng, nucleons, excitation, largest):
    """Return the energy (MeV, at most `largest`) of the first neutron out of the continuum."""
    if uniform(rng) < PREEQUILIBRIUM:
        return largest * uniform(rng)
    return sample_evaporated(rng, nucleons, excitation, largest)


@kernel
def sample_level(rng, nuclei, couple, element, first, count, available):
    """Return the energy (MeV) of one of the levels that stand in nuclei[couple, element, first:] in reach."""
    open_levels = 0
    for i in range(count):
        if nuclei[couple, element, first + i] < available:
            open_levels = i + 1
    chosen = int(uniform(rng) * open_levels)
    return nuclei[couple, element, first + min(chosen, max(open_levels - 1, 0))]


@kernel
def leave_excited(rng, energy, mass, excitation):
    """Return (energy after (MeV), cosine) of a neutron that leaves the nucleus so much excited (MeV)."""
    centre = math.sqrt(energy) / (mass + 1.0)  # speeds in units of the square root of MeV
    available = energy * mass / (mass + 1.0) - excitation
    speed = math.sqrt(max(available, 0.0) * mass / (mass + 1.0))
    cosine = 2.0 * uniform(rng) - 1.0
    after = centre * centre + speed * speed + 2.0 * centre * speed * cosine
    if after <= 0.0:
        return 0.0, 1.0
    return after, min(max((centre + speed * cosine) / math.sqrt(after), -1.0), 1.0)
