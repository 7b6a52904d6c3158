"""Bremsstrahlung in a material: spectrum, macroscopic cross section, restricted loss.

Geant4 Physics Reference Manual, chapter "Bremsstrahlung": the Seltzer-Berger spectrum up to 1 GeV, the
relativistic model above, whose integrals are scaled by 1 + const / T to join at 1 GeV; emission of soft
photons is suppressed by the polarisation of the medium (M. L. Ter-Mikaelian, Dokl. Akad. Nauk SSSR 94 (1954)
1033).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simkit.materials import Material
from simkit.physics.bremsstrahlung import relativistic, seltzer_berger
from simkit.units import ELECTRON_MASS, FINE_STRUCTURE, GeV, millibarn

MODEL_BOUNDARY = 1.0 * GeV
"""The relativistic model is used above this kinetic energy (MeV)."""

_N_CROSS_SECTION = 32  # nodes in ln k
_N_LOSS = 12  # nodes in k of each of two panels
_LARGEST_EXPONENT = 12.0


def photon_spectrum(
    material: Material, energy: NDArray[np.float64], photon: NDArray[np.float64], positron: bool
) -> NDArray[np.float64]:
    """Return k dSigma/dk in 1/mm, shape (n, m), for the emission of a photon of energy k.

    energy: kinetic (MeV), shape (n,), 1 keV to 100 TeV; photon: k (MeV), shape (n, m), 0 < k <= energy.
    Within 3 % of the Seltzer-Berger tables and of Geant4's relativistic model; see the module.
    """
    spectrum = unsuppressed_spectrum(material, energy, photon, positron, energy > MODEL_BOUNDARY)
    k_p = np.sqrt(relativistic.density_factor(material)) * (energy + ELECTRON_MASS)[:, None]
    return spectrum / (1.0 + (k_p / photon) ** 2)


def unsuppressed_spectrum(
    material: Material,
    energy: NDArray[np.float64],
    photon: NDArray[np.float64],
    positron: bool,
    is_relativistic: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Return `photon_spectrum` without the dielectric factor, by the model chosen for each energy."""
    spectrum = np.empty_like(photon)
    high = is_relativistic
    if high.any():
        spectrum[high] = relativistic.spectrum_per_volume(material, energy[high], photon[high])
    if not high.all():
        spectrum[~high] = _seltzer_berger_per_volume(material, energy[~high], photon[~high], positron)
    return spectrum


def cross_section(material: Material, energy: ArrayLike, cut: float, positron: bool) -> NDArray[np.float64]:
    """Return the macroscopic cross section (1/mm) for photons above `cut` (MeV).

    energy: kinetic (MeV), any shape, which is the result's; zero where it is not above the cut. Within 2 % of
    Geant4 from 1 keV to 100 TeV.
    """

    def integral(energies: NDArray[np.float64]) -> NDArray[np.float64]:
        nodes, weights = gauss_legendre(_N_CROSS_SECTION)
        width = np.log(energies / cut)[:, None]
        spectrum = photon_spectrum(material, energies, cut * np.exp(width * nodes), positron)
        return width[:, 0] * (spectrum @ weights)

    energies = np.atleast_1d(np.asarray(energy, float))
    result = np.zeros(energies.shape)
    possible = energies > cut
    result[possible] = _joined(integral, energies[possible], possible_at_boundary=cut < MODEL_BOUNDARY)
    return result.reshape(np.shape(energy))


def restricted_dedx(material: Material, energy: ArrayLike, cut: float, positron: bool) -> NDArray[np.float64]:
    """Return the mean loss (MeV/mm) to photons below `cut` (MeV).

    energy: kinetic (MeV), any shape, which is the result's. Within 2 % of Geant4 from 1 keV to 100 TeV.
    """

    def integral(energies: NDArray[np.float64]) -> NDArray[np.float64]:
        nodes, weights = _loss_quadrature()
        largest = np.minimum(cut, energies)[:, None]
        return largest[:, 0] * (photon_spectrum(material, energies, largest * nodes, positron) @ weights)

    energies = np.atleast_1d(np.asarray(energy, float))
    return _joined(integral, energies, possible_at_boundary=True).reshape(np.shape(energy))


def _joined(
    integral: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    energies: NDArray[np.float64],
    possible_at_boundary: bool,
) -> NDArray[np.float64]:
    """Evaluate an integral over the spectrum, with Geant4's scaling of the upper model to meet the lower."""
    high = energies > MODEL_BOUNDARY
    if not (high.any() and possible_at_boundary):
        return integral(energies)
    # the spectra of both models at the boundary: the next number above it is the upper model's
    boundary = np.array([MODEL_BOUNDARY, np.nextafter(MODEL_BOUNDARY, np.inf)])
    values = integral(np.concatenate([energies, boundary]))
    lower, upper = values[-2:]
    values = values[:-2]
    values[high] *= 1.0 + (lower / upper - 1.0) * MODEL_BOUNDARY / energies[high]
    return values


def _seltzer_berger_per_volume(
    material: Material, energy: NDArray[np.float64], photon: NDArray[np.float64], positron: bool
) -> NDArray[np.float64]:
    grid = seltzer_berger.emission_grid(energy, photon / energy[:, None])
    spectrum = np.zeros_like(photon)
    if positron:
        # Geant4 Physics Reference Manual, same chapter: emission by positrons against electrons
        exponent = 2.0 * np.pi * FINE_STRUCTURE * (1.0 / grid.beta - 1.0 / grid.beta_left)
    for element, density in zip(material.elements, material.atoms_per_mm3):
        chi = seltzer_berger.spectrum_on_grid(grid, element)
        if positron:
            # Geant4 takes less than exp(-12) for nothing
            factor = np.exp(np.maximum(exponent * element.z, -_LARGEST_EXPONENT))
            chi = chi * np.where(factor > np.exp(-_LARGEST_EXPONENT), factor, 0.0)
        spectrum += density * element.z**2 * chi
    return millibarn * spectrum / grid.beta**2


@cache
def gauss_legendre(n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return nodes and weights on [0, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(n)
    return 0.5 * (nodes + 1.0), 0.5 * weights


@cache
def _loss_quadrature() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return nodes and weights on [0, 1] that resolve dielectric suppression at the soft end."""
    nodes, weights = gauss_legendre(_N_LOSS)
    split = 0.1
    return (
        np.concatenate([split * nodes, split + (1.0 - split) * nodes]),
        np.concatenate([split * weights, (1.0 - split) * weights]),
    )
