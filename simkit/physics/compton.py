"""Compton scattering: Klein-Nishina on free electrons, with the empirical cross section of Geant4.

Sources: Geant4 Physics Reference Manual, chapter "Compton scattering" (fit to the tables of Hubbell, Gimm and
Overbo, J. Phys. Chem. Ref. Data 9 (1980) 1023, which hold the binding of the electrons); O. Klein and
Y. Nishina, Z. Phys. 52 (1929) 853. Sampling after J. C. Butcher and H. Messel, Nucl. Phys. 20 (1960) 15.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from simkit.jit import kernel
from simkit.physics.elementary import exp, log
from simkit.rng import MOST_DRAWS, give_up, uniform
from simkit.units import ELECTRON_MASS, barn, keV

if TYPE_CHECKING:
    from simkit.materials import Material

# The published fit: P_i(Z) = Z (d_i + e_i Z + f_i Z^2), i = 1..4, in barn.
_D = np.array([2.7965e-1, -1.8300e-1, 6.7527, -1.9798e1])
_E = np.array([1.9756e-5, -1.0205e-2, -7.3913e-2, 2.7079e-2])
_F = np.array([-3.9178e-7, 6.8241e-5, 6.0480e-5, 3.0274e-4])
_A, _B, _C = 20.0, 230.0, 440.0


def cross_section_per_atom(z: int, energy: ArrayLike) -> np.ndarray:
    """Return the Compton cross section per atom (mm^2) for photons of `energy` (MeV), in its shape.

    The fit holds within 10 % from 10 to 20 keV and 5-6 % above, for Z = 1 to 100 and up to 100 GeV; below
    15 keV (40 keV for hydrogen) it is continued by a parabola in the logarithms of energy and cross section.
    """
    energy = np.asarray(energy, dtype=float)
    p1, p2, p3, p4 = z * (_D + _E * z + _F * z * z)

    def fit(e):
        x = e / ELECTRON_MASS
        return p1 * np.log(1.0 + 2.0 * x) / x + (p2 + p3 * x + p4 * x * x) / (
            1.0 + _A * x + _B * x * x + _C * x**3
        )

    lowest = 40.0 * keV if z == 1 else 15.0 * keV
    sigma = fit(np.maximum(energy, lowest))
    # the slope at the joint, from a step of 1 keV as the source prescribes
    c1 = -lowest / keV * (fit(lowest + keV) / fit(lowest) - 1.0)
    c2 = 0.150 if z == 1 else 0.375 - 0.0556 * math.log(z)
    y = np.log(np.minimum(energy, lowest) / lowest)
    return sigma * np.exp(-y * (c1 + c2 * y)) * barn


def cross_section(material: Material, energy: ArrayLike) -> np.ndarray:
    """Return the macroscopic Compton cross section (1/mm) of a material at `energy` (MeV), in its shape."""
    energy = np.asarray(energy, dtype=float)
    total = np.zeros_like(energy)
    for element, density in zip(material.elements, material.atoms_per_mm3):
        total += density * cross_section_per_atom(element.z, energy)
    return total


@kernel
def sample_compton(rng, energy):
    """Sample one scattering of a photon of `energy` (MeV) on a free electron at rest.

    Returns (photon energy, its polar cosine, electron kinetic energy, its polar cosine) relative to the
    incoming photon; the electron's azimuth is opposite to the photon's.
    """
    k = energy / ELECTRON_MASS
    lowest = 1.0 / (1.0 + 2.0 * k)
    lowest_squared = lowest * lowest
    logarithm = -log(lowest)
    # the two parts of the density (1/r + r) (1 - r sin^2 / (1 + r^2)) in r = E'/E
    inverse_part = logarithm / (logarithm + 0.5 * (1.0 - lowest_squared))
    for _ in range(MOST_DRAWS):
        if uniform(rng) < inverse_part:
            ratio = exp(-logarithm * uniform(rng))
            ratio_squared = ratio * ratio
        else:
            ratio_squared = lowest_squared + (1.0 - lowest_squared) * uniform(rng)
            ratio = math.sqrt(ratio_squared)
        one_minus_cosine = (1.0 - ratio) / (k * ratio)
        sine_squared = one_minus_cosine * (2.0 - one_minus_cosine)
        if uniform(rng) * (1.0 + ratio_squared) < 1.0 + ratio_squared - ratio * sine_squared:
            break
    else:
        give_up(rng)
    scattered = ratio * energy
    cosine = max(-1.0, 1.0 - one_minus_cosine)
    recoil = energy - scattered
    cos_electron = 0.0  # the limit for a vanishing transfer
    if recoil > 0.0:
        momentum = math.sqrt(recoil * (recoil + 2.0 * ELECTRON_MASS))
        # energy - scattered * cosine, without cancellation
        cos_electron = min(1.0, (recoil + scattered * one_minus_cosine) / momentum)
    return scattered, cosine, recoil, cos_electron
