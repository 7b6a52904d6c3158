from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.stats import chi2_contingency, chisquare

from simkit.jit import kernel
from simkit.materials import find_material
from simkit.physics import conversion
from simkit.physics.conversion import (
    THRESHOLD,
    build_conversion_tables,
    coulomb_correction,
    cross_section,
    cross_section_per_atom,
    lpm_energy_of,
    sample_pair,
)
from simkit.physics.lpm import migdal_functions
from simkit.rng import make_rng, start_track
from simkit.units import CLASSICAL_ELECTRON_RADIUS, ELECTRON_MASS, FINE_STRUCTURE, barn, millibarn

FALSE_ALARM = 1e-4  # of each statistical test, for a new seed; the seeds are fixed
MATERIALS = [find_material(name) for name in ("G4_Cu", "G4_Pb", "G4_lAr", "G4_PbWO4")]
CU, PB, LAR, PBWO4 = range(4)


@kernel
def _sample(rng, energy, tables, material, out):
    start_track(rng, 0, 1)
    for i in range(out.shape[0]):
        out[i, 0], out[i, 1], out[i, 2], out[i, 3] = sample_pair(rng, energy, tables, material)


def sample(energy: float, material: int, count: int, seed: int = 1) -> np.ndarray:
    """Return (count, 4): electron energy and cosine, positron energy and cosine."""
    out = np.empty((count, 4))
    _sample(make_rng(seed), energy, build_conversion_tables(MATERIALS), material, out)
    return out


def bethe_heitler(x, energy, z, coulomb, lpm_energy=None):
    """Return d sigma / dx over 4 alpha r_e^2 Z (Z + eta), x = E_lepton / E_gamma, as the manual writes it.

    Geant4 Physics Reference Manual, "Gamma Conversion into e+e- Pair", the screening functions in the
    parametrisation of its section on high energies; with lpm_energy suppressed by Migdal's functions.
    """
    delta = 136.0 / np.cbrt(z) * ELECTRON_MASS / (energy * x * (1.0 - x))
    far = 21.0190 - 4.145 * np.log(delta + 0.958)
    phi1 = np.where(delta > 1.4, far, 20.806 - 3.190 * delta + 0.5710 * delta**2)
    phi2 = np.where(delta > 1.4, far, 20.234 - 2.126 * delta + 0.0903 * delta**2)
    logarithm = np.log(z) / 3.0 + coulomb
    xi, g, phi = 1.0, 1.0, 1.0
    if lpm_energy is not None:
        s_prime = np.sqrt(lpm_energy / (8.0 * energy * x * (1.0 - x)))
        s1 = np.sqrt(2.0) * np.cbrt(z) ** 2 / 184.0**2
        h = np.log(s_prime) / np.log(s1)
        xi = np.where(s_prime > 1.0, 1.0, 1.0 + h - 0.08 * (1.0 - h) * h * (2.0 - h) / np.log(s1))
        s = s_prime / np.sqrt(xi)
        g, phi = migdal_functions(s)
        xi = np.where((xi * phi > 1.0) | (s > 0.57), 1.0 / phi, xi)
    equal = (x**2 + (1.0 - x) ** 2) * (g + 2.0 * phi) / 3.0 * (phi1 / 4.0 - logarithm)
    return np.maximum(xi * (equal + 2.0 / 3.0 * x * (1.0 - x) * g * (phi2 / 4.0 - logarithm)), 0.0)


def integral(energy, z, low, high, coulomb, lpm_energy=None):
    arguments = (energy, z, coulomb, lpm_energy)
    return quad(bethe_heitler, low, high, args=arguments, epsrel=1e-6, limit=200)[0]


@pytest.mark.parametrize(
    ("energy", "expected"), [(1.11, 1.19069), (1.41, 23.1463), (1.61, 51.7366), (1.91, 108.167)]
)
def test_cross_section_of_iron_is_geant4s(energy, expected):
    """Millibarn per atom; Geant4 11.4, TestEm0/DirectAccess.out."""
    assert_allclose(cross_section_per_atom(26, energy) / millibarn, expected, rtol=1e-5)


def test_macroscopic_cross_sections_are_geant4s():
    """1/mm; G4HepEm's tables: 0.1 %, below 30 GeV (the fit) and above (the integral)."""
    energy = np.array([3.177, 9.876, 95.44, 922.3, 8912.0, 45865.0, 86130.0, 832300.0])
    argon = [3.9179e-4, 1.4725e-3, 3.8974e-3, 5.2402e-3, 5.4711e-3, 5.4990e-3, 5.5037e-3, 5.5082e-3]
    tungstate = [8.8611e-3, 0.026425, 0.062783, 0.08254, 0.086167, 0.086221, 0.086263]
    assert_allclose(cross_section(MATERIALS[LAR], energy), argon, rtol=1e-3)
    found = cross_section(MATERIALS[PBWO4], energy[[0, 1, 2, 3, 5, 6, 7]])
    assert_allclose(found, tungstate, rtol=1e-3)


def test_cross_section_vanishes_at_and_below_threshold():
    sigma = cross_section_per_atom(82, [0.5, THRESHOLD, THRESHOLD + 1e-6])
    assert (sigma[:2] == 0.0).all()
    assert sigma[2] > 0.0
    assert cross_section_per_atom(82, 1.0).shape == ()


def test_where_the_branches_of_the_cross_section_meet():
    """Without a step, but for 2 % in lead where the fit, which turns down too early, ends."""
    for joint, step in (
        (conversion.FIT_LOWEST, 0.0),
        (conversion.FIT_HIGHEST, 0.02),
        (conversion.LPM_LIMIT, 0.0),
    ):
        below, above = cross_section(MATERIALS[PB], joint * np.array([1 - 1e-9, 1 + 1e-9]))
        assert_allclose(above, below * (1.0 + step), rtol=1e-4 + 0.1 * step)


def test_cross_section_agrees_with_bethe_heitler():
    """Within 4 % of 4 alpha r_e^2 Z (Z + eta) times the integral of the spectrum, 100 MeV to 80 GeV.

    eta = L'rad / (Lrad - f_c), L'rad = ln(1194 / Z^(2/3)), Lrad = ln(184 / Z^(1/3)).
    """
    for z in (18, 29, 82):
        coulomb = coulomb_correction(z)
        eta = np.log(1194.0 / z ** (2 / 3)) / (np.log(184.0 / z ** (1 / 3)) - coulomb)
        for energy in (100.0, 1e3, 8e4):
            exact = 2.0 * integral(energy, z, ELECTRON_MASS / energy, 0.5, coulomb)
            exact *= 4.0 * FINE_STRUCTURE * CLASSICAL_ELECTRON_RADIUS**2 * z * (z + eta)
            assert_allclose(cross_section_per_atom(z, energy) / barn, exact / barn, rtol=0.04)


def test_lpm_suppression_of_the_cross_section():
    """Lead at 0.1 to 10 PeV, against the exact integrals with and without Migdal's suppression."""
    z, energies = 82, np.array([1e8, 1e9, 1e10])
    lpm_energy, coulomb = lpm_energy_of(MATERIALS[PB]), coulomb_correction(82)
    bare = integral(1e8, z, 0.0, 0.5, coulomb)
    exact = [integral(energy, z, 1e-9, 0.5, coulomb, lpm_energy) / bare for energy in energies]
    found = cross_section_per_atom(z, energies, lpm_energy) / cross_section_per_atom(z, energies)
    assert_allclose(found, exact, rtol=5e-3)
    assert found[0] < 0.8


def test_coulomb_correction():
    """H. Davies et al., Phys. Rev. 93 (1954) 788: a^2 sum 1 / (n (n^2 + a^2)), within 1e-3."""
    n = np.arange(1.0, 1e5)
    for z in (6, 29, 82):
        a = FINE_STRUCTURE * z
        assert_allclose(coulomb_correction(z), a**2 * (1.0 / (n * (n**2 + a**2))).sum(), rtol=1e-3)


@pytest.mark.parametrize(
    ("energy", "gold"),
    [
        (1.5, [0, 0, 0, 1911, 3054, 3142, 1893, 0, 0, 0]),
        (100.0, [754, 1109, 1054, 1055, 1010, 1010, 1024, 1055, 1090, 839]),
        (1e6, [1209, 1073, 911, 912, 844, 881, 903, 992, 1066, 1209]),
    ],
)
def test_samples_agree_with_celeritas(energy, gold):
    """10,000 samples in copper, energy share of a lepton in ten bins: celeritas/em/BetheHeitler.test.cc."""
    share = (sample(energy, CU, 100_000)[:, 0] + ELECTRON_MASS) / energy
    found = np.histogram(share, np.linspace(0.0, 1.0, 11))[0]
    filled = np.array(gold) > 0
    assert (found[~filled] == 0).all()
    assert chi2_contingency([found[filled], np.array(gold)[filled]]).pvalue > FALSE_ALARM


@pytest.mark.parametrize(
    ("energy", "material"), [(2.1, PB), (10.0, LAR), (49.0, CU), (60.0, PB), (9e4, CU), (1e6, PB), (3e7, PB)]
)
def test_energies_follow_bethe_heitler(energy, material):
    count, bins = 100_000, 30
    z = MATERIALS[material].elements[0].z
    coulomb = coulomb_correction(z) if energy > 50.0 else 0.0
    lpm_energy = lpm_energy_of(MATERIALS[material]) if energy > 1e5 else None
    drawn = sample(energy, material, count)
    share = (np.minimum(drawn[:, 0], drawn[:, 2]) + ELECTRON_MASS) / energy
    edges = np.linspace(ELECTRON_MASS / energy, 0.5, bins + 1)
    exact = np.array([integral(energy, z, a, b, coulomb, lpm_energy) for a, b in pairwise(edges)])
    keep = exact > 1e-3 * exact.sum()  # near threshold the formula is negative at the edge
    found = np.histogram(share, edges)[0][keep]
    assert chisquare(found, exact[keep] / exact[keep].sum() * found.sum()).pvalue > FALSE_ALARM
    assert found.sum() > 0.99 * count


def test_either_lepton_takes_the_larger_share():
    electron, _, positron, _ = sample(30.0, PB, 100_000).T
    assert abs((electron > positron).mean() - 0.5) < 4.0 * 0.5 / np.sqrt(electron.size)


@pytest.mark.parametrize("energy", [THRESHOLD * (1 + 1e-9), 1.5, 5.0, 1e3, 1e6])
def test_energy_is_conserved(energy):
    electron, cos_electron, positron, cos_positron = sample(energy, PBWO4, 2000).T
    assert_allclose(electron + positron + THRESHOLD, energy, rtol=1e-12)
    assert min(electron.min(), positron.min()) >= 0.0
    assert np.abs([cos_electron, cos_positron]).max() <= 1.0


def test_angles_follow_the_universal_form():
    """u = theta E / m has the density a^2 u exp(-a u), with a = 5/8 for one in four, 15/8 for the others."""
    energy, count, bins = 1000.0, 100_000, 30
    electron, cosine = sample(energy, PB, count)[:, :2].T
    u = np.sqrt(0.5 * (1.0 - cosine)) * 2.0 * (1.0 + electron / ELECTRON_MASS)
    edges = np.append(np.linspace(0.0, 6.0, bins), 100.0)

    def cumulative(a):
        return 1.0 - (1.0 + a * edges) * np.exp(-a * edges)

    exact = np.diff(0.25 * cumulative(0.625) + 0.75 * cumulative(3.0 * 0.625))
    keep = electron > 50.0  # slower ones are cut at backward angles
    found = np.histogram(u[keep], edges)[0]
    assert chisquare(found, exact / exact.sum() * found.sum()).pvalue > FALSE_ALARM


def test_same_seed_same_samples():
    assert (sample(30.0, PBWO4, 100, seed=7) == sample(30.0, PBWO4, 100, seed=7)).all()
    assert (sample(30.0, PBWO4, 100, seed=7) != sample(30.0, PBWO4, 100, seed=8)).any()
