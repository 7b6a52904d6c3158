"""Material-cuts couples whose numbers come from a G4HepEm table file.

What the file replaces: production thresholds, restricted dE/dx, range, cross sections of ionisation,
bremsstrahlung, pair production, Compton scattering and photoelectric effect, the first transport cross
section and the mean excitation energy. What it does not: how energies and angles of an interaction are
sampled, the target element, annihilation (a formula), Rayleigh scattering (not in the file).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from simkit.errors import BadInput
from simkit.materials import Material, production_thresholds
from simkit.physics.couple import BESIDE, Couple
from simkit.physics.g4hepem.layout import FileCouple, Spline, Substance, read_couples
from simkit.physics.grid import ENERGY_GRID
from simkit.units import keV

COMPOSITION_TOLERANCE = 0.005  # relative, of the atoms per volume of each element
CUT_TOLERANCE = 0.02  # relative, of both thresholds: the converters of Geant4's versions differ by 0.1 %


@dataclass(frozen=True)
class G4HepEmCouple(Couple):
    """A couple with the numbers of a G4HepEm file; energies beyond its tables get the value at their end."""

    tables: FileCouple

    def photon_edges(self) -> np.ndarray:
        """See Couple."""
        edges = self.tables.substance.intervals
        edges = edges[(edges > ENERGY_GRID[0]) & (edges < ENERGY_GRID[-1])]
        below = self.photoelectric(edges * (1.0 - BESIDE))
        above = self.photoelectric(edges * (1.0 + BESIDE))
        return edges[np.abs(above - below) > 0.01 * below]

    def conversion(self, energy: np.ndarray) -> np.ndarray:
        """See Couple."""
        return self.tables.substance.conversion(energy)

    def compton(self, energy: np.ndarray) -> np.ndarray:
        """See Couple."""
        return self.tables.substance.compton(energy)

    def photoelectric(self, energy: np.ndarray) -> np.ndarray:
        """See Couple."""
        substance = self.tables.substance
        place = np.maximum(np.searchsorted(substance.intervals, energy, side="right") - 1, 0)
        a, b, c, d = np.moveaxis(substance.coefficients[place], -1, 0)
        inverse = 1.0 / np.asarray(energy)
        return np.maximum(inverse * (a + inverse * (b + inverse * (c + inverse * d))), 0.0)

    def loss_and_range(self, positron: bool) -> tuple[np.ndarray, np.ndarray]:
        """See Couple. Beyond the end of the file's tables dE/dx stays and the range grows with it."""
        dedx = self.tables.dedx[positron](ENERGY_GRID)
        spline = self.tables.range_[positron]
        beyond = np.maximum(ENERGY_GRID - spline.energy[-1], 0.0)
        return dedx, spline(ENERGY_GRID) + beyond / dedx

    def transport(self, energy: np.ndarray, positron: bool) -> np.ndarray:
        """See Couple."""
        return self.tables.substance.transport[positron](energy)

    def ionisation(self, energy: np.ndarray, positron: bool) -> np.ndarray:
        """See Couple."""
        return _above_threshold(self.tables.ionisation[positron], energy)

    def bremsstrahlung(self, energy: np.ndarray, positron: bool) -> np.ndarray:
        """See Couple."""
        return _above_threshold(self.tables.bremsstrahlung[positron], energy)


def _above_threshold(spline: Spline, energy: np.ndarray) -> np.ndarray:
    return np.where(energy < spline.energy[0], 0.0, spline(energy))


def couples_of_file(path: Path, couples: Sequence[Couple]) -> list[Couple]:
    """Return `couples` with the numbers and thresholds of a G4HepEm table file.

    A couple of the file stands for one of ours when it has the same atoms per volume within 0.5 % (names are
    not in the file) and thresholds within 2 %. Errors: BadInput, when the file cannot be read or lacks one.
    """
    rows = read_couples(path)
    return [_from_file(path, rows, couple) for couple in couples]


def _from_file(path: Path, rows: Sequence[FileCouple], couple: Couple) -> G4HepEmCouple:
    material = couple.material
    same = [row for row in rows if _is_material(row.substance, material)]
    if not same:
        held = "; ".join(dict.fromkeys(_composition(row.substance) for row in rows))
        raise BadInput(
            f"{path}: the G4HepEm tables lack {material.name} ({material.density_g_cm3:g} g/cm3); "
            f"the file has (Z: atoms per mm3) {held}; export them from an application with that material"
        )
    row = min(same, key=lambda one: _cut_distance(one, couple))
    if _cut_distance(row, couple) > CUT_TOLERANCE:
        held = "; ".join(_cuts(one.gamma_cut, one.electron_cut, material) for one in same)
        raise BadInput(
            f"{path}: the G4HepEm tables of {material.name} are for other production cuts: wanted "
            f"{_cuts(couple.gamma_cut, couple.electron_cut, material)}; the file has {held}; "
            "set physics.production_cut_mm to the file's"
        )
    lowest = max(row.range_[0].energy[0], row.substance.transport[0].energy[0])
    if lowest > ENERGY_GRID[0]:
        raise BadInput(
            f"{path}: fELossEnergyGrid begins at {lowest / keV:g} keV; energies from 1 keV are needed; "
            "export the tables with a lower fMinLossTableEnergy"
        )
    material = replace(material, mean_excitation_MeV=row.substance.mean_excitation)
    return G4HepEmCouple(material, row.gamma_cut, row.electron_cut, row)


def _is_material(substance: Substance, material: Material) -> bool:
    ours = dict(zip(material.z.tolist(), material.atoms_per_mm3))
    file = dict(zip(substance.z, substance.atoms_per_mm3))
    if ours.keys() != file.keys():
        return False
    return all(abs(file[z] / ours[z] - 1.0) < COMPOSITION_TOLERANCE for z in ours)


def _cut_distance(row: FileCouple, couple: Couple) -> float:
    return max(abs(row.gamma_cut / couple.gamma_cut - 1.0), abs(row.electron_cut / couple.electron_cut - 1.0))


def _composition(substance: Substance) -> str:
    return ", ".join(f"{z}: {atoms:.4g}" for z, atoms in zip(substance.z, substance.atoms_per_mm3))


def _cuts(gamma_cut: float, electron_cut: float, material: Material) -> str:
    """Return thresholds in words, with the range cut they come from."""
    lengths = np.geomspace(1e-3, 1e3, 121)
    made = [production_thresholds(material, length).electron for length in lengths]
    length = float(np.interp(electron_cut, made, lengths))
    return f"{length:.2g} mm (gamma {gamma_cut / keV:.4g} keV, e- {electron_cut / keV:.4g} keV)"
