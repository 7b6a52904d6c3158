"""The tables of material-cuts couples that transport reads, built once on the host.

All that a step needs of a couple at one energy stands in one row: 64 bytes, a cache line, of charged
particles, 96 of photons.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from simkit.jit import fma, kernel
from simkit.physics import conversion
from simkit.physics.bremsstrahlung import BremsstrahlungTables, build_bremsstrahlung_tables
from simkit.physics.conversion import ConversionTables, build_conversion_tables
from simkit.physics.couple import BESIDE, Couple
from simkit.physics.fluctuation import FluctuationTables, build_fluctuation_tables
from simkit.physics.grid import ENERGY_GRID, N_NODES, energy_bin, energy_fraction, node_energy
from simkit.physics.multiple_scattering.urban import urban_constants
from simkit.physics.photoelectric import PhotoelectricTables, build_photoelectric_tables
from simkit.physics.rayleigh import RayleighTables, build_rayleigh_tables
from simkit.processes import ANNIHILATION, BREMSSTRAHLUNG, IONISATION, PROCESSES

# Columns of a row of GammaTables.cross_sections: the total's line, then each process's, in pairs.
TOTAL, EDGE, NEXT, FIRST_PROCESS = 0, 2, 3, 4
N_GAMMA_COLUMNS = 12

# Columns of ChargedTables.rows.
RANGE, DEDX, TRANSPORT_PATH, STEP_SIGMA, IONISATION_SIGMA, BREMSSTRAHLUNG_SIGMA, ANNIHILATION_SIGMA = range(7)
N_CHARGED_COLUMNS = 8


class GammaTables(NamedTuple):
    """Photons.

    cross_sections: float64[couples, rows, 12], straight lines c0 + c1 E (1/mm) in each bin of the grid: the
    total's, the first edge in the bin (MeV; NaN where there is none, which no energy lies beyond; absorption
    edges and the threshold of pairs) and the row that holds beyond it, then the lines of the processes. And
    what the samplers need.
    """

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


def _photon_lines(couple: Couple, with_rayleigh: bool) -> np.ndarray:
    """Return the rows of a couple: one a bin, and one more for each edge within a bin.

    The threshold of pair production is an edge too: a line across it would make pairs below it.
    """
    edges = np.setdiff1d(np.union1d(couple.photon_edges(), [conversion.THRESHOLD]), ENERGY_GRID)
    bins = np.searchsorted(ENERGY_GRID, edges, side="right") - 1
    low = np.concatenate([ENERGY_GRID[:-1], edges])
    high = np.concatenate([ENERGY_GRID[1:], ENERGY_GRID[bins + 1]])
    rows = np.zeros((len(low), N_GAMMA_COLUMNS))
    rows[:, EDGE] = np.nan
    latest: dict[int, int] = {}  # the row that holds up to the next edge of a bin
    for extra, (edge, place) in enumerate(zip(edges, bins), start=N_NODES - 1):
        before = latest.get(place, place)
        rows[before, EDGE] = high[before] = edge
        rows[before, NEXT] = extra
        latest[place] = extra
    processes = [couple.conversion, couple.compton, couple.photoelectric]
    if with_rayleigh:
        processes.append(couple.rayleigh)
    beside = np.minimum(BESIDE * low, 0.25 * (high - low))
    first, last = low + beside, high - beside
    for number, cross_section in enumerate(processes):
        at_first = cross_section(first)
        slope = (cross_section(last) - at_first) / (last - first)
        rows[:, FIRST_PROCESS + 2 * number] = at_first - slope * first
        rows[:, FIRST_PROCESS + 2 * number + 1] = slope
    set_total(rows)
    return rows


def set_total(rows: np.ndarray) -> None:
    """Make the total's line of photon rows [..., 12] the sum of the processes' lines, in place."""
    for part in range(2):
        rows[..., TOTAL + part] = rows[..., FIRST_PROCESS + part :: 2].sum(axis=-1)


def build_gamma_tables(couples: Sequence[Couple], with_rayleigh: bool) -> GammaTables:
    """Return the photon tables of `couples`; without Rayleigh scattering its lines are zero."""
    materials = [couple.material for couple in couples]
    lines = [_photon_lines(couple, with_rayleigh) for couple in couples]
    table = np.zeros((len(lines), max(len(rows) for rows in lines), N_GAMMA_COLUMNS))
    for rows, part in zip(lines, table):
        part[: len(rows)] = rows
    return GammaTables(
        table,
        build_photoelectric_tables(materials),
        build_conversion_tables(materials),
        build_rayleigh_tables(materials),
    )


def majorant_lines(cross_sections: np.ndarray) -> np.ndarray:
    """Return lines c0 + c1 E (1/mm) not below any couple's total in each bin, float64[N_NODES - 1, 2].

    cross_sections: of GammaTables, for the couples in question. Per energy, because the densest material is
    not a bound everywhere. A bin with an edge gets a constant.
    """
    low, high = ENERGY_GRID[:-1], ENERGY_GRID[1:]
    left = np.zeros(N_NODES - 1)
    right = np.zeros(N_NODES - 1)
    with_edge = np.zeros(N_NODES - 1, dtype=bool)
    for rows in cross_sections:
        for i in range(N_NODES - 1):
            row, start = i, low[i]
            while start < high[i]:
                end = np.fmin(rows[row, EDGE], high[i])
                left[i] = max(left[i], rows[row, TOTAL] + rows[row, TOTAL + 1] * start)
                right[i] = max(right[i], rows[row, TOTAL] + rows[row, TOTAL + 1] * end)
                with_edge[i] |= end < high[i]
                row, start = int(rows[row, NEXT]), end
    left[with_edge] = right[with_edge] = np.maximum(left, right)[with_edge]
    slope = (right - left) / (high - low)
    return np.stack([left - slope * low, slope], axis=1)


def step_cross_section(total: np.ndarray, step_loss: float) -> np.ndarray:
    """Return the largest `total` within a step's loss below each node, and up to the next node."""
    first = np.searchsorted(ENERGY_GRID, (1.0 - step_loss) * ENERGY_GRID, side="right") - 1
    last = np.minimum(np.arange(N_NODES) + 1, N_NODES - 1)
    return np.array([total[max(i, 0) : j + 1].max() for i, j in zip(first, last)])


def build_charged_tables(couples: Sequence[Couple], step_loss: float = 0.2) -> ChargedTables:
    """Return the electron and positron tables of `couples`.

    step_loss: largest fraction of its energy a track loses in a step, before the next look at its cross
    section; no larger than the fraction of the range a step may take.
    """
    n = len(couples)
    rows = np.zeros((2 * n, N_NODES, N_CHARGED_COLUMNS))
    for positron in (False, True):
        for couple, row in zip(couples, rows[n:] if positron else rows[:n]):
            row[:, DEDX], row[:, RANGE] = couple.loss_and_range(positron)
            row[:, TRANSPORT_PATH] = 1.0 / couple.transport(ENERGY_GRID, positron)
            row[:, IONISATION_SIGMA] = couple.ionisation(ENERGY_GRID, positron)
            row[:, BREMSSTRAHLUNG_SIGMA] = couple.bremsstrahlung(ENERGY_GRID, positron)
            if positron:
                row[:, ANNIHILATION_SIGMA] = couple.annihilation(ENERGY_GRID)
            row[:, STEP_SIGMA] = step_cross_section(
                row[:, IONISATION_SIGMA : ANNIHILATION_SIGMA + 1].sum(axis=1), step_loss
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
def photon_row(cross_sections, couple, energy):
    """Return the row of GammaTables.cross_sections that holds at `energy` (MeV)."""
    row = energy_bin(energy)
    while energy >= cross_sections[couple, row, EDGE]:
        row = int(cross_sections[couple, row, NEXT])
    return row


@kernel
def photon_total(cross_sections, couple, energy):
    """Return the total cross section (1/mm) of a photon of `energy` (MeV)."""
    row = photon_row(cross_sections, couple, energy)
    return fma(energy, cross_sections[couple, row, TOTAL + 1], cross_sections[couple, row, TOTAL])


@kernel
def photon_partial(cross_sections, couple, energy, process):
    """Return the cross section (1/mm) of one process (index in simkit.processes)."""
    row = photon_row(cross_sections, couple, energy)
    column = FIRST_PROCESS + 2 * process
    return cross_sections[couple, row, column] + energy * cross_sections[couple, row, column + 1]


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
def between(rows, row, i, fraction, which):
    """Return one column of a table of rows at `fraction` of the way from node i to the next."""
    low = rows[row, i, which]
    return fma(fraction, rows[row, i + 1, which] - low, low)


@kernel
def column(rows, row, energy, which):
    """Return one column of a table of rows at `energy` (MeV), by linear interpolation."""
    i = energy_bin(energy)
    low = rows[row, i, which]
    return fma(energy_fraction(energy, i), rows[row, i + 1, which] - low, low)


def switch_off(rows: np.ndarray, on: Any, step_loss: float) -> None:
    """Take the processes whose names `on` has as false out of ChargedTables.rows; step_loss: theirs."""
    columns = {
        IONISATION: IONISATION_SIGMA,
        BREMSSTRAHLUNG: BREMSSTRAHLUNG_SIGMA,
        ANNIHILATION: ANNIHILATION_SIGMA,
    }
    off = [column for process, column in columns.items() if not getattr(on, PROCESSES[process])]
    rows[:, :, off] = 0.0
    for row in rows if off else ():
        total = row[:, IONISATION_SIGMA : ANNIHILATION_SIGMA + 1].sum(axis=1)
        row[:, STEP_SIGMA] = step_cross_section(total, step_loss)
    if not on.msc:
        # far beyond any step: in vacuum a fifth of the range is 1e24 mm
        rows[:, :, TRANSPORT_PATH] = 1e100
