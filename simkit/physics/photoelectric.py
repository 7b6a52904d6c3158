"""Photoelectric absorption: tabulated cross section, electron from the innermost open shell.

Sources: cross sections and shell energies from xraylib (T. Schoonjans et al., Spectrochim. Acta B 66 (2011)
776); above its tables the form of F. Biggs and R. Lighthill, SAND87-0070 (1990), a/E + b/E^2 + c/E^3 + d/E^4.
Angle: F. Sauter, Ann. Phys. 11 (1931) 454 for the K shell, sampled as in the PENELOPE manual (NEA, 2014),
section 2.2. Choice of the shell as in the Geant4 Physics Reference Manual, chapter "PhotoElectric effect".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from simkit.errors import BadInput
from simkit.jit import kernel
from simkit.physics.target_element import TargetTables, build_target_tables, elements_of, sample_target
from simkit.rng import MOST_DRAWS, give_up, uniform
from simkit.units import CLASSICAL_ELECTRON_RADIUS, ELECTRON_MASS, FINE_STRUCTURE, barn, keV

if TYPE_CHECKING:
    from simkit.materials import Material

HEAVIEST = 98  # the last element xraylib knows
LOWEST_ENERGY = 0.1 * keV  # of xraylib's tables; the cross section is constant below
FORWARD_ABOVE = 100.0  # MeV: the electron follows the photon
# MeV. xraylib's tables end at 0.8 MeV for the lightest elements, and their splines bend up before: continued
# from there, oxygen and argon come out 4 % above Biggs and Lighthill at 1 MeV.
JOINT = 0.55


def _tabulated(z: int, energy: np.ndarray) -> np.ndarray:
    """Return xraylib's cross section per atom (mm^2); energy (MeV): 1-d, within the tables."""
    import xraylib_np  # imported here: it takes 0.2 s, which commands that build no tables need not pay

    return xraylib_np.CSb_Photo(np.array([z]), np.ascontiguousarray(energy) / keV)[0] * barn


@cache
def _continuation(z: int) -> np.ndarray:
    """Return the coefficients (mm^2 MeV^k, k = 1..4) of the cross section above JOINT.

    The first is the limit at high energy: 3/2 sigma_T (alpha Z)^5 / alpha m / E of the Born approximation,
    times a correction that follows the coefficients of Biggs and Lighthill for Z = 6 to 92 within 4 %
    (1.6 % rms). The others are fitted to the tables between 0.4 MeV and the joint.
    """
    charge = FINE_STRUCTURE * z
    born = 4.0 * np.pi * CLASSICAL_ELECTRON_RADIUS**2 * FINE_STRUCTURE**4 * z**5 * ELECTRON_MASS
    limit = born * np.exp(-0.13615 - 2.48423 * charge + 0.91639 * charge**2)
    energy = np.linspace(0.4, JOINT, 40)
    sigma = _tabulated(z, energy)
    powers = energy[:, None] ** -np.arange(2.0, 5.0) / sigma[:, None]
    fitted = np.linalg.lstsq(powers, 1.0 - limit / energy / sigma, rcond=None)[0]
    coefficients = np.concatenate(([limit], fitted))
    return coefficients * (sigma[-1] / (coefficients @ JOINT ** -np.arange(1.0, 5.0)))


def cross_section_per_atom(z: int, energy: ArrayLike) -> np.ndarray:
    """Return the photoelectric cross section per atom (mm^2) for photons of `energy` (MeV), in its shape.

    Valid from 100 eV, with the edges of the shells, for Z = 1 to 98 (else BadInput). Above 0.55 MeV the
    continuation stays within 6.3 % of Biggs and Lighthill up to 100 MeV for Z = 6 to 92, mostly within 4 %.
    """
    if not 1 <= z <= HEAVIEST:
        raise BadInput(f"photoelectric effect: no cross section for Z = {z}; known: Z = 1 to {HEAVIEST}")
    energy = np.asarray(energy, dtype=float)
    inverse = 1.0 / np.maximum(energy, JOINT)
    a, b, c, d = _continuation(z)
    sigma = np.asarray(inverse * (a + inverse * (b + inverse * (c + inverse * d))))
    tabulated = energy <= JOINT
    sigma[tabulated] = _tabulated(z, np.maximum(energy[tabulated], LOWEST_ENERGY))
    return sigma


def cross_section(material: Material, energy: ArrayLike) -> np.ndarray:
    """Return the macroscopic cross section (1/mm) of a material at `energy` (MeV), in its shape."""
    energy = np.asarray(energy, dtype=float)
    total = np.zeros_like(energy)
    for element, density in zip(material.elements, material.atoms_per_mm3):
        total += density * cross_section_per_atom(element.z, energy)
    return total


def shell_energies(z: int) -> np.ndarray:
    """Return the binding energies (MeV) of the shells of an element, the innermost first."""
    import xraylib

    energies = []
    for shell in range(xraylib.K_SHELL, xraylib.Q3_SHELL + 1):
        try:
            energies.append(xraylib.EdgeEnergy(z, shell) * keV)
        except ValueError:  # no such shell in this element
            continue
    return np.sort(energies)[::-1]


class PhotoelectricTables(NamedTuple):
    """What sample_photoelectron needs: the targets and the shells of each of their rows.

    first_shell: int64[rows + 1]; shells: float64[...], binding energies (MeV), innermost first.
    """

    targets: TargetTables
    first_shell: np.ndarray
    shells: np.ndarray


def build_photoelectric_tables(materials: Sequence[Material]) -> PhotoelectricTables:
    """Build the tables of `materials`, in their order."""
    targets = build_target_tables(
        materials, lambda material, element, energy: cross_section_per_atom(element.z, energy)
    )
    shells = [shell_energies(element.z) for element in elements_of(materials)]
    first_shell = np.cumsum([0] + [s.size for s in shells])
    return PhotoelectricTables(targets, first_shell, np.concatenate(shells))


@kernel
def sample_photoelectron(rng, energy, tables, material):
    """Sample the electron that a photon of `energy` (MeV) sets free in a material.

    Returns (kinetic energy, polar cosine relative to the photon); (0, 1) when no shell is open. It leaves
    the innermost shell that the photon can open; the binding energy stays at the place.
    """
    row = sample_target(rng, energy, tables.targets, material)
    electron = 0.0
    for shell in range(tables.first_shell[row], tables.first_shell[row + 1]):
        if energy > tables.shells[shell]:
            electron = energy - tables.shells[shell]
            break
    return electron, sample_sauter_cosine(rng, electron)


@kernel
def sample_sauter_cosine(rng, energy):
    """Sample the polar cosine of a photoelectron of kinetic `energy` (MeV), from Sauter's K-shell formula.

    Forward above 100 MeV, and at zero energy, where there is no electron.
    """
    if energy <= 0.0 or energy > FORWARD_ABOVE:
        return 1.0
    tau = energy / ELECTRON_MASS
    gamma = 1.0 + tau
    beta = math.sqrt(tau * (tau + 2.0)) / gamma
    # v = 1 - cos has the density (2 - v) (1 / (a + v) + c) v / (a + v)^3; a = 1 / beta - 1
    a = 1.0 / (gamma * gamma * beta * (1.0 + beta))
    c = 0.5 * beta * gamma * tau * (gamma - 2.0)
    b = a + 2.0
    highest = 2.0 * (c + 1.0 / a)
    v = 0.0
    for _ in range(MOST_DRAWS):
        chance = uniform(rng)
        v = 2.0 * a * (2.0 * chance + b * math.sqrt(chance)) / (b * b - 4.0 * chance)
        if uniform(rng) * highest < (2.0 - v) * (c + 1.0 / (a + v)):
            break
    else:
        give_up(rng)
    return 1.0 - v
