"""Electrons in one material against Geant4's examples and against experiments."""

import numpy as np
import pytest
from shots import assert_nothing_lost, balance, deposited, interactions, secondaries, shoot, standard_error


def close(values, reference, tolerance, reference_error=0.0):
    """Return whether a mean over events agrees within a relative tolerance or 5 standard errors."""
    error = np.hypot(standard_error(values), reference_error)
    return abs(values.mean() - reference) < max(tolerance * reference, 5.0 * error)


def test_100_MeV_electrons_in_aluminium(prepare):
    # Geant4 11.4 TestEm1 (2000 events, cut 1 mm, opt0): 25.233 neutral and 136.96 charged tracks, 139.22 and
    # 202.53 steps, 210126 Compton, 45970 photoelectric, 2756 conversions; 174.7 keV leave. Its photoelectric
    # model and, above 100 MeV, its scattering are others than here.
    block = prepare(("G4_Al", 1e4), transverse_mm=1e4, cut_mm=1.0, physics__rayleigh=True)
    tallies = shoot(block, "e-", 100.0, 1500)
    assert_nothing_lost(tallies)
    assert close(secondaries(tallies, "gamma"), 25.233, 0.03, 0.15)
    assert close(1.0 + secondaries(tallies, "e-") + secondaries(tallies, "e+"), 136.96, 0.03, 0.8)
    steps = tallies.steps.sum(axis=2)
    assert close(steps[:, 0], 139.22, 0.04, 0.9)
    assert close(steps[:, 1:].sum(axis=1), 202.53, 0.04, 0.6)
    assert close(interactions(tallies, "compt"), 105.06, 0.03, 0.7)
    assert close(interactions(tallies, "phot"), 22.985, 0.03, 0.15)
    assert close(interactions(tallies, "conv"), 1.378, 0.05, 0.026)
    assert close(balance(tallies, "leaked"), 0.1747, 0.1, 0.02)


def test_hard_collisions_of_100_MeV_electrons_in_water(prepare):
    # Geant4 11.4 TestEm18 (100 000 events, 1 cm, cut 1 mm): 0.37461 photons and 0.23988 delta rays of the
    # primary. The tracking cut of 20 MeV keeps the secondaries' own from being counted.
    slab = prepare(("G4_WATER", 10.0), cut_mm=1.0, physics__tracking_cut_keV=2e4)
    tallies = shoot(slab, "e-", 100.0, 40_000)
    assert_nothing_lost(tallies)
    assert close(interactions(tallies, "eBrem"), 0.37461, 0.02, 0.0019)
    assert close(interactions(tallies, "eIoni"), 0.23988, 0.02, 0.0015)


def test_1_MeV_electrons_in_a_silicon_counter(prepare):
    # M. J. Berger et al., NIM 69 (1969) 181: 530 um of silicon. The deposits peak at 0.17 MeV, the peak is
    # 0.1 MeV wide at half its height, and 3 % of electrons leave all. Fluctuations, scattering and delta rays
    # all have their part in it. Its energy scale is good to 2 % (the full peak lies at 1.015 MeV).
    counter = prepare(("G4_Si", 0.53), transverse_mm=10.0, cut_mm=0.01)
    energy = deposited(shoot(counter, "e-", 1.0, 40_000))[:, 0]
    counts, edges = np.histogram(energy, bins=np.arange(0.105, 1.0, 0.01))
    peak = counts.argmax()
    assert edges[peak] + 0.005 == pytest.approx(0.17, abs=0.011)
    above = edges[:-1][counts > 0.5 * counts.max()]
    assert above[-1] - above[0] == pytest.approx(0.09, abs=0.021)
    # Counts measured in bins of 10 keV: 3.66 from 0.985 up, 102.6 below (in 1e-2 per MeV). Urban's model
    # turns fewer electrons back out of light materials than experiments find: a quarter more stay.
    assert (energy > 0.985).mean() == pytest.approx(0.0344, rel=0.3)


@pytest.mark.parametrize(("material", "z"), [("G4_Al", 13), ("G4_Cu", 29), ("G4_Au", 79)])
def test_backscattering(prepare, material, z):
    # L. Reimer and C. Tollkamp, Scanning 3 (1980) 35: backscattered electrons per electron at normal
    # incidence, hardly depending on energy below 100 keV; spread of published measurements 5 to 10 %.
    coefficient = -0.0254 + 0.016 * z - 1.86e-4 * z**2 + 8.3e-7 * z**3
    block = prepare((material, 5.0), cut_mm=0.01)
    tallies = shoot(block, "e-", 0.1, 4000)
    assert_nothing_lost(tallies)
    back = balance(tallies, "leaked") > 0.0
    assert back.mean() == pytest.approx(coefficient, rel=0.2)
