"""Ionisation against Geant4's and G4HepEm's numbers; the sampling against the integrated formulae."""

import math

import numpy as np
import pytest
from scipy.stats import chi2

from simkit.jit import kernel
from simkit.materials import find_material
from simkit.physics.ionisation import (
    cross_section,
    largest_transfer,
    restricted_dedx,
    sample_bhabha,
    sample_moller,
)
from simkit.rng import make_rng, start_track
from simkit.units import ELECTRON_MASS, barn

LAR_CUT = 0.273968  # MeV, of a range cut of 0.7 mm
PBWO4_CUT = 0.842469


@pytest.mark.parametrize(
    ("energy", "barn_per_atom", "mev_per_cm"),
    # Geant4 11.4 examples/extended/electromagnetic/TestEm0/DirectAccess.out: e- in iron, cut 100 keV
    [(1.01, 58.6857, 9.25654), (11.01, 65.8351, 9.301), (101.01, 66.2521, 9.70224)],
)
def test_iron_as_geant4(energy, barn_per_atom, mev_per_cm):
    iron = find_material("G4_Fe")
    per_atom = cross_section(iron, energy, 0.1, positron=False) / iron.atoms_per_mm3[0] / barn
    assert per_atom == pytest.approx(barn_per_atom, rel=1e-4)
    assert 10.0 * restricted_dedx(iron, energy, 0.1, positron=False) == pytest.approx(mev_per_cm, rel=1e-4)


@pytest.mark.parametrize(
    ("energy", "electron", "positron"),
    # G4HepEm's table (HepEmShow, data/hepem_data.json), restricted dE/dx in MeV/mm; at these energies the
    # share of soft bremsstrahlung in it is below 0.05 %.
    [
        (0.001, 9.0475, 11.624),
        (0.01, 2.09041, 2.34745),
        (0.1, 0.407411, 0.425434),
        (1000.0, 0.194121, 0.194116),
    ],
)
def test_liquid_argon_loss_as_g4hepem(energy, electron, positron):
    argon = find_material("G4_lAr")
    assert restricted_dedx(argon, energy, LAR_CUT, positron=False) == pytest.approx(electron, rel=1e-3)
    assert restricted_dedx(argon, energy, LAR_CUT, positron=True) == pytest.approx(positron, rel=1e-3)


@pytest.mark.parametrize(
    ("material", "cut", "energy", "per_mm", "tolerance"),
    [  # G4HepEm's tables; energies are rounded, which shows most near the threshold
        ("G4_lAr", LAR_CUT, 3.792, 0.032356, 1e-3),
        ("G4_lAr", LAR_CUT, 26.24, 0.035003, 1e-3),
        ("G4_lAr", LAR_CUT, 1257.0, 0.035248, 1e-3),
        ("G4_PbWO4", PBWO4_CUT, 8.575, 0.056436, 1e-3),
        ("G4_PbWO4", PBWO4_CUT, 222.1, 0.062216, 1e-3),
        # Geant4 11.4 TestEm0: e- 10 MeV in water, cut 0.1 mm; TestEm13: 100 MeV, 1 mm, per g/cm2
        ("G4_WATER", 0.0850445, 10.0, 0.0994823, 2e-3),
        ("G4_WATER", 0.351877, 100.0, 0.024204, 2e-3),
    ],
)
def test_delta_ray_cross_section(material, cut, energy, per_mm, tolerance):
    sigma = cross_section(find_material(material), energy, cut, positron=False)
    assert sigma == pytest.approx(per_mm, rel=tolerance)


def test_water_as_geant4():
    # Geant4 11.4 TestEm0: e- 10 MeV, 1.61327 MeV/cm restricted at 0.1 mm, 1.99147 in all. Its water has the
    # general Sternheimer-Peierls density effect, not the fitted set of G4_WATER used here: 1.1 % apart.
    water = find_material("G4_WATER")
    assert 10 * restricted_dedx(water, 10.0, 0.0850445, False) == pytest.approx(1.61327, rel=0.012)
    assert 10 * restricted_dedx(water, 10.0, np.inf, False) == pytest.approx(1.99147, rel=0.012)


@pytest.mark.parametrize("positron", [False, True])
def test_loss_is_the_same_however_split_at_the_threshold(positron):
    """Restricted loss plus the mean energy of delta rays does not depend on where the threshold is."""
    lead = find_material("G4_Pb")
    energy, low, high = 5.0, 0.1, 1.5
    edges = np.geomspace(low, high, 20001)
    above = np.array([float(cross_section(lead, energy, cut, positron)) for cut in edges])
    carried = np.sum((above[:-1] - above[1:]) * np.sqrt(edges[1:] * edges[:-1]))
    difference = restricted_dedx(lead, energy, high, positron) - restricted_dedx(lead, energy, low, positron)
    assert carried == pytest.approx(float(difference), rel=1e-6)


def test_out_of_reach_of_the_threshold():
    argon = find_material("G4_lAr")
    energy = np.array([0.1, 0.3, 0.5, 0.6])
    assert np.array_equal(cross_section(argon, energy, 0.25, positron=False) > 0, [False, False, False, True])
    assert np.array_equal(cross_section(argon, energy, 0.25, positron=True) > 0, [False, True, True, True])
    rng = make_rng(1)
    start_track(rng, 0, 1)
    assert sample_moller(rng, 0.5, 0.25) == (0.0, 1.0)
    assert sample_bhabha(rng, 0.25, 0.25) == (0.0, 1.0)


def test_loss_falls_smoothly_through_the_low_energy_joint():
    lead = find_material("G4_Pb")
    joint = 0.25e-3 * math.sqrt(82.0)
    below, above = restricted_dedx(lead, np.array([joint * 0.999999, joint * 1.000001]), 1.0, False)
    assert below == pytest.approx(above, rel=1e-5)
    assert np.all(restricted_dedx(lead, np.geomspace(1e-5, 1e6, 500), 1.0, True) > 0.0)


@kernel
def fill_moller(rng, energy, cut, out):
    for i in range(out.shape[0]):
        out[i, 0], out[i, 1] = sample_moller(rng, energy, cut)


@kernel
def fill_bhabha(rng, energy, cut, out):
    for i in range(out.shape[0]):
        out[i, 0], out[i, 1] = sample_bhabha(rng, energy, cut)


@pytest.mark.parametrize("positron", [False, True])
@pytest.mark.parametrize(("energy", "cut"), [(0.7, 0.3), (2.0, 0.274), (10.0, 1.0), (1e4, 0.1)])
def test_delta_ray_spectrum(positron, energy, cut):
    """Chi-square of 30 bins of equal content against the integrated formulae; false alarm 1e-6 each."""
    argon = find_material("G4_lAr")
    sample = np.empty((200_000, 2))
    rng = make_rng(7)
    start_track(rng, 0, 1)
    (fill_bhabha if positron else fill_moller)(rng, energy, cut, sample)

    edges = np.geomspace(cut, float(largest_transfer(energy, positron)), 4000)
    above = np.array([float(cross_section(argon, energy, edge, positron)) for edge in edges])
    cumulative = 1.0 - above / above[0]
    borders = np.interp(np.linspace(0, 1, 31), cumulative, edges)
    expected = np.diff(np.interp(borders, edges, cumulative)) * len(sample)
    observed = np.histogram(sample[:, 0], borders)[0]
    assert observed.sum() == len(sample)
    assert np.sum((observed - expected) ** 2 / expected) < chi2.isf(1e-6, 29)

    # the particle that goes on, from momentum conservation, is an electron or positron of the energy left
    delta, cosine = sample.T
    momentum = math.sqrt(energy * (energy + 2 * ELECTRON_MASS))
    delta_momentum = np.sqrt(delta * (delta + 2 * ELECTRON_MASS))
    left2 = momentum**2 + delta_momentum**2 - 2 * momentum * delta_momentum * cosine
    left = energy - delta
    assert np.allclose(left2, left * (left + 2 * ELECTRON_MASS), rtol=1e-6, atol=1e-9 * momentum**2)
