"""Bremsstrahlung of electrons above 1 GeV: screening, Coulomb correction and LPM suppression.

Geant4 Physics Reference Manual, chapter "Bremsstrahlung", relativistic model: Y.-S. Tsai, Rev. Mod. Phys. 46
(1974) 815 for screening, emission in the field of the electrons and the Coulomb correction; A. B. Migdal,
Phys. Rev. 103 (1956) 1811 and T. Stanev et al., Phys. Rev. D 25 (1982) 1291 for the suppression by multiple
scattering (LPM), which acts above the energy at which the medium's polarisation no longer hides it.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from simkit.materials import Element, Material
from simkit.physics.lpm import LPM_ENERGY_PER_LENGTH, migdal_functions
from simkit.units import (
    CLASSICAL_ELECTRON_RADIUS,
    ELECTRON_MASS,
    FINE_STRUCTURE,
    REDUCED_COMPTON_WAVELENGTH,
)

# Radiation logarithms (elastic, inelastic) of H, He, Li, Be, by the Dirac-Fock model of the atom (Geant4
# Physics Reference Manual, same chapter); above, Thomas-Fermi.
LIGHT_RADIATION_LOGARITHMS = ((5.3104, 5.9173), (4.7935, 5.6125), (4.7402, 5.5377), (4.7112, 5.4728))
_LARGEST_S = 2.0


def density_factor(material: Material) -> float:
    """Return (k_p / E)^2, dimensionless, of the Ter-Mikaelian suppression 1 / (1 + k_p^2 / k^2).

    E is the electron's total energy: 4 pi r_e lambda^2 n_e with the reduced Compton wavelength.
    """
    return (
        4.0 * np.pi * CLASSICAL_ELECTRON_RADIUS * REDUCED_COMPTON_WAVELENGTH**2 * material.electrons_per_mm3
    )


def spectrum_per_volume(
    material: Material, energy: NDArray[np.float64], photon: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return k dSigma/dk (1/mm) without the dielectric factor, shape (n, m).

    energy: kinetic (MeV), shape (n,), above some 50 MeV; photon: k (MeV), shape (n, m). The same for
    positrons.
    """
    total = (energy + ELECTRON_MASS)[:, None]
    y = photon / total
    lpm_energy = LPM_ENERGY_PER_LENGTH * material.radiation_length_mm
    suppressed = total[:, 0] > np.sqrt(density_factor(material)) * lpm_energy
    spectrum = np.zeros_like(y)
    if suppressed.any():
        rows = suppressed
        dielectric = 1.0 + density_factor(material) * (total[rows] / photon[rows]) ** 2
        s_prime = np.sqrt(0.125 * y[rows] * lpm_energy / ((1.0 - y[rows]) * total[rows]))
        for element, density in zip(material.elements, material.atoms_per_mm3):
            spectrum[rows] += density * element.z**2 * _with_lpm(element, y[rows], s_prime, dielectric)
    if not suppressed.all():
        rows = ~suppressed
        for element, density in zip(material.elements, material.atoms_per_mm3):
            spectrum[rows] += density * element.z**2 * _without_lpm(element, y[rows], total[rows])
    return 16.0 / 3.0 * FINE_STRUCTURE * CLASSICAL_ELECTRON_RADIUS**2 * np.maximum(spectrum, 0.0)


def _radiation_logarithm(element: Element) -> float:
    """Return the logarithm of complete screening, the electrons' field included and Coulomb corrected."""
    z = element.z
    if z <= len(LIGHT_RADIATION_LOGARITHMS):
        elastic, inelastic = LIGHT_RADIATION_LOGARITHMS[z - 1]
    else:
        elastic, inelastic = np.log(184.15) - np.log(z) / 3.0, np.log(1194.0) - 2.0 * np.log(z) / 3.0
    return elastic - element.coulomb_correction + inelastic / z


def _without_lpm(element: Element, y: NDArray[np.float64], total: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the bracket of the cross section with Tsai's fits to the Thomas-Fermi screening functions."""
    z = element.z
    shape = 1.0 - y + 0.75 * y**2
    if z <= len(LIGHT_RADIATION_LOGARITHMS):
        return shape * _radiation_logarithm(element) + (1.0 - y) * (1.0 + 1.0 / z) / 12.0
    ln_z = np.log(z)
    gamma = 100.0 * ELECTRON_MASS / z ** (1.0 / 3.0) * y / (total * (1.0 - y))
    epsilon = gamma / z ** (1.0 / 3.0)
    phi1 = (
        16.863
        - 2.0 * np.log(1.0 + 0.311877 * gamma**2)
        + 2.4 * np.exp(-0.9 * gamma)
        + 1.6 * np.exp(-1.5 * gamma)
    )
    psi1 = (
        24.34
        - 2.0 * np.log(1.0 + 13.111641 * epsilon**2)
        + 2.8 * np.exp(-8.0 * epsilon)
        + 1.2 * np.exp(-29.2 * epsilon)
    )
    phi1_minus_phi2 = 2.0 / (3.0 + 19.5 * gamma + 18.0 * gamma**2)
    psi1_minus_psi2 = 2.0 / (3.0 + 120.0 * epsilon + 1200.0 * epsilon**2)
    nucleus = 0.25 * phi1 - ln_z / 3.0 - element.coulomb_correction
    electrons = 0.25 * psi1 - 2.0 * ln_z / 3.0
    return shape * (nucleus + electrons / z) + 0.125 * (1.0 - y) * (phi1_minus_phi2 + psi1_minus_psi2 / z)


def _with_lpm(
    element: Element, y: NDArray[np.float64], s_prime: NDArray[np.float64], dielectric: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the bracket with complete screening and LPM suppression; `dielectric` = 1 + (k_p / k)^2."""
    s1 = element.z ** (2.0 / 3.0) / 184.15**2
    strong = 1.0 / np.log(np.sqrt(2.0) * s1)
    h = np.log(np.maximum(s_prime, 1e-300)) * strong
    xi = 1.0 + h - 0.08 * (1.0 - h) * h * (2.0 - h) * strong
    xi = np.where(s_prime > 1.0, 1.0, np.where(s_prime > np.sqrt(2.0) * s1, xi, 2.0))
    s = s_prime / np.sqrt(xi) * dielectric
    xi = np.where(s > 1.0, 1.0, np.where(s > s1, 1.0 + np.log(np.maximum(s, 1e-300)) / np.log(s1), 2.0))
    g, phi = _lpm_functions(s)
    # Migdal's xi is approximate: suppression must not enhance
    xi = np.where((xi * phi > 1.0) | (s > 0.57), 1.0 / phi, xi)
    half = 0.25 * y**2
    suppressed = xi * (half * g + (1.0 - y + 2.0 * half) * phi)
    return suppressed * _radiation_logarithm(element) + (1.0 - y) * (1.0 + 1.0 / element.z) / 12.0


@cache
def _lpm_table() -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    s = np.linspace(0.0, _LARGEST_S, 201)
    g, phi = migdal_functions(s)
    return s, g, phi


def _lpm_functions(s: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    nodes, g, phi = _lpm_table()
    inverse = np.maximum(s, _LARGEST_S) ** -4
    small = s < _LARGEST_S
    return (
        np.where(small, np.interp(s, nodes, g), 1.0 - 0.0230655 * inverse),
        np.where(small, np.interp(s, nodes, phi), 1.0 - 0.01190476 * inverse),
    )
