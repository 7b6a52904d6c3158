"""The parts of the toy hadron model, each by itself."""

import math

import numpy as np
import pytest

from simkit.jit import kernel
from simkit.materials import element_by_z, find_material
from simkit.physics.deexcitation import next_share, sample_evaporated
from simkit.physics.hadronic.angles import sample_forward_cosine, sample_sloped_cosine
from simkit.physics.hadronic.cross_sections import CLASSES, elastic, inelastic, per_mm
from simkit.physics.hadronic.elastic import sample_elastic
from simkit.physics.hadronic.model import hadron_model
from simkit.physics.hadronic.pions import sample_number
from simkit.physics.hadronic.targets import MASS, RISE, SLOPE, build_targets, separation_energy
from simkit.physics.neutron.nuclei import nucleus
from simkit.rng import make_rng, start_track

# Particle Data Group 2022: nuclear and pion interaction lengths (g/cm2) of what is not in the table
LENGTHS = {
    "G4_POLYSTYRENE": (81.7, 113.7),
    "G4_Ti": (126.2, 156.0),
    "G4_Sn": (166.7, 194.3),
    "G4_Au": (196.3, 223.0),
}


def on_track(function, n, *arguments):
    """Return what a kernel samples in `n` calls, a row each."""
    sample = kernel(function)
    rng = make_rng(7)
    start_track(rng, 0, 1)
    return np.array([sample(rng, *arguments) for _ in range(n)])


@pytest.mark.parametrize("name", LENGTHS)
def test_interaction_lengths_of_other_materials(name):
    material = find_material(name)
    energy = np.array([2e5])
    for which, length in zip(("nucleon", "pion"), LENGTHS[name]):
        found = 1.0 / per_mm(material, energy, which, 0)[0][0]
        # 1 % for the rise from 100 to 200 GeV, 1.5 % for the interpolation
        assert 0.1 * found * material.density_g_cm3 == pytest.approx(length, rel=0.025)


def test_a_slow_proton_does_not_get_over_the_barrier():
    lead = element_by_z(82)
    energy = np.array([5.0, 13.0, 30.0])
    protons, neutrons = (inelastic(lead, energy, "nucleon", charge) for charge in (1, 0))
    assert protons[0] == protons[1] == 0.0
    assert 0.0 < protons[2] < neutrons[2]


@pytest.mark.parametrize(
    ("z", "which", "energy", "value"),
    [
        (6, "pion", 140.0, 435.0),
        (6, "pion", 1000.0, 256.0),
        (29, "pion", 100.0, 1225.0),
        (29, "pion", 1e4, 680.0),
        (82, "pion", 180.0, 2485.0),
        (26, "pion", 1000.0, 760.0),  # between nuclei of the table
        (74, "pion", 1e4, 1460.0),
        (29, "nucleon", 50.0, 1010.0),
        (82, "nucleon", 20.0, 2460.0),
        (26, "nucleon", 1000.0, 795.0),
    ],
)
def test_cross_sections_of_slower_hadrons(z, which, energy, value):
    """V. S. Barashenkov (1993), mb; pions: mean of both charges. 7 %: the lengths are measured apart."""
    assert inelastic(element_by_z(z), np.array([energy]), which)[0] == pytest.approx(value, rel=0.07)


@pytest.mark.parametrize(
    ("z", "energy", "value"), [(29, 20.0, 1190.0), (29, 50.0, 950.0), (82, 20.0, 1515.0), (82, 50.0, 1910.0)]
)
def test_cross_sections_of_protons_near_their_barrier(z, energy, value):
    """V. S. Barashenkov (1993), millibarn."""
    found = inelastic(element_by_z(z), np.array([energy]), "nucleon", 1)[0]
    assert found == pytest.approx(value, rel=0.16)


@pytest.mark.parametrize("z", [1, 6, 7, 8, 13, 14, 18, 26, 29, 74, 82])
def test_elastic_cross_sections_meet_those_of_slow_neutrons(z):
    seam = np.array([20.0])
    slow = 1e3 * nucleus(z).elastic_barn(seam)[0]
    assert elastic(element_by_z(z), seam, "nucleon")[0] == pytest.approx(slow, rel=0.2)


@pytest.mark.parametrize(
    ("which", "charge", "energy", "total", "made"),
    [
        # neutrons: Nijmegen's partial waves; protons and pions (mean of pi+ and pi-): Particle Data Group
        ("nucleon", 0, 20.0, 482.0, 0.0),
        ("nucleon", 0, 50.0, 168.0, 0.0),
        ("nucleon", 0, 100.0, 73.0, 0.0),
        ("nucleon", 0, 200.0, 43.0, 0.0),
        ("nucleon", 0, 300.0, 34.0, 0.0),
        ("nucleon", 0, 1000.0, 39.0, 16.0),
        ("nucleon", 1, 1000.0, 47.4, 23.5),
        ("nucleon", 1, 2e5, 38.9, 32.0),
        ("pion", 1, 180.0, 135.0, 23.0),
        ("pion", 1, 1e5, 23.7, 20.4),
    ],
)
def test_cross_sections_on_hydrogen(which, charge, energy, total, made):
    """mb. made: the inelastic part, none of nucleons below the threshold of pions."""
    at = element_by_z(1), np.array([energy]), which, charge
    assert inelastic(*at)[0] == pytest.approx(made, rel=0.1)
    assert inelastic(*at)[0] + elastic(*at)[0] == pytest.approx(total, rel=0.08)


def test_every_class_has_cross_sections_everywhere():
    for which in CLASSES:
        assert (inelastic(element_by_z(29), np.geomspace(5.0, 1e7, 50), which) > 50.0).all()


@pytest.mark.parametrize(
    ("z", "a", "binding"), [(6, 12, 7.68), (26, 56, 8.79), (29, 63, 8.75), (82, 208, 7.87)]
)
def test_binding_energy(z, a, binding):
    """Of the Atomic Mass Evaluation 2020, MeV a nucleon; the formula has no pairing, which carbon feels."""
    assert separation_energy(z, a) == pytest.approx(binding, rel=0.07)


def test_elastic_scattering_conserves_momentum_and_falls_with_its_slope():
    energy, mass, target, slope = 1000.0, 139.57039, 63 * 938.9, 14.5e-6 * 63 ** (2 / 3)
    given, cosine = on_track(sample_elastic.py_func, 2000, energy, mass, target, slope, 0.0).T
    p = math.sqrt(energy * (energy + 2 * mass))
    after = energy - given
    q = np.sqrt(after * (after + 2 * mass))
    recoil2 = given * (given + 2 * target)
    np.testing.assert_allclose(p * p + q * q - 2 * p * q * cosine, recoil2, rtol=1e-6, atol=1e-3)
    t = 2.0 * target * given
    assert t.mean() == pytest.approx(1 / slope, rel=5 / math.sqrt(2000))


def test_slow_nucleons_scatter_evenly_on_protons():
    """In the centre of mass: what the proton gets is then uniform from nothing to all."""
    proton = build_targets([find_material("G4_H")], "nucleon", 0).rows[0]
    at = 938.9187, proton[MASS], proton[SLOPE], proton[RISE]
    given = on_track(sample_elastic.py_func, 4000, 30.0, *at)[:, 0] / 30.0
    assert given.mean() == pytest.approx(0.5, abs=0.02)
    assert given.std() == pytest.approx(1 / math.sqrt(12), abs=0.01)
    fast = on_track(sample_elastic.py_func, 4000, 1e4, *at)[:, 0] * 2 * proton[MASS] * 1e-6
    assert 1 / fast.mean() == pytest.approx(9.0, rel=0.1)  # Particle Data Group: 8.5 to 9.5 GeV^-2 at 10 GeV


def test_shares_add_up_and_are_alike():
    n, rng = 4, make_rng(3)
    start_track(rng, 0, 1)
    shares = np.zeros((2000, n))
    for row in shares:
        left = 1.0
        for k in range(n):
            row[k] = next_share(rng, left, n - k)
            left -= row[k]
    np.testing.assert_allclose(shares.sum(axis=1), 1.0, rtol=1e-12)
    # of the uniform law on a simplex: mean 1/n, variance (n - 1) / (n^2 (n + 1))
    sem = math.sqrt((n - 1) / (n * n * (n + 1)) / len(shares))
    np.testing.assert_allclose(shares.mean(axis=0), 1 / n, atol=5 * sem)


def test_transverse_momentum():
    cosine = on_track(sample_forward_cosine.py_func, 4000, 1e4, 350.0)
    across = 1e4 * np.sqrt(1 - cosine**2)
    assert across.mean() == pytest.approx(350.0, rel=0.05)
    slow = on_track(sample_forward_cosine.py_func, 4000, 10.0, 350.0)
    assert abs(slow.mean()) < 0.05


def test_nucleons_go_forwards():
    """Mean of the law exp(c): coth 1 - 1."""
    cosine = on_track(sample_sloped_cosine.py_func, 4000, 1.0)
    assert np.abs(cosine).max() <= 1.0
    assert cosine.mean() == pytest.approx(1 / math.tanh(1) - 1, abs=0.05)


def test_evaporation_spectrum():
    """e exp(-e / T): mean 2 T, T = sqrt(8 MeV 60 MeV / 60) = 2.83 MeV; cut at the energy there is."""
    energy = on_track(sample_evaporated.py_func, 4000, 60, 60.0, 60.0)
    assert energy.mean() == pytest.approx(2 * math.sqrt(8.0), rel=0.05)
    assert on_track(sample_evaporated.py_func, 500, 60, 60.0, 0.5).max() <= 0.5


def test_pions_never_cost_more_than_there_is():
    model = hadron_model()
    for energy in (10.0, 150.0, 400.0, 2000.0, 1e5):
        for annihilates in (False, True):
            number = on_track(sample_number.py_func, 300, model, energy, annihilates)
            assert (number * 139.57039 <= energy).all()
    assert on_track(sample_number.py_func, 300, model, 2000.0, False).min() >= 1
