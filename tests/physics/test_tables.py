"""The couples' tables against G4HepEm's, and what transport relies on: inverse range, bounds, sums."""

from dataclasses import replace

import numpy as np
import pytest

from simkit.jit import kernel
from simkit.materials import compound, find_material, production_thresholds
from simkit.materials.density_effect import general_formula
from simkit.physics import compton, photoelectric
from simkit.physics.couple import Couple, absorption_edges, continuous_range
from simkit.physics.grid import ENERGY_GRID, energy_bin
from simkit.physics.tables import (
    ANNIHILATION_SIGMA,
    DEDX,
    IONISATION_SIGMA,
    RANGE,
    STEP_SIGMA,
    TRANSPORT_PATH,
    build_charged_tables,
    build_gamma_tables,
    column,
    energy_at_range,
    majorant_lines,
    photon_partial,
    photon_total,
)
from simkit.processes import COMPTON, CONVERSION, PHOTOELECTRIC, RAYLEIGH
from simkit.units import ELECTRON_MASS

# G4HepEm's tables for a range cut of 0.7 mm (HepEmShow, data/hepem_data.json): energy (MeV), restricted
# dE/dx of ionisation and soft bremsstrahlung (MeV/mm), range (mm), first transport cross section (1/mm).
ARGON = [
    (0.001, 9.0475, 8.27596e-5, 41983.3),
    (0.01, 2.09041, 2.83689e-3, 1050.55),
    (0.1, 0.407411, 0.146665, 18.315),
    (1.0, 0.183732, 4.36497, 0.463213),
    (10.0, 0.185537, 53.8725, 0.0106675),
    (100.0, 0.193474, 523.242, 1.42021e-4),
    (1000.0, 0.194121, 5160.51, 1.43518e-6),
]
LEAD_TUNGSTATE = [
    (0.001, 25.0291, 3.09799e-5, 202150.0),
    (0.01, 8.45023, 7.62313e-4, 10714.6),
    (0.1, 1.86912, 0.0328416, 319.773),
    (1.0, 0.930995, 0.902502, 9.97567),
    (10.0, 0.985094, 10.2718, 0.229066),
    (100.0, 1.03115, 98.3647, 2.41542e-3),
    (1000.0, 1.02728, 972.501, 2.43518e-5),
]
ARGON_POSITRON = [(0.001, 11.624), (0.01, 2.34745), (0.1, 0.425434), (1.0, 0.180295), (10.0, 0.185036)]
NAMES = ("G4_lAr", "G4_PbWO4", "G4_WATER")
REFERENCE = [(0, *row) for row in ARGON] + [(1, *row) for row in LEAD_TUNGSTATE]


@kernel
def energies_at_ranges(rows, row, ranges, starts, out):
    for i in range(len(ranges)):
        out[i] = energy_at_range(rows, row, energy_bin(starts[i]), ranges[i])


@kernel
def columns(rows, row, which, energies, out):
    for i in range(len(energies)):
        out[i] = column(rows, row, energies[i], which)


@kernel
def partials(cross_sections, couple, process, energies, out):
    for i in range(len(energies)):
        if process < 0:
            out[i] = photon_total(cross_sections, couple, energies[i])
        else:
            out[i] = photon_partial(cross_sections, couple, energies[i], process)


def of_photons(tables, couple, energies, process=-1):
    """Return the cross sections of a process, or their total."""
    energies = np.atleast_1d(np.asarray(energies, dtype=float))
    out = np.zeros(len(energies))
    partials(tables.cross_sections, couple, process, energies, out)
    return out


def at(rows, row, which, energies):
    energies = np.atleast_1d(np.asarray(energies, dtype=float))
    out = np.zeros(len(energies))
    columns(rows, row, which, energies, out)
    return out


@pytest.fixture(scope="module")
def couples():
    materials = [find_material(name) for name in NAMES]
    cuts = [production_thresholds(material, 0.7) for material in materials]
    return [Couple(material, cut.gamma, cut.electron) for material, cut in zip(materials, cuts)]


@pytest.fixture(scope="module")
def charged(couples):
    return build_charged_tables(couples)


@pytest.fixture(scope="module")
def gamma(couples):
    return build_gamma_tables(couples, with_rayleigh=True)


def random_energies(n, low=1e-3, high=1e6):
    return np.exp(np.random.default_rng(3).uniform(np.log(low), np.log(high), n))


@pytest.mark.parametrize(("couple", "energy", "dedx", "path_range", "transport"), REFERENCE)
def test_as_g4hepem(charged, couple, energy, dedx, path_range, transport):
    assert at(charged.rows, couple, DEDX, energy)[0] == pytest.approx(dedx, rel=0.01)
    assert at(charged.rows, couple, RANGE, energy)[0] == pytest.approx(path_range, rel=0.01)
    assert 1.0 / at(charged.rows, couple, TRANSPORT_PATH, energy)[0] == pytest.approx(transport, rel=0.03)


@pytest.mark.parametrize(("energy", "dedx"), ARGON_POSITRON)
def test_positron_loss_as_g4hepem(charged, energy, dedx):
    assert at(charged.rows, len(NAMES), DEDX, energy)[0] == pytest.approx(dedx, rel=0.01)


def test_ranges_in_water_as_geant4():
    # Geant4 11.4 TestEm15, cut 1 mm: restricted range of 5 MeV and 100 keV electrons in water, and their
    # transport mean free path. Its water is a compound with I = 78 eV and the general density effect.
    water = compound("Water", 1.0, {"H": 0.1121, "O": 0.8879})
    effect = general_formula(78e-6, water.electrons_per_mm3, "liquid")
    water = replace(water, mean_excitation_MeV=78e-6, density_effect=effect)
    tables = build_charged_tables([Couple(water, 2.93515e-3, 0.351291)])
    assert at(tables.rows, 0, RANGE, [5.0, 0.1]) == pytest.approx([27.531, 0.14325], rel=0.01)
    assert at(tables.rows, 0, TRANSPORT_PATH, [5.0, 0.1]) == pytest.approx([83.239, 0.15344], rel=0.03)


@pytest.mark.parametrize("power", [-0.5, 0.0, 0.4])
def test_range_of_a_power_law(power):
    # dE/dx = E^power has the range E^(1 - power) / (1 - power), once the part below the first energy, where
    # the range is taken as 2 E / (dE/dx), is put right.
    dedx = ENERGY_GRID**power
    exact = ENERGY_GRID ** (1.0 - power) / (1.0 - power)
    start = 2.0 * ENERGY_GRID[0] / dedx[0] - exact[0]
    assert continuous_range(ENERGY_GRID, dedx) - start == pytest.approx(exact, rel=1e-5)


@pytest.mark.parametrize("row", range(2 * len(NAMES)))
def test_inverse_range_undoes_the_range(charged, row):
    energies = np.concatenate([random_energies(20_000), ENERGY_GRID[:-1]])
    ranges = at(charged.rows, row, RANGE, energies)
    assert (np.diff(charged.rows[row, :, RANGE]) > 0.0).all()
    out = np.zeros(len(energies))
    for start in (energies, np.full(len(energies), 1e6), 1.3 * energies):  # looked for downwards from there
        energies_at_ranges(charged.rows, row, ranges, np.maximum(start, energies), out)
        assert out == pytest.approx(energies, rel=1e-9)


def test_inverse_range_below_the_grid(charged):
    shortest = charged.rows[0, 0, RANGE]
    out = np.zeros(3)
    energies_at_ranges(
        charged.rows, 0, shortest * np.array([1.0 - 1e-12, 0.25, 0.0]), np.full(3, ENERGY_GRID[0]), out
    )
    assert out == pytest.approx(ENERGY_GRID[0] * np.array([1.0, 0.0625, 0.0]), rel=1e-9)


@pytest.mark.parametrize("row", range(2 * len(NAMES)))
def test_step_cross_section_bounds_what_a_step_may_meet(charged, row):
    # A step may lose a fifth of the energy: no cross section on the way is above the one it is made with, but
    # for 1e-5 of it where it rises towards lower energies and both are interpolated.
    energies = random_energies(20_000)
    step = at(charged.rows, row, STEP_SIGMA, energies)
    for left in (1.0, 0.97, 0.9, 0.8):
        total = sum(
            at(charged.rows, row, which, np.maximum(left * energies, 1e-3))
            for which in range(IONISATION_SIGMA, ANNIHILATION_SIGMA + 1)
        )
        assert (total <= step * (1.0 + 1e-4)).all()


def test_electrons_do_not_annihilate(charged):
    n = len(NAMES)
    assert (charged.rows[:n, :, ANNIHILATION_SIGMA] == 0.0).all()
    assert (charged.rows[n:, :, ANNIHILATION_SIGMA] > 0.0).all()


def test_total_is_the_sum_of_the_processes(couples, gamma):
    without = build_gamma_tables(couples, with_rayleigh=False)
    energies = random_energies(10_000)
    for tables in (gamma, without):
        for couple in range(len(NAMES)):
            each = [of_photons(tables, couple, energies, process) for process in range(RAYLEIGH + 1)]
            assert of_photons(tables, couple, energies) == pytest.approx(sum(each), rel=1e-12)
            assert (each[RAYLEIGH] > 0.0).all() == (tables is gamma)
            assert each[RAYLEIGH].any() == (tables is gamma)


@pytest.mark.parametrize(
    ("couple", "process", "energy", "per_mm", "tolerance"),
    [  # G4HepEm's tables; tolerances of the processes: 1 % for conversion and Compton, 4 % photoelectric
        (0, CONVERSION, 3.177, 3.9179e-4, 0.01),
        (0, CONVERSION, 95.44, 3.8974e-3, 0.01),
        (0, CONVERSION, 832300.0, 5.5082e-3, 0.01),
        (0, COMPTON, 0.01, 0.014187, 0.01),
        (0, COMPTON, 10.0, 0.0019192, 0.01),
        (0, PHOTOELECTRIC, 0.01, 8.5725, 0.04),
        (0, PHOTOELECTRIC, 0.1, 7.5318e-3, 0.04),
        (1, CONVERSION, 9.876, 0.026425, 0.01),
        (1, CONVERSION, 922.3, 0.08254, 0.01),
        (1, COMPTON, 1.0, 0.043855, 0.01),
        (1, PHOTOELECTRIC, 0.1, 3.3593, 0.04),
        (1, PHOTOELECTRIC, 1.0, 0.010998, 0.04),
    ],
)
def test_photons_as_g4hepem(gamma, couple, process, energy, per_mm, tolerance):
    assert of_photons(gamma, couple, energy, process)[0] == pytest.approx(per_mm, rel=tolerance)


@pytest.mark.parametrize("couple", range(len(NAMES)))
def test_photon_lines_follow_the_processes(couples, gamma, couple):
    # Straight lines in bins of 3 to 6 %: a photoelectric cross section of E^-3 is at most 12 / 2000 too high.
    # Beside an edge (5e-4) the two are not compared, nor among the M edges below 4 keV.
    material = couples[couple].material
    edges = absorption_edges(material)
    energies = random_energies(5_000, low=4e-3)
    away = np.abs(energies[:, None] / edges[None, :] - 1.0).min(axis=1, initial=1.0) > 5e-4
    energies = energies[away]
    for process, module, error in ((COMPTON, compton, 1e-3), (PHOTOELECTRIC, photoelectric, 0.01)):
        exact = module.cross_section(material, energies)
        assert of_photons(gamma, couple, energies, process) == pytest.approx(exact, rel=error)


def test_absorption_edges_are_where_they_are(couples, gamma):
    # K edges (X-ray Data Booklet): argon 3.2059 keV, lead 88.005 keV, tungsten 69.525 keV
    assert absorption_edges(couples[0].material) == pytest.approx([3.2059e-3], rel=1e-3)
    edges = absorption_edges(couples[1].material)
    for edge in (0.069525, 0.088005):
        assert np.abs(edges / edge - 1.0).min() < 1e-3
        near = edges[np.abs(edges / edge - 1.0).argmin()]
        below, above = of_photons(gamma, 1, near * np.array([1.0 - 1e-9, 1.0 + 1e-9]), PHOTOELECTRIC)
        assert above > 1.5 * below


def test_no_pairs_below_their_threshold(gamma):
    threshold = 2.0 * ELECTRON_MASS
    for couple in range(len(NAMES)):
        below = of_photons(gamma, couple, np.linspace(0.5, threshold * (1.0 - 1e-12), 1000), CONVERSION)
        assert (below == 0.0).all()
        assert of_photons(gamma, couple, 1.05, CONVERSION)[0] > 0.0


@pytest.mark.parametrize("chosen", [(0, 1), (0, 2), (0, 1, 2)])
def test_majorant_is_above_every_material(gamma, chosen):
    # Lines on lines: never below, and no more than the step at an edge above.
    lines = majorant_lines(gamma.cross_sections[list(chosen)])
    edges = [1.022, *ENERGY_GRID[1:-1]]
    energies = np.concatenate([random_energies(50_000), edges, np.nextafter(edges, 0.0)])
    bins = np.searchsorted(ENERGY_GRID, energies, side="right") - 1
    majorant = lines[bins, 0] + energies * lines[bins, 1]
    totals = np.array([of_photons(gamma, couple, energies) for couple in chosen])
    assert (totals <= majorant * (1.0 + 1e-12)).all()
    assert np.median(majorant / totals.max(axis=0)) < 1.0 + 1e-9
