"""Ionisation by electrons and positrons: continuous loss below the production threshold, delta rays above it.

Sources: Geant4 Physics Reference Manual, chapter "Ionization" of electrons and positrons; H. Messel and
D. F. Crawford, "Electron-Photon Shower Distribution Function" (Pergamon, 1970); S. M. Seltzer and
M. J. Berger, Int. J. Appl. Radiat. Isot. 35 (1984) 665 for the restricted loss. Target electrons are free and
at rest.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simkit.jit import kernel
from simkit.rng import MOST_DRAWS, give_up, uniform
from simkit.units import ELECTRON_MASS, TWO_PI_RE2_ME, keV

if TYPE_CHECKING:
    from simkit.materials import Material


def largest_transfer(energy: ArrayLike, positron: bool) -> NDArray[np.float64]:
    """Return the largest kinetic energy of a delta ray (MeV): half of `energy` (MeV), all for a positron.

    Of two electrons leaving a collision, the one of less energy is called the delta ray.
    """
    return np.asarray(energy, dtype=float) * (1.0 if positron else 0.5)


def restricted_dedx(material: Material, energy: ArrayLike, cut: float, positron: bool) -> NDArray[np.float64]:
    """Return the loss to transfers below `cut` (MeV), in MeV/mm, for kinetic energies (MeV), in their shape.

    Berger and Seltzer's formula with the density effect, without a shell correction: used down to
    0.25 sqrt(Z) keV and continued below as Geant4 does, as 1 / beta at first.
    """
    energy = np.asarray(energy, dtype=float)
    lowest = 0.25 * math.sqrt(material.z_effective) * keV
    valid = np.maximum(energy, lowest)
    tau = valid / ELECTRON_MASS
    gamma = tau + 1.0
    beta_gamma2 = tau * (tau + 2.0)
    beta2 = beta_gamma2 / gamma**2
    d = np.minimum(cut, largest_transfer(valid, positron)) / ELECTRON_MASS
    stopping = np.log(2.0 * (tau + 2.0) * (ELECTRON_MASS / material.mean_excitation_MeV) ** 2)
    if positron:
        y = 1.0 / (1.0 + gamma)
        inner = d - d**3 / 3.0 + y * (d**2 / 2.0 - tau * d**3 / 3.0 + d**4 / 4.0)
        stopping += np.log(tau * d) - beta2 / tau * (tau + 2.0 * d - y * (1.5 * d**2 + y * inner))
    else:
        stopping += np.log((tau - d) * d) - 1.0 - beta2 + tau / (tau - d)
        stopping += (0.5 * d**2 + (2.0 * tau + 1.0) * np.log1p(-d / tau)) / gamma**2
    stopping -= material.density_correction(0.5 * np.log10(beta_gamma2))
    dedx = np.maximum(TWO_PI_RE2_ME * material.electrons_per_mm3 * stopping / beta2, 0.0)
    x = np.minimum(energy / lowest, 1.0)
    return dedx * np.where(x > 0.25, 1.0 / np.sqrt(np.maximum(x, 0.25)), 1.4 * np.sqrt(x) / (0.1 + x))


def cross_section(material: Material, energy: ArrayLike, cut: float, positron: bool) -> NDArray[np.float64]:
    """Return the cross section (1/mm) for delta rays above `cut` (MeV), for kinetic energies (MeV).

    Moller's formula for electrons, Bhabha's for positrons, integrated; zero where `cut` is out of reach.
    """
    energy = np.asarray(energy, dtype=float)
    reachable = largest_transfer(energy, positron) > cut
    kinetic = np.where(reachable, energy, 4.0 * cut)
    gamma = kinetic / ELECTRON_MASS + 1.0
    beta2 = 1.0 - 1.0 / gamma**2
    low = cut / kinetic
    if positron:
        high = 1.0
        b1, b2, b3, b4 = _bhabha.py_func(gamma)
        per_electron = (high - low) * (
            1.0 / (beta2 * low * high)
            + b2
            - 0.5 * b3 * (low + high)
            + b4 / 3.0 * (low * low + low * high + high * high)
        ) - b1 * np.log(high / low)
    else:
        high = 0.5
        g = (2.0 * gamma - 1.0) / gamma**2
        per_electron = (high - low) * (1.0 - g + 1.0 / (low * high) + 1.0 / ((1.0 - low) * (1.0 - high)))
        per_electron -= g * np.log(high * (1.0 - low) / (low * (1.0 - high)))
        per_electron /= beta2
    sigma = TWO_PI_RE2_ME / kinetic * per_electron
    return np.where(reachable, material.electrons_per_mm3 * sigma, 0.0)


@kernel
def _bhabha(gamma):
    """Return the coefficients B1 to B4 of the Bhabha cross section."""
    y = 1.0 / (1.0 + gamma)
    y12 = 1.0 - 2.0 * y
    b4 = y12 * y12 * y12
    return 2.0 - y * y, y12 * (3.0 + y * y), b4 + y12 * y12, b4


@kernel
def _delta_cosine(energy, delta):
    """Return the polar cosine of a delta ray of kinetic energy `delta` (MeV)."""
    m = ELECTRON_MASS
    return min(math.sqrt(delta * (energy + 2.0 * m) / ((delta + 2.0 * m) * energy)), 1.0)


@kernel
def sample_moller(rng, energy, cut):
    """Sample a delta ray above `cut` (MeV) made by an electron of kinetic energy `energy` > 2 cut (MeV).

    Returns (its kinetic energy in MeV, its polar cosine); (0, 1), which is no collision, if the cut is out
    of reach. The leading terms of Moller's formula, 1 / x^2 of either outgoing electron, are drawn; the rest
    rejects.
    """
    low = cut / energy
    if low >= 0.5:
        return 0.0, 1.0
    gamma = energy / ELECTRON_MASS + 1.0
    g = (2.0 * gamma - 1.0) / (gamma * gamma)
    highest = max(1.0, 1.125 - 0.625 * g)  # of the ratio below: at x = 0 or x = 1/2
    most = 1.0 / low
    least = 1.0 / (1.0 - low)
    delta = 0.0
    for _ in range(MOST_DRAWS):
        x = 1.0 / (least + (most - least) * uniform(rng))
        y = 1.0 - x
        squares = x * x * y * y
        if highest * uniform(rng) * (1.0 - 2.0 * x * y) <= 1.0 - (2.0 + g) * x * y + (1.0 - g) * squares:
            delta = energy * min(x, y)
            break
    else:
        give_up(rng)
    return delta, _delta_cosine(energy, delta)


@kernel
def sample_bhabha(rng, energy, cut):
    """Sample a delta ray above `cut` (MeV) made by a positron of kinetic energy `energy` > cut (MeV).

    Returns (its kinetic energy in MeV, its polar cosine); (0, 1), which is no collision, if the cut is out
    of reach. 1 / x^2 is drawn, the rest of Bhabha's formula, which is convex and highest at x = 0, rejects.
    """
    low = cut / energy
    if low >= 1.0:
        return 0.0, 1.0
    gamma = energy / ELECTRON_MASS + 1.0
    beta2 = 1.0 - 1.0 / (gamma * gamma)
    b1, b2, b3, b4 = _bhabha(gamma)
    x = low
    for _ in range(MOST_DRAWS):
        x = low / (low + (1.0 - low) * uniform(rng))
        if uniform(rng) <= 1.0 + beta2 * x * (x * (b2 + x * (x * b4 - b3)) - b1):
            break
    else:
        give_up(rng)
    return x * energy, _delta_cosine(energy, x * energy)
