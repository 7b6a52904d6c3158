"""Ionisation by a particle heavier than the electron: loss below the production threshold, delta rays above.

Bethe's formula, restricted to small transfers, with the density effect and Barkas and Berger's shell
correction. Sources: Geant4 Physics Reference Manual, chapters "Hadron and ion ionization" and "Muon
ionization"; D. E. Groom, N. V. Mokhov, S. I. Striganov, At. Data Nucl. Data Tables 78 (2001) 183; W. H.
Barkas and M. J. Berger, NASA SP-3013 (1964) for the shell correction; S. R. Kelner, R. P. Kokoulin, A. A.
Petrukhin, Phys. At. Nucl. 60 (1997) 576 for the radiative correction. Target electrons are free and at rest.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simkit.jit import kernel
from simkit.materials import Material
from simkit.physics.bremsstrahlung.spectrum import gauss_legendre
from simkit.physics.elementary import log
from simkit.rng import MOST_DRAWS, give_up, uniform
from simkit.units import BOHR_RADIUS, ELECTRON_MASS, FINE_STRUCTURE, HBAR_C, TWO_PI_RE2_ME, eV

_LOWEST_BETA_GAMMA = 0.13  # of Barkas and Berger's shell correction: 0.9 MeV of a muon, 8 MeV of a proton
_N_NODES = 24
_NODES, _WEIGHTS = gauss_legendre(_N_NODES)
_PER_RADIATION = FINE_STRUCTURE / (2.0 * math.pi)


def largest_transfer(energy: ArrayLike, mass: float) -> NDArray[np.float64]:
    """Return the largest kinetic energy of a delta ray (MeV); energy: kinetic (MeV), mass: MeV."""
    gamma = np.asarray(energy, dtype=float) / mass + 1.0
    ratio = ELECTRON_MASS / mass
    return 2.0 * ELECTRON_MASS * (gamma**2 - 1.0) / (1.0 + ratio * (2.0 * gamma + ratio))


def restricted_dedx(
    material: Material,
    energy: ArrayLike,
    cut: float,
    mass: float,
    charge: int,
    radiates: bool,
    spin: float = 0.5,
) -> NDArray[np.float64]:
    """Return the loss to transfers below `cut` (MeV), in MeV/mm, for kinetic energies (MeV), in their shape.

    mass: MeV; charge: in e; spin: 1/2, or 0 (pions, kaons). radiates: with the photons that collisions with
    electrons radiate (muons). Below beta gamma = 0.13 the loss follows Varelas and Biersack: Bethe's shape
    and, in the end, Lindhard and Scharff's velocity, joined to the formula above.
    """
    energy = np.asarray(energy, dtype=float)
    join = mass * (math.hypot(1.0, _LOWEST_BETA_GAMMA) - 1.0)
    dedx = _bethe(material, np.maximum(energy, join), cut, mass, charge, radiates, spin)
    low = _slow(material, np.minimum(energy, join), mass, charge)
    return dedx * low / _slow(material, np.array(join), mass, charge)


def _bethe(
    material: Material,
    energy: NDArray[np.float64],
    cut: float,
    mass: float,
    charge: int,
    radiates: bool,
    spin: float,
) -> NDArray[np.float64]:
    beta_gamma2, beta2 = _velocity(energy, mass)
    most = largest_transfer(energy, mass)
    limit = np.minimum(cut, most)
    stopping = np.log(2.0 * ELECTRON_MASS * beta_gamma2 * limit / material.mean_excitation_MeV**2)
    stopping -= beta2 * (1.0 + limit / most)
    stopping -= material.density_correction(0.5 * np.log10(beta_gamma2))
    stopping -= 2.0 * _shell_correction(material, beta_gamma2)
    stopping += 0.5 * spin * (limit / (energy + mass)) ** 2
    if radiates:
        nodes = limit[..., None] * np.exp(-12.0 * _NODES)
        extra = _shape(nodes, energy[..., None], mass) * _radiation(nodes, energy[..., None], mass)
        stopping += 12.0 * (extra @ _WEIGHTS)
    return TWO_PI_RE2_ME * material.electrons_per_mm3 * charge**2 * stopping / beta2


def _velocity(energy: NDArray[np.float64], mass: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (beta gamma)^2 and beta^2."""
    beta_gamma2 = energy * (energy + 2.0 * mass) / mass**2
    return beta_gamma2, beta_gamma2 / (1.0 + beta_gamma2)


def _shell_correction(material: Material, beta_gamma2: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return C / Z, mean over the electrons, from the material's mean excitation energy."""
    x = 1.0 / beta_gamma2
    i_eV = material.mean_excitation_MeV / eV
    shells = 1e-6 * i_eV**2 * x * (0.422377 + x * (0.0304043 - x * 0.00038106))
    shells += 1e-9 * i_eV**3 * x * (3.858019 + x * (-0.1667989 + x * 0.00157955))
    per_electron: float = material.atoms_per_mm3.sum() / material.electrons_per_mm3
    return shells * per_electron


def _slow(material: Material, energy: NDArray[np.float64], mass: float, charge: int) -> NDArray[np.float64]:
    """Return a loss of the right shape at low velocity (MeV/mm): 1 / S = 1 / S_low + 1 / S_high."""
    beta_gamma2, beta2 = _velocity(energy, mass)
    fast = 2.0 * ELECTRON_MASS * beta_gamma2 / material.mean_excitation_MeV
    high = 2.0 * TWO_PI_RE2_ME * material.electrons_per_mm3 * charge**2 * np.log1p(fast) / beta2
    z, z1 = material.z, abs(charge)
    per_atom = z1 ** (7.0 / 6.0) * z / (z1 ** (2.0 / 3.0) + z ** (2.0 / 3.0)) ** 1.5
    low = 8.0 * math.pi * HBAR_C * BOHR_RADIUS * (material.atoms_per_mm3 @ per_atom) * np.sqrt(beta2)
    return high * low / (high + low)


def _shape(transfer: NDArray[np.float64], energy: NDArray[np.float64], mass: float) -> NDArray[np.float64]:
    """Return T^2 dsigma/dT over that of Rutherford, for spin 1/2."""
    _, beta2 = _velocity(energy, mass)
    most = largest_transfer(energy, mass)
    return 1.0 - beta2 * transfer / most + 0.5 * (transfer / (energy + mass)) ** 2


def _radiation(
    transfer: NDArray[np.float64], energy: NDArray[np.float64], mass: float
) -> NDArray[np.float64]:
    """Return by what part the photons radiated in collisions of a transfer raise their cross section."""
    total = energy + mass
    hard = np.log1p(2.0 * transfer / ELECTRON_MASS)
    rest = np.log(4.0 * total * np.maximum(total - transfer, mass) / mass**2) - hard
    return _PER_RADIATION * hard * np.maximum(rest, 0.0)


def cross_section(
    material: Material,
    energy: ArrayLike,
    cut: float,
    mass: float,
    charge: int,
    radiates: bool,
    spin: float = 0.5,
) -> NDArray[np.float64]:
    """Return the cross section (1/mm) for delta rays above `cut` (MeV); arguments as `restricted_dedx`."""
    energy = np.asarray(energy, dtype=float)
    most = largest_transfer(energy, mass)
    reachable = most > cut
    _, beta2 = _velocity(np.where(reachable, energy, mass), mass)
    most = np.where(reachable, most, 2.0 * cut)
    per_electron = (1.0 / cut - 1.0 / most) - beta2 / most * np.log(most / cut)
    per_electron += spin * (most - cut) / (energy + mass) ** 2
    if radiates:
        # T^2 dsigma/dT is integrated in 1 / T
        nodes = 1.0 / (1.0 / most[..., None] + (1.0 / cut - 1.0 / most[..., None]) * _NODES**2)
        extra = _shape(nodes, energy[..., None], mass) * _radiation(nodes, energy[..., None], mass)
        per_electron += (1.0 / cut - 1.0 / most) * ((extra * 2.0 * _NODES) @ _WEIGHTS)
    sigma = TWO_PI_RE2_ME * charge**2 / beta2 * per_electron
    return np.where(reachable, material.electrons_per_mm3 * sigma, 0.0)


@kernel
def largest_delta(energy, mass):
    """Return the largest kinetic energy of a delta ray (MeV)."""
    gamma = energy / mass + 1.0
    ratio = ELECTRON_MASS / mass
    beta_gamma2 = energy * (energy + 2.0 * mass) / (mass * mass)
    return 2.0 * ELECTRON_MASS * beta_gamma2 / (1.0 + ratio * (2.0 * gamma + ratio))


@kernel
def sample_delta(rng, energy, cut, mass, radiates, spin):
    """Sample a delta ray above `cut` (MeV) made by a particle of kinetic `energy` and `mass` (MeV).

    Returns (its kinetic energy in MeV, its polar cosine); (0, 1), which is no collision, if the cut is out of
    reach. 1 / T^2 is drawn, the rest of the cross section rejects. radiates, spin: as in `cross_section`.
    """
    most = largest_delta(energy, mass)
    if most <= cut:
        return 0.0, 1.0
    total = energy + mass
    p2 = energy * (energy + 2.0 * mass)
    beta2 = p2 / (total * total)
    highest = 1.0
    largest = 0.0
    if radiates:
        largest = 2.0 * log(2.0 * total / mass)
        highest = 1.0 + 0.25 * _PER_RADIATION * largest * largest
    highest *= 1.0 + spin * (most / total) * (most / total)
    transfer = cut
    for _ in range(MOST_DRAWS):
        transfer = most * cut / (cut + (most - cut) * uniform(rng))
        share = transfer / total
        weight = 1.0 - beta2 * transfer / most + spin * share * share
        if radiates:
            hard = log(1.0 + 2.0 * transfer / ELECTRON_MASS)
            rest = largest + log(max(1.0 - share, mass / total)) - hard
            weight *= 1.0 + _PER_RADIATION * hard * max(rest, 0.0)
        if highest * uniform(rng) <= weight:
            break
    else:
        give_up(rng)
    momentum = math.sqrt(transfer * (transfer + 2.0 * ELECTRON_MASS))
    return transfer, min(transfer * (total + ELECTRON_MASS) / (momentum * math.sqrt(p2)), 1.0)
