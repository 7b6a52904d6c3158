"""Coulomb scattering of a heavy particle: the many small angles of a step as one, the few large ones each.

Screened Rutherford scattering off nuclei, with their size, and off atomic electrons up to the delta rays that
are made: with mu = (1 - cos theta) / 2,

    dsigma / dmu = pi (z alpha hbar c / (p beta))^2 [Z^2 / (1 + mu / B)^2 + Z] / (mu + A)^2.

Of the collisions in a step those beyond an angle that one is expected to pass are drawn one by one; the rest
have a normal law with their mean. So the tails and the width are those of the cross section at any thickness,
and nothing is fitted. Lengths in mm, energies and momenta in MeV. Valid for p above 1 MeV/c.

Sources: G. Moliere, Z. Naturforsch. 2a (1947) 133 for A; A. V. Butkevich et al., NIM A 488 (2002) 282 for the
size of nuclei; J. M. Fernandez-Varea et al., NIM B 73 (1993) 447 for the division (mixed simulation); Geant4
Physics Reference Manual, "Single scattering" and "Wentzel-VI", which divide at a fixed angle.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simkit.jit import kernel
from simkit.materials import Material
from simkit.physics.directions import deflect, sample_azimuth
from simkit.physics.distributions import sample_gaussian, sample_poisson
from simkit.physics.elementary import absorbed, log
from simkit.rng import uniform
from simkit.units import BOHR_RADIUS, ELECTRON_MASS, FINE_STRUCTURE, HBAR_C

# Columns of a material's row of constants.
STRENGTH, NUCLEAR_SHARE, SCREENING, SCREENING_SLOPE, SIZE, N_CONSTANTS = range(6)

COLLISIONS = 1.0  # expected beyond the dividing angle
_THOMAS_FERMI = 0.88534  # of an atom's radius, in Bohr radii Z^(-1/3)
_NUCLEAR_RADIUS, _NUCLEAR_POWER = 1.27e-12, 0.27  # mm, A^power
_SQRT_12 = math.sqrt(12.0)


def scattering_constants(material: Material) -> NDArray[np.float64]:
    """Return the row of material constants, float64[N_CONSTANTS].

    Screening and size are means over the elements of their logarithms, weighted as they enter the width.
    """
    z, n = material.z.astype(float), material.atoms_per_mm3
    weights = n * z * (z + 1.0)
    nuclei, electrons = float(n @ z**2), float(n @ z)
    radius = _THOMAS_FERMI * BOHR_RADIUS * z ** (-1.0 / 3.0)
    a = np.array([element.a_g_mol for element in material.elements])
    size = 3.0 * (HBAR_C / (_NUCLEAR_RADIUS * a**_NUCLEAR_POWER)) ** 2
    row = np.empty(N_CONSTANTS)
    row[STRENGTH] = math.pi * (FINE_STRUCTURE * HBAR_C) ** 2 * (nuclei + electrons)
    row[NUCLEAR_SHARE] = nuclei / (nuclei + electrons)
    row[SCREENING] = math.exp(np.average(np.log((0.5 * HBAR_C / radius) ** 2), weights=weights))
    row[SCREENING_SLOPE] = 3.76 * np.average((FINE_STRUCTURE * z) ** 2, weights=weights)
    row[SIZE] = math.exp(np.average(np.log(size), weights=weights))
    return row


def transport_cross_section(
    material: Material, energy: ArrayLike, mass: float, charge: int, cut: float
) -> NDArray[np.float64]:
    """Return the first transport cross section (1/mm) at kinetic energies (MeV), in their shape.

    cut: largest energy (MeV) given to an electron that scatters. All of `soft_deflection` up to mu = 1.
    """
    row = scattering_constants(material)
    energy = np.asarray(energy, dtype=float)
    p2, total = energy * (energy + 2.0 * mass), energy + mass
    per_beta2 = charge**2 * total**2 / p2
    a = row[SCREENING] * (1.13 + row[SCREENING_SLOPE] * per_beta2) / p2
    b = row[SIZE] / p2
    d = b / (b - a)
    ratio = np.log1p(1.0 / a) - np.log1p(1.0 / b)
    nuclear = d * d * ((a + b) / (b - a) * ratio - 1.0 / (1.0 + a) - 1.0 / (1.0 + b))
    bound = np.minimum(0.5 * ELECTRON_MASS * cut / p2, 1.0)
    electronic = np.log1p(bound / a) - bound / (bound + a)
    share = row[NUCLEAR_SHARE]
    return 2.0 * row[STRENGTH] * per_beta2 / p2 * (share * nuclear + (1.0 - share) * electronic)


@kernel
def rutherford(constants, row, energy, mass, charge, cut):
    """Return (strength in 1/mm, A, B, largest mu off electrons) of the cross section above."""
    p2 = energy * (energy + 2.0 * mass)
    total = energy + mass
    per_beta2 = total * total / p2
    charge2 = float(charge * charge)
    strength = constants[row, STRENGTH] * charge2 * per_beta2 / p2
    screening = (
        constants[row, SCREENING] * (1.13 + constants[row, SCREENING_SLOPE] * charge2 * per_beta2) / p2
    )
    electrons = min(0.5 * ELECTRON_MASS * cut / p2, 1.0)
    return strength, screening, constants[row, SIZE] / p2, electrons


@kernel
def soft_deflection(constants, row, strength, screening, size, electrons, largest):
    """Return the mean of 1 - cos a length (1/mm) of all collisions with mu below `largest`."""
    share = constants[row, NUCLEAR_SHARE]
    a, b = screening, size
    # mu / ((mu + A)^2 (1 + mu / B)^2), integrated by partial fractions
    d = b / (b - a)
    ratio = log((largest + a) / a) - log((largest + b) / b)
    nuclear = d * d * ((a + b) / (b - a) * ratio - largest / (largest + a) - largest / (largest + b))
    bound = min(largest, electrons)
    electronic = log((bound + a) / a) - bound / (bound + a)
    return 2.0 * strength * (share * nuclear + (1.0 - share) * electronic)


@kernel
def sample_scattering(rng, constants, row, energy, mass, charge, cut, step, u, v, w):
    """Return (u, v, w, sideways): the direction (u, v, w) after a step (mm), at the mean `energy` in it.

    sideways: standard deviation (mm), along each axis across, of where the step ends about the middle of the
    ways that the two directions point.
    """
    strength, screening, size, electrons = rutherford(constants, row, energy, mass, charge, cut)
    # 1 / (mu + A)^2 alone, integrated from the dividing mu on
    divide = min(max(strength * step / COLLISIONS - screening, 0.0), 1.0)
    hard = strength * step * (1.0 / (divide + screening) - 1.0 / (1.0 + screening))
    sideways = 0.0
    if divide > 0.0:
        deflection = absorbed(
            step * soft_deflection(constants, row, strength, screening, size, electrons, divide)
        )
        ca, sa = sample_azimuth(rng)
        cosine = max(1.0 + deflection * log(uniform(rng)), -1.0)
        u, v, w = deflect(cosine, ca, sa, u, v, w)
        sideways = step * math.sqrt(deflection) / _SQRT_12
    share = constants[row, NUCLEAR_SHARE]
    for _ in range(sample_poisson(rng, hard)):
        chance = uniform(rng)
        # the inverse of the integral of 1 / (mu + A)^2 between the dividing mu and 1
        low, high = divide + screening, 1.0 + screening
        mu = low * high / (low + chance * (high - low)) - screening
        form = 1.0 / (1.0 + mu / size)
        weight = share * form * form
        if mu < electrons:
            weight += 1.0 - share
        if uniform(rng) < weight:
            ca, sa = sample_azimuth(rng)
            u, v, w = deflect(max(1.0 - 2.0 * mu, -1.0), ca, sa, u, v, w)
    return u, v, w, sideways


@kernel
def sample_sideways(rng, sideways):
    """Return (y, z) of the normal law of that standard deviation (mm)."""
    return sideways * sample_gaussian(rng), sideways * sample_gaussian(rng)
