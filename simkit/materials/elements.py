"""Chemical elements: atomic weight and the constants that depend on Z alone."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from math import log

from simkit.errors import unknown
from simkit.units import AVOGADRO, CLASSICAL_ELECTRON_RADIUS, FINE_STRUCTURE, eV

HIGHEST_Z = 92
"""Uranium: the fits and tables of the cross sections go no further."""


@dataclass(frozen=True)
class Element:
    """A chemical element of natural isotopic composition.

    `z` is the atomic number (1 to 98), `a_g_mol` the atomic weight in g/mol.
    """

    z: int
    symbol: str
    a_g_mol: float

    @cached_property
    def mean_excitation_MeV(self) -> float:
        """Mean excitation energy of the elemental substance in MeV (ICRU Report 37, 1984)."""
        return elemental_substances()[self.symbol].mean_excitation_MeV

    @cached_property
    def coulomb_correction(self) -> float:
        """Coulomb correction f(Z) of Davies, Bethe and Maximon, Phys. Rev. 93 (1954) 788.

        Series of the Particle Data Group, Phys. Rev. D 50 (1994) 1254; 4-digit accuracy up to uranium.
        """
        a = (FINE_STRUCTURE * self.z) ** 2
        return a * (1.0 / (1.0 + a) + 0.20206 + a * (-0.0369 + a * (0.0083 - 0.0020 * a)))

    @cached_property
    def radiation_logarithms(self) -> tuple[float, float]:
        """Radiation logarithms, elastic and inelastic (Y.-S. Tsai, Rev. Mod. Phys. 46 (1974) 815)."""
        if self.z <= 4:
            return _LIGHT_RADIATION_LOGARITHMS[self.z - 1]
        return log(184.15) - log(self.z) / 3.0, log(1194.0) - 2.0 * log(self.z) / 3.0

    @cached_property
    def inverse_radiation_length_mm2(self) -> float:
        """Inverse radiation length for one atom per mm^3, mm^2 (Tsai 1974)."""
        elastic, inelastic = self.radiation_logarithms
        bracket = self.z**2 * (elastic - self.coulomb_correction) + self.z * inelastic
        return 4.0 * FINE_STRUCTURE * CLASSICAL_ELECTRON_RADIUS**2 * bracket

    @property
    def atoms_per_g(self) -> float:
        """Atoms in one gram."""
        return AVOGADRO / self.a_g_mol


# Thomas-Fermi screening fails for H, He, Li, Be: Tsai's values from better wave functions
_LIGHT_RADIATION_LOGARITHMS = ((5.31, 6.144), (4.79, 5.621), (4.74, 5.805), (4.71, 5.924))


@dataclass(frozen=True)
class ElementalSubstance:
    """What an element is when it is a material by itself, at 20 C and 1 atm."""

    element: Element
    density_g_cm3: float
    mean_excitation_MeV: float
    state: str


def find_element(symbol: str, where: str = "") -> Element:
    """Return the element with this symbol ("Pb").

    `where` (file, key) goes into the message. Raises BadInput naming the nearest known symbol.
    """
    substances = elemental_substances()
    if symbol not in substances:
        raise unknown("element", symbol, substances, where)
    return substances[symbol].element


def element_by_z(z: int) -> Element:
    """Return the element of atomic number z, 1 to 98."""
    return list(elemental_substances().values())[z - 1].element


@cache
def elemental_substances() -> dict[str, ElementalSubstance]:
    """Return the elemental substances by symbol, in order of z."""
    return {
        row["symbol"]: ElementalSubstance(
            Element(int(row["z"]), row["symbol"], float(row["atomic_weight_g_mol"])),
            float(row["density_g_cm3"]),
            float(row["mean_excitation_eV"]) * eV,
            row["state"],
        )
        for row in read_data("elements.csv")
    }


def read_data(filename: str) -> Iterator[dict[str, str]]:
    """Yield the rows of one of the package's material tables; lines starting with # are comments."""
    text = files("simkit.materials").joinpath("data", filename).read_text(encoding="utf-8")
    return csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
