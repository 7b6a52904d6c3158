from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.stats import chisquare

from simkit.errors import BadInput
from simkit.jit import kernel
from simkit.materials import find_material
from simkit.physics import photoelectric
from simkit.physics.photoelectric import (
    build_photoelectric_tables,
    cross_section,
    cross_section_per_atom,
    sample_photoelectron,
    sample_sauter_cosine,
    shell_energies,
)
from simkit.rng import make_rng, start_track
from simkit.units import ELECTRON_MASS, barn, millibarn

FALSE_ALARM = 1e-4  # of each statistical test, for a new seed; the seeds are fixed
MATERIALS = [find_material(name) for name in ("G4_Pb", "G4_PbWO4", "G4_lAr")]


@kernel
def _sample(rng, energy, tables, material, out):
    start_track(rng, 0, 1)
    for i in range(out.shape[0]):
        out[i, 0], out[i, 1] = sample_photoelectron(rng, energy, tables, material)


def sample(energy: float, material: int, count: int, seed: int = 1) -> np.ndarray:
    """Return (count, 2): electron energy and cosine."""
    out = np.empty((count, 2))
    _sample(make_rng(seed), energy, build_photoelectric_tables(MATERIALS), material, out)
    return out


@kernel
def _sample_cosine(rng, energy, out):
    start_track(rng, 0, 1)
    for i in range(out.size):
        out[i] = sample_sauter_cosine(rng, energy)


@pytest.mark.parametrize(
    ("z", "energy", "expected"),
    [
        (18, 0.001, 2.1096e5),
        (18, 0.01, 4133.2),
        (18, 0.1, 3.69),
        (18, 0.5, 0.028817),
        (26, 0.1, 18.959),
        (29, 0.01, 22628.0),
        (74, 0.1, 1268.4),
        (82, 0.1, 1802.0),
        (82, 0.5, 28.414),
    ],
)
def test_cross_sections_below_1_MeV_are_xraylibs(z, energy, expected):
    """Barn per atom, xraylib 4.3.0."""
    assert_allclose(cross_section_per_atom(z, energy) / barn, expected, rtol=1e-4)


@pytest.mark.parametrize(("energy", "expected"), [(1.01, 31.5206), (1.51, 14.7834), (1.91, 9.95761)])
def test_continuation_in_iron_is_biggs_and_lighthills(energy, expected):
    """Millibarn per atom, within 2.5 %; Geant4 11.4, TestEm0/DirectAccess.out."""
    assert_allclose(cross_section_per_atom(26, energy) / millibarn, expected, rtol=0.025)


@pytest.mark.parametrize(
    ("z", "coefficients"),
    [
        (8, (3.631930756e-27, 3.913558160e-27, 1.916660459e-27, 1.075497857e-27)),
        (74, (9.460987617e-23, 1.865942443e-22, 1.022116378e-22, 3.999320354e-24)),
        (82, (1.458656333e-22, 3.055953822e-22, 1.635484011e-22, 1.186190339e-24)),
    ],
)
def test_continuation_follows_biggs_and_lighthill_to_100_MeV(z, coefficients):
    """Within 4 %: their coefficients (mm^2 MeV^k) above 0.5 MeV, as G4HepEm tabulates them."""
    energy = np.geomspace(1.0, 100.0, 30)
    expected = (coefficients / energy[:, None] ** np.arange(1, 5)).sum(1)
    assert_allclose(cross_section_per_atom(z, energy), expected, rtol=0.04)


def test_macroscopic_cross_sections_are_geant4s():
    """1/mm; G4HepEm's tables (Sandia coefficients): within 4 %, from 10 keV."""
    found = cross_section(MATERIALS[2], [0.001, 0.01, 0.03, 0.1])
    assert_allclose(found, [449.96, 8.5725, 0.33371, 7.5318e-3], rtol=0.04)
    found = cross_section(MATERIALS[1], [0.01, 0.05, 0.1, 0.3, 1.0])
    assert_allclose(found, [81.144, 4.4496, 3.3593, 0.18343, 0.010998], rtol=0.04)


def test_cross_section_jumps_at_the_edges_and_nowhere_else():
    edge = shell_energies(82)[0]
    below, above = cross_section_per_atom(82, [edge * 0.999, edge * 1.001]) / barn
    assert below == pytest.approx(534.0, rel=0.01)
    assert above == pytest.approx(2512.0, rel=0.01)
    for z in (1, 6, 26, 92):
        below, above = cross_section_per_atom(z, photoelectric.JOINT * np.array([1 - 1e-9, 1 + 1e-9]))
        assert_allclose(below, above, rtol=1e-6)


def test_unknown_element():
    with pytest.raises(BadInput, match="Z = 99"):
        cross_section_per_atom(99, 1.0)


def test_shells():
    """Binding energies (keV) of K, L1, L2, L3 of lead: 88.0045, 15.8608, 15.2000, 13.0352 (xraylib 4.3.0)."""
    assert_allclose(shell_energies(82)[:4], [0.0880045, 0.0158608, 0.0152, 0.0130352])
    assert (np.diff(shell_energies(82)) <= 0.0).all()


@pytest.mark.parametrize(
    ("energy", "electron"),
    [(0.1, 0.1 - 0.0880045), (0.05, 0.05 - 0.0158608), (0.0157, 0.0157 - 0.0152), (1e-7, 0.0)],
)
def test_electron_leaves_the_innermost_open_shell(energy, electron):
    assert_allclose(sample(energy, 0, 10)[:, 0], electron, rtol=1e-12)


def test_element_is_chosen_by_its_share_of_the_cross_section():
    energy, count = 0.2, 20_000
    material = MATERIALS[1]
    partial = np.array(
        [
            density * cross_section_per_atom(element.z, energy)
            for element, density in zip(material.elements, material.atoms_per_mm3)
        ]
    )
    electrons = energy - np.array([shell_energies(element.z)[0] for element in material.elements])
    drawn = sample(energy, 1, count)[:, 0]
    found = [np.isclose(drawn, electron).sum() for electron in electrons]
    # oxygen gives one in 10^4: too few for a chi-square of its own
    heavy = partial > 0.01 * partial.sum()
    assert sum(found) == count
    observed = np.append(np.array(found)[heavy], count - np.array(found)[heavy].sum())
    expected = np.append(partial[heavy], partial[~heavy].sum()) / partial.sum() * count
    assert (
        chisquare(observed[:2], expected[:2] / expected[:2].sum() * observed[:2].sum()).pvalue > FALSE_ALARM
    )
    assert abs(observed[2] - expected[2]) < 4.5 * np.sqrt(expected[2])


@pytest.mark.parametrize("energy", [1e-4, 0.01, 0.3, 5.0, 90.0])
def test_angles_follow_sauter(energy):
    """F. Sauter, Ann. Phys. 11 (1931) 454: sin^2 / (1 - b cos)^4 (1 + g (g - 1) (g - 2) (1 - b cos) / 2)."""
    gamma = 1.0 + energy / ELECTRON_MASS
    beta = np.sqrt(1.0 - 1.0 / gamma**2)

    def density(v):  # v = 1 - cos
        denominator = 1.0 - beta + beta * v
        return v * (2.0 - v) / denominator**4 * (1.0 + 0.5 * gamma * (gamma - 1) * (gamma - 2) * denominator)

    bins, count = 30, 50_000
    drawn = np.empty(count)
    _sample_cosine(make_rng(4), energy, drawn)
    assert np.abs(drawn).max() <= 1.0
    edges = np.quantile(1.0 - drawn[: count // 2], np.linspace(0.0, 1.0, bins + 1))
    edges[0], edges[-1] = 0.0, 2.0
    exact = np.array([quad(density, a, b, epsrel=1e-9)[0] for a, b in pairwise(edges)])
    found = np.histogram(1.0 - drawn[count // 2 :], edges)[0]
    assert chisquare(found, exact / exact.sum() * found.sum()).pvalue > FALSE_ALARM


def test_fast_electrons_go_forward():
    drawn = np.empty(5)
    _sample_cosine(make_rng(1), 101.0, drawn)
    assert (drawn == 1.0).all()


def test_same_seed_same_samples():
    assert (sample(0.3, 1, 100, seed=7) == sample(0.3, 1, 100, seed=7)).all()
    assert (sample(0.3, 1, 100, seed=7) != sample(0.3, 1, 100, seed=8)).any()
