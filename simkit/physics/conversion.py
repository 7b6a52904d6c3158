"""Conversion of a photon into an electron-positron pair in the field of an atom.

Cross section: fit of L. Urban to the tables of J. H. Hubbell, H. A. Gimm and I. Overbo, J. Phys. Chem. Ref.
Data 9 (1980) 1023, up to 30 GeV, and the integral of the Bethe-Heitler formula with LPM suppression above.
Energies: Bethe-Heitler with screening and Coulomb correction, LPM above 100 GeV. Angles: Urban's universal
form of Y.-S. Tsai, Rev. Mod. Phys. 49 (1977) 421. All in the Geant4 Physics Reference Manual, chapter "Gamma
Conversion into e+e- Pair".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from simkit.jit import kernel
from simkit.materials import element_by_z
from simkit.physics.elementary import exp, log
from simkit.physics.lpm import LPM_ENERGY_PER_LENGTH, suppression, xi_threshold
from simkit.physics.target_element import (
    TargetTables,
    build_target_tables,
    elements_of,
    sample_target,
)
from simkit.rng import MOST_DRAWS, give_up, uniform
from simkit.units import CLASSICAL_ELECTRON_RADIUS, ELECTRON_MASS, FINE_STRUCTURE, GeV, millibarn

if TYPE_CHECKING:
    from simkit.materials import Material

THRESHOLD = 2.0 * ELECTRON_MASS
FLAT_LIMIT = 2.0  # MeV: below, the energy is shared uniformly
COULOMB_LIMIT = 50.0  # MeV: below, no Coulomb correction in the sampling
FIT_LOWEST = 1.5  # MeV
# The fit turns down beyond 10 GeV, where the cross section still grows: at 30 GeV it lies 0.6 (argon) to 4 %
# (oxygen) below the integral, and steps up to it. So does G4PairProductionRelModel of Geant4.
FIT_HIGHEST = 30.0 * GeV
LPM_LIMIT = 100.0 * GeV
NO_LPM = math.inf  # LPM energy of a lone atom

# The published fit in powers of ln(E / m), in microbarn: coefficients of Z, Z^2 and 1.
_FIT = 1e-3 * np.array(
    [
        [8.7842e2, -1.9625e3, 1.2949e3, -2.0028e2, 1.2575e1, -2.8333e-1],
        [-1.0342e1, 1.7692e1, -8.2381, 1.3063, -9.0815e-2, 2.3586e-3],
        [-4.5263e2, 1.1161e3, -8.6749e2, 2.1773e2, -2.0467e1, 6.5372e-1],
    ]
)


def coulomb_correction(z: int) -> float:
    """Return f_c(Z) of H. Davies, H. A. Bethe and L. C. Maximon, Phys. Rev. 93 (1954) 788, to 4 digits."""
    a = (FINE_STRUCTURE * z) ** 2
    return a * (1.0 / (1.0 + a) + 0.20206 - 0.0369 * a + 0.0083 * a**2 - 0.0020 * a**3)


@kernel
def screening_functions(delta):
    """Return Bethe's phi1 and phi2 (Thomas-Fermi atom) of delta = 136 m / (Z^(1/3) E x (1 - x))."""
    if delta > 1.4:
        phi = 21.0190 - 4.145 * log(delta + 0.958)
        return phi, phi
    return 20.806 - delta * (3.190 - 0.5710 * delta), 20.234 - delta * (2.126 - 0.0903 * delta)


@kernel
def shape(fraction, energy, screening, coulomb_log, lpm_energy, s1, inverse_log_s1):
    """Return the two parts of the Bethe-Heitler spectrum of x = E_lepton / E_gamma, LPM above 100 GeV.

    d sigma / dx is proportional to 2 (1/2 - x)^2 first + second. screening = 136 / Z^(1/3), coulomb_log =
    8 (ln(Z) / 3 + f_c). Without LPM, first = 3 phi1 - phi2 - coulomb_log and second = (3 phi1 + phi2) / 2 -
    coulomb_log, each falling with the screening variable delta.
    """
    product = fraction * (1.0 - fraction)
    phi1, phi2 = screening_functions(screening * ELECTRON_MASS / (energy * product))
    if energy < LPM_LIMIT:
        return 3.0 * phi1 - phi2 - coulomb_log, 1.5 * phi1 + 0.5 * phi2 - coulomb_log
    s_prime = math.sqrt(0.125 * lpm_energy / (energy * product))
    xi, g, phi = suppression(s_prime, s1, inverse_log_s1)
    first = (2.0 * phi + g) * phi1 - g * phi2 - phi * coulomb_log
    second = (phi + 0.5 * g) * phi1 + 0.5 * g * phi2 - 0.5 * (g + phi) * coulomb_log
    return xi * first, xi * second


class ElementConstants(NamedTuple):
    """What the Bethe-Heitler spectrum needs to know of an element.

    screening = 136 / Z^(1/3); coulomb_log = 8 (ln(Z) / 3 [+ f_c above 50 MeV]) and delta_max, the screening
    variable at which the spectrum reaches zero, each low and high; s1 and inverse_log_s1 belong to xi(s').
    """

    screening: float
    coulomb_log_low: float
    coulomb_log_high: float
    delta_max_low: float
    delta_max_high: float
    s1: float
    inverse_log_s1: float


def element_constants(z: int) -> ElementConstants:
    """Return the constants of an element."""
    low = 8.0 / 3.0 * math.log(z)
    high = low + 8.0 * coulomb_correction(z)
    s1 = xi_threshold(z)
    # 42.038 - 8.29 ln(delta + 0.958), the screening function of large delta, equals coulomb_log there
    delta_max_low, delta_max_high = (math.exp((42.038 - log) / 8.29) - 0.958 for log in (low, high))
    return ElementConstants(
        136.0 / z ** (1.0 / 3.0), low, high, delta_max_low, delta_max_high, s1, 1.0 / math.log(s1)
    )


@kernel
def lowest_fraction(energy, screening, delta_max):
    """Return the smallest x = E_lepton / E_gamma: by kinematics, or where the spectrum turns negative."""
    delta_min = 4.0 * screening * ELECTRON_MASS / energy
    root = math.sqrt(max(0.0, 1.0 - delta_min / delta_max))
    # (1 - root) / 2 without cancellation
    return max(ELECTRON_MASS / energy, 0.5 * delta_min / delta_max / (1.0 + root))


@kernel
def _integrate_shape(energies, constants, lpm_energy, nodes, weights, out):
    """Put the integral of the spectrum over x, from the lowest to 1/2, at each energy into `out`.

    nodes, weights: a Gauss-Legendre rule on (0, 1), used in sqrt(x - x_lowest), where LPM spectra are smooth.
    """
    for i in range(energies.size):
        energy = energies[i]
        lowest = lowest_fraction(energy, constants.screening, constants.delta_max_high)
        width = 0.5 - lowest
        total = 0.0
        for j in range(nodes.size):
            x = lowest + width * nodes[j] * nodes[j]
            first, second = shape(
                x,
                energy,
                constants.screening,
                constants.coulomb_log_high,
                lpm_energy,
                constants.s1,
                constants.inverse_log_s1,
            )
            total += weights[j] * 2.0 * nodes[j] * (2.0 * (0.5 - x) * (0.5 - x) * first + second)
        out[i] = total * width


def _integrated_cross_section(z: int, energies: np.ndarray, lpm_energy: float) -> np.ndarray:
    """Return the cross section per atom (mm^2) in the fields of nucleus and electrons, from the spectrum.

    The electrons add eta / Z of the nucleus' cross section: eta = L'rad / (Lrad - f_c).
    """
    nodes, weights = np.polynomial.legendre.leggauss(32)
    integrals = np.empty(energies.size)
    constants = element_constants(z)
    _integrate_shape(energies, constants, lpm_energy, 0.5 * (nodes + 1.0), 0.5 * weights, integrals)
    elastic, inelastic = element_by_z(z).radiation_logarithms
    eta = inelastic / (elastic - coulomb_correction(z))
    strength = 2.0 / 3.0 * FINE_STRUCTURE * CLASSICAL_ELECTRON_RADIUS**2
    return strength * z * (z + eta) * integrals


def cross_section_per_atom(z: int, energy: ArrayLike, lpm_energy: float = NO_LPM) -> np.ndarray:
    """Return the conversion cross section per atom (mm^2) for photons of `energy` (MeV), in its shape.

    The fit agrees with the tables within 5 % (1.5 MeV to 30 GeV, Z = 1 to 98) and falls below 1.5 MeV
    with the square of the energy above threshold. lpm_energy (MeV) is the radiation length of the
    surrounding material times LPM_ENERGY_PER_LENGTH; it matters above 100 GeV only.
    """
    energy = np.asarray(energy, dtype=float)
    x = np.log(np.clip(energy, FIT_LOWEST, FIT_HIGHEST) / ELECTRON_MASS)
    linear, quadratic, constant = (np.polynomial.polynomial.polyval(x, row) for row in _FIT)
    sigma = np.maximum((z + 1.0) * (linear * z + quadratic * z * z + constant), 0.0) * millibarn
    near = np.clip((energy - THRESHOLD) / (FIT_LOWEST - THRESHOLD), 0.0, 1.0)
    sigma = np.array(sigma * near * near)
    high = energy > FIT_HIGHEST
    if high.any():
        sigma[high] = _integrated_cross_section(z, energy[high], lpm_energy)
    return sigma


def lpm_energy_of(material: Material) -> float:
    """Return the LPM energy (MeV) of a material."""
    return material.radiation_length_mm * LPM_ENERGY_PER_LENGTH


def cross_section(material: Material, energy: ArrayLike) -> np.ndarray:
    """Return the macroscopic cross section (1/mm) of a material at `energy` (MeV), in its shape."""
    energy = np.asarray(energy, dtype=float)
    total = np.zeros_like(energy)
    for element, density in zip(material.elements, material.atoms_per_mm3):
        total += density * cross_section_per_atom(element.z, energy, lpm_energy_of(material))
    return total


class ConversionTables(NamedTuple):
    """What sample_pair needs: the targets and, per row of them, the constants of the element.

    constants: float64[rows, 7] in the order of ElementConstants; lpm_energy: float64[materials] (MeV).
    """

    targets: TargetTables
    constants: np.ndarray
    lpm_energy: np.ndarray


def build_conversion_tables(materials: Sequence[Material]) -> ConversionTables:
    """Build the tables of `materials`, in their order."""

    def partial(material, element, energy):
        return cross_section_per_atom(element.z, energy, lpm_energy_of(material))

    return ConversionTables(
        build_target_tables(materials, partial),
        np.array([element_constants(element.z) for element in elements_of(materials)]),
        np.array([lpm_energy_of(material) for material in materials]),
    )


@kernel
def _sample_fraction(rng, energy, screening, coulomb_log, delta_max, lpm_energy, s1, inverse_log_s1):
    """Sample the energy of one lepton over the photon's, from the lowest fraction to 1/2."""
    lowest = lowest_fraction(energy, screening, delta_max)
    width = 0.5 - lowest
    # at 1/2, where delta is smallest, both parts of the spectrum without LPM are largest
    phi1, phi2 = screening_functions(4.0 * screening * ELECTRON_MASS / energy)
    first_max = max(0.0, 3.0 * phi1 - phi2 - coulomb_log)
    second_max = max(0.0, 1.5 * phi1 + 0.5 * phi2 - coulomb_log)
    first_share = width * width * first_max / (width * width * first_max + 1.5 * second_max)
    fraction = 0.5
    for _ in range(MOST_DRAWS):
        in_first = uniform(rng) < first_share
        chance = uniform(rng)
        fraction = 0.5 - width * exp(log(chance) * (1.0 / 3.0)) if in_first else lowest + width * chance
        first, second = shape(fraction, energy, screening, coulomb_log, lpm_energy, s1, inverse_log_s1)
        chance = uniform(rng)
        if (in_first and chance * first_max < first) or (not in_first and chance * second_max < second):
            break
    else:
        give_up(rng)
    return fraction


@kernel
def _sample_lepton_cosine(rng, energy):
    """Sample the polar cosine of a lepton of kinetic `energy` (MeV): u = theta E / m of Urban's form of Tsai.

    The density is that of u exp(-a u), a = 5/8 (one in four) or 15/8, up to the u that is backwards.
    """
    u_max = 2.0 * (1.0 + energy / ELECTRON_MASS)
    u = u_max
    for _ in range(MOST_DRAWS):
        u = -log(uniform(rng) * uniform(rng)) * 1.6
        if uniform(rng) > 0.25:
            u /= 3.0
        if u < u_max:
            break
    else:
        give_up(rng)
    scaled = u / u_max
    return 1.0 - 2.0 * scaled * scaled


@kernel
def sample_pair(rng, energy, tables, material):
    """Sample the pair of a photon of `energy` (MeV, above THRESHOLD) converting in a material.

    Returns (electron kinetic energy, its polar cosine, positron kinetic energy, its polar cosine), relative
    to the photon; the positron's azimuth is opposite to the electron's. No energy goes to the nucleus.
    """
    row = sample_target(rng, energy, tables.targets, material)
    if energy < FLAT_LIMIT:
        lowest = ELECTRON_MASS / energy
        fraction = lowest + (0.5 - lowest) * uniform(rng)
    else:
        constants = tables.constants
        high = 1 if energy > COULOMB_LIMIT else 0
        fraction = _sample_fraction(
            rng,
            energy,
            constants[row, 0],
            constants[row, 1 + high],
            constants[row, 3 + high],
            tables.lpm_energy[material],
            constants[row, 5],
            constants[row, 6],
        )
    available = energy - THRESHOLD
    electron = min(max(fraction * energy - ELECTRON_MASS, 0.0), available)
    if uniform(rng) < 0.5:
        electron = available - electron
    positron = available - electron
    cos_electron = _sample_lepton_cosine(rng, electron)
    return electron, cos_electron, positron, _sample_lepton_cosine(rng, positron)
