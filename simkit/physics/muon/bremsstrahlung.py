"""Bremsstrahlung of muons on nuclei and atomic electrons.

Sources: S. R. Kelner, R. P. Kokoulin, A. A. Petrukhin, MEPhI preprint 024-95 (1995) and Phys. At. Nucl. 60
(1997) 576, as in D. E. Groom, N. V. Mokhov, S. I. Striganov, At. Data Nucl. Data Tables 78 (2001) 183 and the
Geant4 Physics Reference Manual, "Muon bremsstrahlung". Valid for kinetic energies from 1 GeV to 10 PeV;
below, where the loss is a thousandth, it is a continuation.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from simkit.jit import kernel
from simkit.materials import Material
from simkit.rng import uniform
from simkit.units import CLASSICAL_ELECTRON_RADIUS, ELECTRON_MASS, FINE_STRUCTURE, MUON_MASS

_SQRT_E = math.sqrt(math.e)
_MASS_RATIO = MUON_MASS / ELECTRON_MASS
_PREFACTOR = 16.0 / 3.0 * FINE_STRUCTURE * (CLASSICAL_ELECTRON_RADIUS / _MASS_RATIO) ** 2  # mm^2


def photon_spectrum(
    material: Material, energy: NDArray[np.float64], photon: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return dsigma/dk (1/(mm MeV)) for kinetic energies and photon energies (MeV) that broadcast."""
    total = energy + MUON_MASS
    v = np.minimum(photon / total, 1.0 - MUON_MASS / total)
    delta = 0.5 * MUON_MASS**2 * v / (total - v * total)
    summed = np.zeros(np.broadcast_shapes(np.shape(energy), np.shape(photon)))
    for element, density in zip(material.elements, material.atoms_per_mm3):
        z = float(element.z)
        nucleus, electrons = (202.4, 446.0) if element.z == 1 else (182.7, 1429.0)
        size = 1.54 * element.a_g_mol**0.27
        if element.z > 1:
            size **= 1.0 - 1.0 / z  # excitation of the nucleus adds what its size takes
        reach = nucleus * z ** (-1.0 / 3.0)
        screened = ELECTRON_MASS + delta * _SQRT_E * reach
        coherent = np.log(reach * (MUON_MASS + delta * (size * _SQRT_E - 2.0)) / (size * screened))
        reach = electrons * z ** (-2.0 / 3.0)
        screened = (1.0 + delta * _MASS_RATIO / (ELECTRON_MASS * _SQRT_E)) * (
            ELECTRON_MASS + delta * _SQRT_E * reach
        )
        atomic = np.log(reach * MUON_MASS / screened)
        largest = total / (1.0 + 0.5 * MUON_MASS * _MASS_RATIO / total)
        atomic = np.where(v * total < largest, np.maximum(atomic, 0.0), 0.0)
        summed += density * z * (z * np.maximum(coherent, 0.0) + atomic)
    return _PREFACTOR * summed * (1.0 - v * (1.0 - 0.75 * v)) / (v * total)


@kernel
def sample_cosine(rng, energy, emitted):
    """Return the cosine of the angle of what a muon of kinetic `energy` emits with energy `emitted` (MeV).

    x dx / (1 + x^2)^2 in x = gamma theta, up to where the muon's own transverse momentum allows (Geant4
    Physics Reference Manual, "Muon bremsstrahlung").
    """
    gamma = 1.0 + energy / MUON_MASS
    largest = gamma * min(1.0, (energy + MUON_MASS) / emitted - 1.0)
    share = uniform(rng) * largest * largest / (1.0 + largest * largest)
    theta = math.sqrt(share / (1.0 - share)) / gamma
    return max(1.0 - 0.5 * theta * theta, -1.0)
