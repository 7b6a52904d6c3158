from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.stats import chi2_contingency, chisquare

from simkit.jit import kernel
from simkit.materials import find_material
from simkit.physics.compton import cross_section, cross_section_per_atom, sample_compton
from simkit.rng import make_rng, start_track
from simkit.units import CLASSICAL_ELECTRON_RADIUS, ELECTRON_MASS, barn

FALSE_ALARM = 1e-4  # of each statistical test, for a new seed; the seeds are fixed


@kernel
def _sample(rng, energy, out):
    start_track(rng, 0, 1)
    for i in range(out.shape[0]):
        out[i, 0], out[i, 1], out[i, 2], out[i, 3] = sample_compton(rng, energy)


def sample(energy: float, count: int, seed: int = 1) -> np.ndarray:
    """Return (count, 4): photon energy and cosine, electron energy and cosine."""
    out = np.empty((count, 4))
    _sample(make_rng(seed), energy, out)
    return out


def klein_nishina(ratio, energy):
    """Return d sigma / d (E'/E) per electron (mm^2): O. Klein and Y. Nishina, Z. Phys. 52 (1929) 853."""
    k = energy / ELECTRON_MASS
    cosine = 1.0 - (1.0 / ratio - 1.0) / k
    return np.pi * CLASSICAL_ELECTRON_RADIUS**2 / k * (ratio + 1.0 / ratio - 1.0 + cosine**2)


@pytest.mark.parametrize(("energy", "expected"), [(1.01, 5.50395), (1.41, 4.63654), (1.91, 3.91745)])
def test_cross_section_of_iron_is_geant4s(energy, expected):
    """Barn per atom; Geant4 11.4, examples/extended/electromagnetic/TestEm0/DirectAccess.out."""
    assert_allclose(cross_section_per_atom(26, energy) / barn, expected, rtol=1e-4)


def test_macroscopic_cross_sections_are_geant4s():
    """1/mm; tables of G4HepEm made with Geant4 11.4, from below the fitted range to far above."""
    energy = [0.01, 0.1, 1.0, 10.0, 100.0]
    assert_allclose(
        cross_section(find_material("G4_lAr"), energy),
        [0.014187, 0.01786, 0.008057, 0.0019192, 3.1514e-4],
        rtol=2e-3,
    )
    assert_allclose(
        cross_section(find_material("G4_PbWO4"), energy[1:4]), [0.088304, 0.043855, 0.010462], rtol=2e-3
    )


def test_low_energy_branch_is_continuous():
    for z, joint in ((1, 0.040), (18, 0.015), (82, 0.015)):
        below, above = cross_section_per_atom(z, [joint * (1 - 1e-9), joint * (1 + 1e-9)])
        assert_allclose(below, above, rtol=1e-7)


def test_cross_section_tends_to_free_electrons():
    """Within 3 % of Klein-Nishina at 10 MeV, 0.0509884 barn per electron: the accuracy of the fit there."""
    exact = quad(klein_nishina, 1.0 / (1.0 + 20.0 / ELECTRON_MASS), 1.0, args=(10.0,))[0]
    assert_allclose(exact / barn, 0.0509884, rtol=1e-5)
    for z in (1, 6, 18, 29, 82):
        assert_allclose(cross_section_per_atom(z, 10.0) / z, exact, rtol=0.03)


def test_bound_electrons_scatter_as_in_tables():
    """xraylib 4.3.0 incoherent cross sections (barn): Ar, Fe, W and Pb at 100 keV, within 2 %."""
    for z, expected in ((18, 8.4913), (26, 12.021), (74, 31.162), (82, 34.042)):
        assert_allclose(cross_section_per_atom(z, 0.1) / barn, expected, rtol=0.02)


def test_shape_follows_the_energies():
    assert cross_section_per_atom(6, 1.0).shape == ()
    assert cross_section_per_atom(6, np.ones((2, 3))).shape == (2, 3)


@pytest.mark.parametrize("energy", [0.002, 0.1, 1.0, 50.0])
def test_photon_energies_follow_klein_nishina(energy):
    count, bins = 100_000, 40
    lowest = 1.0 / (1.0 + 2.0 * energy / ELECTRON_MASS)
    edges = np.linspace(lowest, 1.0, bins + 1)
    exact = np.array([quad(klein_nishina, a, b, args=(energy,))[0] for a, b in pairwise(edges)])
    found = np.histogram(sample(energy, count)[:, 0] / energy, edges)[0]
    assert chisquare(found, count * exact / exact.sum()).pvalue > FALSE_ALARM


def test_samples_agree_with_celeritas():
    """10,000 samples at 1 MeV, E'/E and (1 + cos)/2 in ten bins: celeritas/em/KleinNishina.test.cc."""
    ratio = np.array([2010, 1365, 1125, 1067, 1077, 1066, 1123, 1167])
    cosine = np.array([495, 459, 512, 528, 565, 701, 803, 1101, 1693, 3143])
    count = 100_000
    drawn = sample(1.0, count)
    for found, gold in (
        (np.histogram(drawn[:, 0], np.linspace(0.2, 1.0, 9))[0], ratio),
        (np.histogram(0.5 * (1.0 + drawn[:, 1]), np.linspace(0.0, 1.0, 11))[0], cosine),
    ):
        assert found.sum() == count
        assert chi2_contingency([found, gold]).pvalue > FALSE_ALARM


def test_mean_energy_of_the_electron():
    """Energy fraction 0.34448 at 0.511 MeV, 0.44004 at 1 MeV, 0.68356 at 10 MeV (Klein-Nishina), 4 sigma."""
    for energy, expected in ((0.511, 0.34448), (1.0, 0.44004), (10.0, 0.68356)):
        fraction = sample(energy, 100_000)[:, 2] / energy
        assert abs(fraction.mean() - expected) < 4.0 * fraction.std() / np.sqrt(fraction.size) + 1e-5


@pytest.mark.parametrize("energy", [1e-3, 0.05, 1.0, 1e3])
def test_energy_and_momentum_are_conserved(energy):
    photon, cosine, electron, cos_electron = sample(energy, 2000).T
    momentum = np.sqrt(electron * (electron + 2.0 * ELECTRON_MASS))
    assert_allclose(photon + electron, energy, rtol=1e-12)
    assert_allclose(photon * cosine + momentum * cos_electron, energy, rtol=1e-9)
    across = momentum * np.sqrt(1.0 - cos_electron**2)
    assert_allclose(photon * np.sqrt(1.0 - cosine**2), across, atol=1e-6 * energy)


def test_same_seed_same_samples():
    assert (sample(1.0, 100, seed=7) == sample(1.0, 100, seed=7)).all()
    assert (sample(1.0, 100, seed=7) != sample(1.0, 100, seed=8)).any()
