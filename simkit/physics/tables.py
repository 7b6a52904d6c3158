"""The tables of material-cuts couples that transport reads, built once on the host.

A couple is a material with its production thresholds. Everything a step needs of it at one energy stands in
one row of 64 bytes, a cache line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.integrate import cumulative_simpson

from simkit.jit import kernel
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
from simkit.physics.bremsstrahlung import BremsstrahlungTables, build_bremsstrahlung_tables
from simkit.physics.conversion import ConversionTables, build_conversion_tables
from simkit.physics.fluctuation import FluctuationTables, build_fluctuation_tables
from simkit.physics.grid import ENERGY_GRID, N_NODES, energy_bin, energy_fraction, node_energy
from simkit.physics.multiple_scattering.transport_cross_section import (
    cross_section as transport_cross_section,
)
from simkit.physics.multiple_scattering.urban import urban_constants
from simkit.physics.photoelectric import PhotoelectricTables, build_photoelectric_tables
from simkit.physics.rayleigh import RayleighTables, build_rayleigh_tables

# Columns of GammaTables.cross_sections; the processes' columns are TOTAL + 1 + their number in PROCESSES.
TOTAL, CONVERSION, COMPTON, PHOTOELECTRIC, RAYLEIGH = range(5)
N_GAMMA_COLUMNS = 8

# Columns of ChargedTables.rows.
RANGE, DEDX, TRANSPORT_PATH, STEP_CROSS_SECTION, IONISATION, BREMSSTRAHLUNG, ANNIHILATION = range(7)
N_CHARGED_COLUMNS = 8

# A charged track loses less than this fraction of its energy before the next look at its cross section.
_STEP_LOSS = 0.2


@dataclass(frozen=True)
class Couple:
    """A material with its production thresholds (kinetic energies, MeV)."""

    material: Material
    gamma_cut: float
    electron_cut: float


class GammaTables(NamedTuple):
    """Photons: cross_sections float64[couples, N_NODES, 8] (1/mm) and what the samplers need."""

    cross_sections: np.ndarray
    photoelectric: PhotoelectricTables
    conversion: ConversionTables
    rayleigh: RayleighTables


class ChargedTables(NamedTuple):
    """Electrons and positrons.

    rows: float64[2 * couples, N_NODES, 8], electrons first: range (mm), restricted dE/dx (MeV/mm), transport
    mean free path (mm), cross section to step with (1/mm; the largest within the energy a step may lose),
    and those of the processes. urban: float64[couples, ...], constants of multiple scattering. electron_cut:
    float64[couples].
    """

    rows: np.ndarray
    urban: np.ndarray
    fluctuation: FluctuationTables
    electron_cut: np.ndarray
    bremsstrahlung: BremsstrahlungTables


def build_gamma_tables(couples: Sequence[Couple], with_rayleigh: bool) -> GammaTables:
    """Return the photon tables of `couples`; without Rayleigh scattering its column is zero."""
    materials = [couple.material for couple in couples]
    table = np.zeros((len(couples), N_NODES, N_GAMMA_COLUMNS))
    for row, material in zip(table, materials):
        row[:, CONVERSION] = conversion.cross_section(material, ENERGY_GRID)
        row[:, COMPTON] = compton.cross_section(material, ENERGY_GRID)
        row[:, PHOTOELECTRIC] = photoelectric.cross_section(material, ENERGY_GRID)
        if with_rayleigh:
            row[:, RAYLEIGH] = rayleigh.cross_section(material, ENERGY_GRID)
        row[:, TOTAL] = row[:, CONVERSION : RAYLEIGH + 1].sum(axis=1)
    return GammaTables(
        table,
        build_photoelectric_tables(materials),
        build_conversion_tables(materials),
        build_rayleigh_tables(materials),
    )


def continuous_range(dedx: np.ndarray) -> np.ndarray:
    """Return the range (mm) at the grid's energies for a restricted dE/dx (MeV/mm) on the grid.

    Simpson's rule in ln E, on the integrand E / (dE/dx), which is smooth there; below the grid dE/dx is taken
    as growing with the square root of the energy, as all ionisation models do there.
    """
    start = 2.0 * ENERGY_GRID[0] / dedx[0]
    return start + cumulative_simpson(ENERGY_GRID / dedx, x=np.log(ENERGY_GRID), initial=0.0)


def step_cross_section(total: np.ndarray) -> np.ndarray:
    """Return the largest `total` within a step's loss below each node, and up to the next node."""
    first = np.searchsorted(ENERGY_GRID, (1.0 - _STEP_LOSS) * ENERGY_GRID, side="right") - 1
    last = np.minimum(np.arange(N_NODES) + 1, N_NODES - 1)
    return np.array([total[max(i, 0) : j + 1].max() for i, j in zip(first, last)])


def build_charged_tables(couples: Sequence[Couple]) -> ChargedTables:
    """Return the electron and positron tables of `couples`."""
    n = len(couples)
    rows = np.zeros((2 * n, N_NODES, N_CHARGED_COLUMNS))
    for positron in (False, True):
        for couple, row in zip(couples, rows[n:] if positron else rows[:n]):
            material = couple.material
            dedx = ionisation.restricted_dedx(material, ENERGY_GRID, couple.electron_cut, positron)
            dedx = dedx + bremsstrahlung.restricted_dedx(material, ENERGY_GRID, couple.gamma_cut, positron)
            row[:, DEDX] = dedx
            row[:, RANGE] = continuous_range(dedx)
            row[:, TRANSPORT_PATH] = 1.0 / transport_cross_section(material, ENERGY_GRID, positron)
            row[:, IONISATION] = ionisation.cross_section(
                material, ENERGY_GRID, couple.electron_cut, positron
            )
            row[:, BREMSSTRAHLUNG] = bremsstrahlung.cross_section(
                material, ENERGY_GRID, couple.gamma_cut, positron
            )
            if positron:
                row[:, ANNIHILATION] = annihilation.cross_section(material, ENERGY_GRID)
            row[:, STEP_CROSS_SECTION] = step_cross_section(
                row[:, IONISATION : ANNIHILATION + 1].sum(axis=1)
            )
    materials = [couple.material for couple in couples]
    electron_cuts = np.array([couple.electron_cut for couple in couples])
    return ChargedTables(
        rows,
        np.array([urban_constants(material) for material in materials]),
        build_fluctuation_tables(materials, list(electron_cuts)),
        electron_cuts,
        build_bremsstrahlung_tables(materials, [couple.gamma_cut for couple in couples]),
    )


@kernel
def energy_at_range(rows, row, start, path_range):
    """Return the kinetic energy (MeV) of a range (mm), looking down from the bin `start`.

    The exact inverse of the linear interpolation of RANGE. Below the grid the range falls with the square
    root of the energy.
    """
    i = start
    while i > 0 and rows[row, i, RANGE] > path_range:
        i -= 1
    low = rows[row, i, RANGE]
    if path_range < low:
        ratio = path_range / low
        return node_energy(0) * ratio * ratio
    slope = (node_energy(i + 1) - node_energy(i)) / (rows[row, i + 1, RANGE] - low)
    return node_energy(i) + (path_range - low) * slope


@kernel
def column(rows, row, energy, which):
    """Return one column of a table of rows at `energy` (MeV), by linear interpolation."""
    i = energy_bin(energy)
    low = rows[row, i, which]
    return low + energy_fraction(energy, i) * (rows[row, i + 1, which] - low)
