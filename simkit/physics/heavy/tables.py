"""The tables of heavy charged species, built once on the host."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simkit.particles import PARTICLES, species
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
UNSCATTERED = 1e100  # mm: transport mean free path where scattering is off
_BELOW_GRID = np.geomspace(1e-4, ENERGY_GRID[0], 33)[:-1]  # energies (MeV) below the grid where ranges begin


class HeavyTables(NamedTuple):
    """Heavy species that one life follows.

    mass, spin: float64[kinds], MeV and 1/2 or 0; charge: int64[kinds], in e; first_row: int64[kinds], where
    a kind's rows begin.
    rows: float64[species * couples, N_NODES, 8], the columns of simkit.physics.tables and those above.
    scattering: float64[couples, ...], constants of simkit.physics.heavy.scattering. electrons, electron_cut:
    float64[couples], 1/mm^3 and MeV.
    """

    mass: np.ndarray
    spin: np.ndarray
    charge: np.ndarray
    first_row: np.ndarray
    rows: np.ndarray
    scattering: np.ndarray
    fluctuation: FluctuationTables
    electrons: np.ndarray
    electron_cut: np.ndarray


class Extra(NamedTuple):
    """What a species does in a couple besides, at the energies of the grid: loss (MeV/mm), and the cross
    sections of two processes of its own (1/mm)."""

    dedx: NDArray[np.float64]
    first: NDArray[np.float64]
    second: NDArray[np.float64]


class Member(NamedTuple):
    """A species. kinds: of the particle and its antiparticle, which differ in nothing here; extras: of each
    couple; spin: 1/2 or 0."""

    kinds: tuple[int, ...]
    extras: Sequence[Extra]
    spin: float = 0.5


class Switches(NamedTuple):
    """What is on: delta rays, the two processes of a species, its decay, scattering."""

    delta: bool
    first: bool
    second: bool
    decay: bool
    scattering: bool


def build_heavy_tables(
    couples: Sequence[Couple], members: Sequence[Member], radiates: bool, on: Switches, step_loss: float
) -> HeavyTables:
    """Return the tables of species.

    radiates: as in simkit.physics.heavy.ionisation; step_loss: largest fraction of its energy that a track
    loses in a step.
    """
    mass, spin = np.ones(len(PARTICLES)), np.zeros(len(PARTICLES))
    charge = np.zeros(len(PARTICLES), dtype=np.int64)
    first_row = np.zeros(len(PARTICLES), dtype=np.int64)
    rows = np.zeros((len(members) * len(couples), N_NODES, N_CHARGED_COLUMNS))
    for number, member in enumerate(members):
        for kind in member.kinds:
            about = species(PARTICLES[kind])
            mass[kind], charge[kind], spin[kind] = about.mass, about.charge, member.spin
            first_row[kind] = number * len(couples)
        own = rows[number * len(couples) :]
        for couple, extra, row in zip(couples, member.extras, own):
            _fill(row, couple, member, extra, radiates, on)
            row[:, STEP_SIGMA] = step_cross_section(row[:, DELTA_SIGMA:].sum(axis=1), step_loss)
    materials = [couple.material for couple in couples]
    cuts = [couple.electron_cut for couple in couples]
    return HeavyTables(
        mass,
        spin,
        charge,
        first_row,
        rows,
        np.array([scattering_constants(material) for material in materials]),
        build_fluctuation_tables(materials, cuts),
        np.array([material.electrons_per_mm3 for material in materials]),
        np.array(cuts),
    )


def _fill(
    row: NDArray[np.float64], couple: Couple, member: Member, extra: Extra, radiates: bool, on: Switches
) -> None:
    """Fill the row of a species in a couple, float64[N_NODES, 8], but for STEP_SIGMA."""
    about = species(PARTICLES[member.kinds[0]])
    mass, charge, spin = about.mass, abs(about.charge), member.spin
    material, cut = couple.material, couple.electron_cut
    energies = np.concatenate([_BELOW_GRID, ENERGY_GRID])
    on_grid = slice(len(_BELOW_GRID), None)
    dedx = ionisation.restricted_dedx(material, energies, cut, mass, charge, radiates, spin)
    dedx[on_grid] += extra.dedx
    row[:, DEDX], row[:, RANGE] = dedx[on_grid], continuous_range(energies, dedx)[on_grid]
    row[:, TRANSPORT_PATH] = UNSCATTERED
    if on.scattering:
        row[:, TRANSPORT_PATH] = 1.0 / transport_cross_section(material, ENERGY_GRID, mass, charge, cut)
    if on.delta:
        row[:, DELTA_SIGMA] = ionisation.cross_section(
            material, ENERGY_GRID, cut, mass, charge, radiates, spin
        )
    if on.first:
        row[:, FIRST_SIGMA] = extra.first
    if on.second:
        row[:, SECOND_SIGMA] = extra.second
    if on.decay:
        momentum = np.sqrt(ENERGY_GRID * (ENERGY_GRID + 2.0 * mass))
        row[:, DECAY_SIGMA] = mass / (momentum * SPEED_OF_LIGHT * about.lifetime)
