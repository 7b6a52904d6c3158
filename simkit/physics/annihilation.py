"""Annihilation of positrons in flight into two photons, on free electrons at rest.

Source: W. Heitler, "The Quantum Theory of Radiation", 3rd ed. (Oxford, 1954) 27; Geant4 Physics Reference
Manual, chapter "Positron - Electron Annihilation".
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simkit.jit import kernel
from simkit.physics.elementary import exp, log
from simkit.rng import MOST_DRAWS, give_up, uniform
from simkit.units import CLASSICAL_ELECTRON_RADIUS, ELECTRON_MASS, eV

if TYPE_CHECKING:
    from simkit.materials import Material


def cross_section_per_electron(energy: ArrayLike) -> NDArray[np.float64]:
    """Return the cross section per electron (mm^2) for kinetic energies (MeV), in their shape.

    Below 1 eV, where it rises as the inverse velocity, the value at 1 eV.
    """
    tau = np.maximum(np.asarray(energy, dtype=float), eV) / ELECTRON_MASS
    gamma = tau + 1.0
    beta_gamma2 = tau * (tau + 2.0)
    beta_gamma = np.sqrt(beta_gamma2)
    bracket = (gamma**2 + 4.0 * gamma + 1.0) * np.arcsinh(beta_gamma) - (gamma + 3.0) * beta_gamma
    return math.pi * CLASSICAL_ELECTRON_RADIUS**2 * bracket / (beta_gamma2 * (gamma + 1.0))


def cross_section(material: Material, energy: ArrayLike) -> NDArray[np.float64]:
    """Return the cross section (1/mm) for kinetic energies of the positron (MeV), in their shape."""
    return material.electrons_per_mm3 * cross_section_per_electron(energy)


@kernel
def sample_annihilation(rng, energy):
    """Sample the annihilation in flight of a positron of kinetic energy `energy` > 0 (MeV).

    Returns (energy, polar cosine, energy, polar cosine) of the two photons, MeV; their azimuths are opposite.
    1 / share of energy is drawn, the rest of Heitler's formula rejects.
    """
    tau = energy / ELECTRON_MASS
    width = math.sqrt(tau / (tau + 2.0))
    # Shares from (1 - width) / 2, written without its cancellation at high energy, to (1 + width) / 2.
    least = 1.0 / ((tau + 2.0) * (1.0 + width))
    logarithm = log(0.5 * (1.0 + width) / least)
    square = (tau + 2.0) * (tau + 2.0)
    for _ in range(MOST_DRAWS):
        share = least * exp(logarithm * uniform(rng))
        if uniform(rng) <= 1.0 - share + (2.0 * (tau + 1.0) * share - 1.0) / (share * square):
            break
    else:
        give_up(rng)
    available = energy + 2.0 * ELECTRON_MASS
    per_momentum = 1.0 / math.sqrt(tau * (tau + 2.0))
    other = 1.0 - share
    cosine = (tau + 2.0 - 1.0 / share) * per_momentum
    other_cosine = (tau + 2.0 - 1.0 / other) * per_momentum
    return (
        share * available,
        max(-1.0, min(cosine, 1.0)),
        other * available,
        max(-1.0, min(other_cosine, 1.0)),
    )
