"""The tables of a heavy charged species and its antiparticle, built once on the host."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simkit.particles import Species
from simkit.physics.couple import Couple, continuous_range
from simkit.physics.fluctuation import FluctuationTables, build_fluctuation_tables
from simkit.physics.grid import ENERGY_GRID, N_NODES
from simkit.physics.heavy import ionisation
from simkit.physics.heavy.scattering import scattering_constants, transport_cross_section
from simkit.physics.tables import (
    DEDX,
    N_CHARGED_COLUMNS,
    RANGE,
    STEP_SIGMA,
    TRANSPORT_PATH,
    step_cross_section,
)
from simkit.units import SPEED_OF_LIGHT

# Columns of the cross sections (1/mm) of a heavy particle's processes; two are those that only it has.
DELTA_SIGMA, FIRST_SIGMA, SECOND_SIGMA, DECAY_SIGMA = range(STEP_SIGMA + 1, N_CHARGED_COLUMNS)
_BELOW_GRID = np.geomspace(1e-4, ENERGY_GRID[0], 33)[:-1]  # energies (MeV) below the grid where ranges begin


class HeavyTables(NamedTuple):
    """A species and its antiparticle, which differ in nothing here. mass: MeV; charge: its size in e.

    rows: float64[couples, N_NODES, 8], the columns of simkit.physics.tables and those above. scattering:
    float64[couples, ...], constants of simkit.physics.heavy.scattering. electrons: float64[couples], 1/mm^3.
    """

    mass: float
    charge: int
    rows: np.ndarray
    scattering: np.ndarray
    fluctuation: FluctuationTables
    electrons: np.ndarray
    electron_cut: np.ndarray


class Extra(NamedTuple):
    """What a species does besides: losses (MeV/mm) and the cross sections of its two processes (1/mm), at the
    energies of the grid."""

    dedx: NDArray[np.float64]
    first: NDArray[np.float64]
    second: NDArray[np.float64]


def build_heavy_tables(
    couples: Sequence[Couple],
    species: Species,
    extras: Sequence[Extra],
    radiates: bool,
    on: Sequence[bool],
    step_loss: float,
) -> HeavyTables:
    """Return the tables of a species; radiates: as in simkit.physics.heavy.ionisation.

    extras: of each couple. on: whether delta rays are made, the species' two processes happen, it decays, and
    it scatters. step_loss: largest fraction of its energy that a track loses in a step.
    """
    mass, charge = species.mass, abs(species.charge)
    momentum = np.sqrt(ENERGY_GRID * (ENERGY_GRID + 2.0 * mass))
    rows = np.zeros((len(couples), N_NODES, N_CHARGED_COLUMNS))
    for couple, extra, row in zip(couples, extras, rows, strict=True):
        material, cut = couple.material, couple.electron_cut
        energies = np.concatenate([_BELOW_GRID, ENERGY_GRID])
        dedx = ionisation.restricted_dedx(material, energies, cut, mass, charge, radiates)
        dedx[len(_BELOW_GRID) :] += extra.dedx
        row[:, DEDX] = dedx[len(_BELOW_GRID) :]
        row[:, RANGE] = continuous_range(energies, dedx)[len(_BELOW_GRID) :]
        scatters = on[4]
        row[:, TRANSPORT_PATH] = (
            1.0 / transport_cross_section(material, ENERGY_GRID, mass, charge, cut) if scatters else 1e100
        )
        each = (
            ionisation.cross_section(material, ENERGY_GRID, cut, mass, charge, radiates),
            extra.first,
            extra.second,
            mass / (momentum * SPEED_OF_LIGHT * species.lifetime),
        )
        for column, sigma, switched in zip(range(DELTA_SIGMA, DECAY_SIGMA + 1), each, on):
            row[:, column] = sigma if switched else 0.0
        row[:, STEP_SIGMA] = step_cross_section(row[:, DELTA_SIGMA:].sum(axis=1), step_loss)
    materials = [couple.material for couple in couples]
    cuts = [couple.electron_cut for couple in couples]
    return HeavyTables(
        mass,
        charge,
        rows,
        np.array([scattering_constants(material) for material in materials]),
        build_fluctuation_tables(materials, cuts),
        np.array([material.electrons_per_mm3 for material in materials]),
        np.array(cuts),
    )
