"""The energy grid: its bins against a search, its interpolation against power laws."""

import numpy as np
import pytest

from simkit.jit import kernel
from simkit.physics.grid import ENERGY_GRID, N_NODES, energy_bin, energy_fraction, interpolate, node_energy


@kernel
def bins_of(energies, bins, fractions, low):
    for i in range(len(energies)):
        bins[i] = energy_bin(energies[i])
        fractions[i] = energy_fraction(energies[i], bins[i])
        low[i] = node_energy(bins[i])


@kernel
def interpolate_all(table, energies, out):
    for i in range(len(energies)):
        out[i] = interpolate(table, 0, energies[i])


def located(energies):
    bins = np.zeros(len(energies), dtype=np.int64)
    fractions = np.zeros(len(energies))
    low = np.zeros(len(energies))
    bins_of(energies, bins, fractions, low)
    return bins, fractions, low


def test_nodes():
    assert len(ENERGY_GRID) == N_NODES
    assert ENERGY_GRID[0] == 2.0**-10  # below 1 keV
    assert ENERGY_GRID[-1] == 2.0**24  # above 1 TeV
    assert (ENERGY_GRID[16:] == 2.0 * ENERGY_GRID[:-16]).all()
    assert np.ptp(np.diff(ENERGY_GRID[:17])) == 0.0


def test_bin_as_a_search_finds_it():
    random = np.random.default_rng(1)
    energies = np.exp(random.uniform(np.log(ENERGY_GRID[0]), np.log(ENERGY_GRID[-1]), 100_000))
    inner = ENERGY_GRID[1:-1]
    energies = np.concatenate([energies, inner, np.nextafter(inner, 0.0), np.nextafter(inner, np.inf)])
    bins, fractions, low = located(energies)
    assert (bins == np.searchsorted(ENERGY_GRID, energies, side="right") - 1).all()
    assert (low == ENERGY_GRID[bins]).all()
    width = ENERGY_GRID[bins + 1] - ENERGY_GRID[bins]
    assert (fractions == (energies - ENERGY_GRID[bins]) / width).all()  # widths are powers of two: exact
    assert ((fractions >= 0.0) & (fractions < 1.0)).all()


def test_first_and_last_bin_hold_what_is_beyond():
    bins, fractions, _ = located(np.array([0.0, 5e-4, ENERGY_GRID[-1], 1e9]))
    assert bins.tolist() == [0, 0, N_NODES - 2, N_NODES - 2]
    assert fractions[0] == -16.0
    assert fractions[2] == 1.0


@pytest.mark.parametrize("power", [-2.0, -1.0, -0.5, 0.5, 1.0, 1.8])
def test_power_laws_within_the_stated_error(power):
    energies = np.exp(np.random.default_rng(2).uniform(np.log(1e-3), np.log(1e7), 100_000))
    out = np.zeros(len(energies))
    interpolate_all(ENERGY_GRID[None, :] ** power, energies, out)
    bound = abs(power * (power - 1.0)) / 2000.0
    assert np.abs(out / energies**power - 1.0).max() <= 1.02 * bound + 1e-12
