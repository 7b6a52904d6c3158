"""A homogeneous material and what follows from its composition."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simkit.materials.density_effect import DensityEffect, density_correction, plasma_energy
from simkit.materials.elements import Element
from simkit.units import AVOGADRO, cm2, cm3


@dataclass(frozen=True)
class Material:
    """A homogeneous mixture of elements. Make one with `find_material` or `compound`.

    `mass_fractions` add up to 1 in the order of `elements`; `state` is "solid", "liquid" or "gas".
    Arrays are per element, in the same order, and read-only.
    """

    name: str
    density_g_cm3: float
    elements: tuple[Element, ...]
    mass_fractions: tuple[float, ...]
    mean_excitation_MeV: float
    density_effect: DensityEffect
    state: str

    @cached_property
    def z(self) -> NDArray[np.int64]:
        """Atomic numbers."""
        return _read_only(np.array([element.z for element in self.elements], dtype=np.int64))

    @cached_property
    def atoms_per_mm3(self) -> NDArray[np.float64]:
        """Atoms of each element in 1 mm^3."""
        weights = np.array([element.a_g_mol for element in self.elements])
        return _read_only(AVOGADRO * self.density_g_cm3 / cm3 * np.array(self.mass_fractions) / weights)

    @cached_property
    def electrons_per_mm3(self) -> float:
        """Electrons in 1 mm^3."""
        return float(self.atoms_per_mm3 @ self.z)

    @cached_property
    def atom_fractions(self) -> NDArray[np.float64]:
        """Share of each element in the number of atoms; adds up to 1."""
        return _read_only(self.atoms_per_mm3 / self.atoms_per_mm3.sum())

    @cached_property
    def z_effective(self) -> float:
        """Mean Z over the atoms: the Z of the Urban multiple-scattering model."""
        return float(self.atom_fractions @ self.z)

    @cached_property
    def plasma_energy_MeV(self) -> float:
        """Plasma energy of the material's electrons taken as free, MeV.

        The density-effect set carries its own, at the nominal density of its source.
        """
        return plasma_energy(self.electrons_per_mm3)

    @cached_property
    def radiation_length_mm(self) -> float:
        """Radiation length by Tsai's formula (Rev. Mod. Phys. 46 (1974) 815), mm."""
        per_atom = np.array([element.inverse_radiation_length_mm2 for element in self.elements])
        return 1.0 / float(self.atoms_per_mm3 @ per_atom)

    @cached_property
    def nuclear_interaction_length_mm(self) -> float:
        """Nuclear interaction length from 35 g/cm2 A^(1/3) per element (35 g/cm2 for hydrogen), mm.

        A rule of thumb, the one that Geant4 prints; no cross section.
        """
        inverse_cm2_g = sum(
            fraction / (35.0 * (1.0 if element.z == 1 else element.a_g_mol ** (1.0 / 3.0)))
            for element, fraction in zip(self.elements, self.mass_fractions)
        )
        return cm3 / cm2 / (self.density_g_cm3 * inverse_cm2_g)

    def is_like(self, other: Material, tolerance: float) -> bool:
        """Return whether density and mass fractions agree: within `tolerance` of the density and of 1."""
        mine, others = (
            {element.symbol: fraction for element, fraction in zip(m.elements, m.mass_fractions)}
            for m in (self, other)
        )
        return abs(self.density_g_cm3 - other.density_g_cm3) <= tolerance * other.density_g_cm3 and all(
            abs(mine.get(symbol, 0.0) - others.get(symbol, 0.0)) <= tolerance for symbol in {*mine, *others}
        )

    def density_correction(self, x: ArrayLike) -> NDArray[np.float64]:
        """Return the density-effect correction delta at x = log10(beta gamma), of the shape of x.

        Sternheimer, Berger, Seltzer, Atomic Data and Nuclear Data Tables 30 (1984) 261.
        """
        return density_correction(self.density_effect, x)


def _read_only(array: NDArray) -> NDArray:
    array.setflags(write=False)
    return array
