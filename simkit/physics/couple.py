"""A material-cuts couple and the numbers its tables are made of: cross sections, energy loss, range.

The numbers of `Couple` are those of simkit's own models. Numbers from elsewhere are a subclass.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simkit.materials import Material
from simkit.physics import (
    annihilation,
    bremsstrahlung,
    compton,
    conversion,
    ionisation,
    photoelectric,
    rayleigh,
)
from simkit.physics.grid import ENERGY_GRID
from simkit.physics.multiple_scattering import transport_cross_section

# How far (relative) beside an edge or a node a cross section is taken: xraylib jumps up to 1e-4 below it.
BESIDE = 2e-4
# Energies (MeV) below the grid where ranges begin: down to some 0.3 keV dE/dx still rises.
_BELOW_GRID = np.geomspace(1e-4, ENERGY_GRID[0], 33)[:-1]


@dataclass(frozen=True)
class Couple:
    """A material with its production thresholds (kinetic energies, MeV).

    Methods take kinetic energies (MeV, arrays of any shape) and return numbers per length (1/mm, MeV/mm) in
    their shape.
    """

    material: Material
    gamma_cut: float
    electron_cut: float

    def photon_edges(self) -> np.ndarray:
        """Return the energies (MeV), ascending, within the grid, at which `photoelectric` jumps."""
        return absorption_edges(self.material)

    def conversion(self, energy: np.ndarray) -> np.ndarray:
        """Return the cross section for pair production."""
        return conversion.cross_section(self.material, energy)

    def compton(self, energy: np.ndarray) -> np.ndarray:
        """Return the cross section for Compton scattering."""
        return compton.cross_section(self.material, energy)

    def photoelectric(self, energy: np.ndarray) -> np.ndarray:
        """Return the cross section for the photoelectric effect."""
        return photoelectric.cross_section(self.material, energy)

    def rayleigh(self, energy: np.ndarray) -> np.ndarray:
        """Return the cross section for Rayleigh scattering."""
        return rayleigh.cross_section(self.material, energy)

    def loss_and_range(self, positron: bool) -> tuple[np.ndarray, np.ndarray]:
        """Return the restricted dE/dx (MeV/mm) and the range (mm) of it, at the grid's energies."""
        energies = np.concatenate([_BELOW_GRID, ENERGY_GRID])
        dedx = ionisation.restricted_dedx(self.material, energies, self.electron_cut, positron)
        on_grid = slice(len(_BELOW_GRID), None)
        dedx[on_grid] += bremsstrahlung.restricted_dedx(self.material, ENERGY_GRID, self.gamma_cut, positron)
        return dedx[on_grid], continuous_range(energies, dedx)[on_grid]

    def transport(self, energy: np.ndarray, positron: bool) -> np.ndarray:
        """Return the first transport cross section."""
        return transport_cross_section.cross_section(self.material, energy, positron)

    def ionisation(self, energy: np.ndarray, positron: bool) -> np.ndarray:
        """Return the cross section for delta rays above the threshold."""
        return ionisation.cross_section(self.material, energy, self.electron_cut, positron)

    def bremsstrahlung(self, energy: np.ndarray, positron: bool) -> np.ndarray:
        """Return the cross section for bremsstrahlung photons above the threshold."""
        return bremsstrahlung.cross_section(self.material, energy, self.gamma_cut, positron)

    def annihilation(self, energy: np.ndarray) -> np.ndarray:
        """Return the cross section for the annihilation of a positron in flight."""
        return annihilation.cross_section(self.material, energy)


def absorption_edges(material: Material) -> np.ndarray:
    """Return the energies (MeV), ascending, at which the photoelectric cross section jumps by 1 % or more."""
    energies = np.unique(np.concatenate([photoelectric.shell_energies(e.z) for e in material.elements]))
    energies = energies[(energies > ENERGY_GRID[0]) & (energies < ENERGY_GRID[-1])]
    below = photoelectric.cross_section(material, energies * (1.0 - BESIDE))
    above = photoelectric.cross_section(material, energies * (1.0 + BESIDE))
    return energies[above > 1.01 * below]


def continuous_range(energy: np.ndarray, dedx: np.ndarray) -> np.ndarray:
    """Return the range (mm) at ascending energies (MeV) for a dE/dx (MeV/mm) at them.

    Simpson's rule in ln E, on the integrand E / (dE/dx), which is smooth there; below the first energy dE/dx
    is taken as growing with the square root of the energy, as all ionisation models do in the end.
    """
    width = np.diff(np.log(energy))
    height = energy / dedx
    pieces = np.empty_like(width)
    # the parabola through a point and the next two, over the first interval; the last looks back
    pieces[:-1] = _first_interval(width[:-1], width[1:], height[:-2], height[1:-1], height[2:])
    pieces[1::2] = _first_interval(width[1:], width[:-1], height[2:], height[1:-1], height[:-2])[::2]
    pieces[-1] = _first_interval(width[-1], width[-2], height[-1], height[-2], height[-3])
    return 2.0 * energy[0] / dedx[0] + np.concatenate([[0.0], np.cumsum(pieces)])


def _first_interval(
    width: np.ndarray, next_width: np.ndarray, first: np.ndarray, second: np.ndarray, third: np.ndarray
) -> np.ndarray:
    """Return the integral over `width` of the parabola through three points that far apart."""
    part = width / (width + next_width)
    curved = part * width / next_width
    return width / 6.0 * ((3.0 - part) * first + (3.0 + curved + part) * second - curved * third)
