"""Direct production of e+e- pairs by muons.

Sources: R. P. Kokoulin and A. A. Petrukhin, Proc. 12th ICRC (Hobart, 1971) 6, 2436; S. R. Kelner, Phys. At.
Nucl. 61 (1998) 448 for pairs made on electrons; as in the Geant4 Physics Reference Manual, "Positron-electron
pair production by muons". Valid from 1 GeV to 10 PeV; below, where the loss is a thousandth, a continuation.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from simkit.jit import kernel
from simkit.materials import Material
from simkit.physics.bremsstrahlung.spectrum import gauss_legendre
from simkit.rng import uniform
from simkit.units import CLASSICAL_ELECTRON_RADIUS, ELECTRON_MASS, FINE_STRUCTURE, MUON_MASS

LEAST_PAIR = 4.0 * ELECTRON_MASS
"""Total energy (MeV) from which on pairs are made."""

_SQRT_E = math.sqrt(math.e)
_MASS_RATIO = MUON_MASS / ELECTRON_MASS
_PREFACTOR = 4.0 / (3.0 * math.pi) * (FINE_STRUCTURE * CLASSICAL_ELECTRON_RADIUS) ** 2  # mm^2
_NODES, _WEIGHTS = gauss_legendre(8)


def largest_pair(material: Material, energy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the largest total energy (MeV) of a pair by muons of kinetic energies (MeV)."""
    z = float(min(material.z))
    return energy + MUON_MASS - 0.75 * _SQRT_E * MUON_MASS * z ** (1.0 / 3.0)


def pair_spectrum(
    material: Material, energy: NDArray[np.float64], pair: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return dsigma/dE (1/(mm MeV)) for kinetic energies, and total energies of the pair (MeV)."""
    shape = np.broadcast_shapes(np.shape(energy), np.shape(pair))
    energies = np.broadcast_to(energy, shape) + MUON_MASS
    pairs = np.broadcast_to(pair, shape)
    spectrum = np.zeros(shape)
    for element, density in zip(material.elements, material.atoms_per_mm3):
        z = float(element.z)
        rest = energies - pairs
        allowed = (pairs > LEAST_PAIR) & (rest > 0.75 * _SQRT_E * MUON_MASS * z ** (1.0 / 3.0))
        total, made = energies[allowed], pairs[allowed]
        screening = 202.4 if element.z == 1 else 183.0
        atom = z * (z + _on_electrons(element.z, total))
        v = made / total
        spectrum[allowed] += density * atom * _over_asymmetry(z, screening, total, v) * (1.0 - v) / made
    return _PREFACTOR * spectrum


def _on_electrons(z: int, total: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what atomic electrons make of pairs, over what a proton makes."""
    g1, g2 = (4.4e-5, 4.8e-5) if z == 1 else (1.95e-5, 5.30e-5)
    gamma = total / MUON_MASS
    above = 0.073 * np.log(gamma / (1.0 + g1 * z ** (2.0 / 3.0) * gamma)) - 0.26
    below = 0.058 * np.log(gamma / (1.0 + g2 * z ** (1.0 / 3.0) * gamma)) - 0.14
    return np.where((above > 0.0) & (gamma > 35.0), above / np.where(below > 0.0, below, 1.0), 0.0)


def _over_asymmetry(
    z: float, screening: float, total: NDArray[np.float64], v: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the integral of the two terms over rho, the asymmetry of the pair's energies."""
    rho_most = (1.0 - 6.0 * (MUON_MASS / total) ** 2 / (1.0 - v)) * np.sqrt(1.0 - LEAST_PAIR / (v * total))
    ends = np.log1p(-np.maximum(rho_most, 0.0))[:, None]
    one_less = np.exp(ends * _NODES)  # 1 - rho, evenly in its logarithm
    rho2 = (1.0 - one_less) ** 2
    v, total = v[:, None], total[:, None]
    beta = 0.5 * v**2 / (1.0 - v)
    xi = 0.25 * (_MASS_RATIO * v) ** 2 * (1.0 - rho2) / (1.0 - v)
    z13 = z ** (1.0 / 3.0)
    log_xi = np.log(3.0 + 1.0 / xi)

    electron = 5.0 - rho2 + 4.0 * beta * (1.0 + rho2)
    electron /= 2.0 * (1.0 + 3.0 * beta) * log_xi - rho2 - 2.0 * beta * (2.0 - rho2)
    muon = 4.0 + rho2 + 3.0 * beta * (1.0 + rho2)
    muon /= (1.0 + rho2) * (1.5 + 2.0 * beta) * np.log(3.0 + xi) + 1.0 - 1.5 * rho2
    recoil = 2.0 * ELECTRON_MASS * _SQRT_E * screening / (z13 * total * v * (1.0 - rho2))

    x = (1.0 + xi) * (1.0 + electron)
    log_e = np.log(screening / z13 * np.sqrt(x) / (1.0 + recoil * x))
    log_e -= 0.5 * np.log1p((1.5 * z13 / _MASS_RATIO) ** 2 * x)
    b_e = ((2.0 + rho2) * (1.0 + beta) + xi * (3.0 + rho2)) * np.log1p(1.0 / xi)
    b_e += (1.0 - rho2 - beta) / (1.0 + xi) - (3.0 + rho2)
    b_e = np.where(xi > 1e3, 0.5 / xi * (3.0 - rho2 + 2.0 * beta * (1.0 + rho2)), b_e)

    x = (1.0 + xi) * (1.0 + muon)
    log_mu = np.log(screening * _MASS_RATIO / (1.5 * z13**2 * (1.0 + recoil * x)))
    b_mu = ((1.0 + rho2) * (1.0 + 1.5 * beta) - (1.0 + 2.0 * beta) * (1.0 - rho2) / xi) * np.log1p(xi)
    b_mu += xi * (1.0 - rho2 - beta) / (1.0 + xi) + (1.0 + 2.0 * beta) * (1.0 - rho2)
    b_mu = np.where(xi < 1e-3, 0.5 * xi * (5.0 - rho2 + beta * (3.0 + rho2)), b_mu)

    terms = np.maximum(b_e * log_e, 0.0) + np.maximum(b_mu * log_mu, 0.0) / _MASS_RATIO**2
    integral: NDArray[np.float64] = -ends[:, 0] * ((terms * one_less) @ _WEIGHTS)
    return np.where(rho_most > 0.0, integral, 0.0)


@kernel
def sample_asymmetry(rng, energy, pair):
    """Return (E+ - E-) / E of a pair of total energy `pair` made by a muon of kinetic `energy` (MeV).

    Taken as flat within its bounds, as Geant4 does.
    """
    total = energy + MUON_MASS
    most = 1.0 - 6.0 * MUON_MASS * MUON_MASS / (total * max(total - pair, MUON_MASS))
    most = max(most, 0.0) * math.sqrt(max(1.0 - 4.0 * ELECTRON_MASS / pair, 0.0))
    return most * (2.0 * uniform(rng) - 1.0)
