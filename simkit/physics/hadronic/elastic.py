"""Elastic scattering of a hadron on a nucleus: exp(-b t), b = 14.5 A^(2/3) GeV^-2 (t: momentum transfer).

On a proton b falls to zero with the energy, which makes it isotropic in the centre of mass.
"""

from __future__ import annotations

import math

from simkit.jit import kernel
from simkit.physics.elementary import exp, log
from simkit.rng import uniform


@kernel
def sample_elastic(rng, energy, mass, target_mass, slope, rise):
    """Return (energy given to the nucleus (MeV), cosine) of a hadron of kinetic `energy` and `mass` (MeV).

    target_mass: MeV; slope: b in 1/MeV^2 at high energy; rise: energy (MeV) where it is half of that.
    """
    slope *= max(energy, 1e-3) / (max(energy, 1e-3) + rise)
    p2 = energy * (energy + 2.0 * mass)
    total = energy + mass + target_mass
    centre2 = p2 * target_mass * target_mass / (total * total - p2)  # momentum squared in the centre of mass
    largest = 4.0 * centre2
    transfer = min(-log(1.0 - uniform(rng) * (1.0 - exp(-slope * largest))) / slope, largest)
    given = min(0.5 * transfer / target_mass, energy)
    after = energy - given
    q2 = after * (after + 2.0 * mass)
    if q2 <= 0.0:
        return given, 1.0
    # of the momentum transfer: t = (p - q)^2 - (energy given)^2
    cosine = (p2 + q2 - given * given - transfer) / (2.0 * math.sqrt(p2 * q2))
    return given, max(min(cosine, 1.0), -1.0)
