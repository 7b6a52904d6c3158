import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import chisquare, norm

from simkit.jit import kernel
from simkit.materials import find_material
from simkit.physics.bremsstrahlung import (
    build_bremsstrahlung_tables,
    cross_section,
    photon_spectrum,
    restricted_dedx,
    sample_bremsstrahlung,
    scaled_spectrum,
)
from simkit.physics.bremsstrahlung.sampling import alias_tables
from simkit.rng import make_rng, start_track
from simkit.units import ELECTRON_MASS

FALSE_ALARM = 1e-4  # of each statistical test, for a new seed; the seeds are fixed
LAR_CUT, PBWO4_CUT = 5.2043e-3, 75.778e-3
COUPLES = (("G4_PbWO4", PBWO4_CUT), ("G4_lAr", LAR_CUT))

# (Z, T in MeV, k / T, chi in mb) from the tables of Seltzer and Berger as in Geant4's G4EMLOW, brem_SB.
# Silicon and iron took no part in the fit.
SELTZER_BERGER = (
    (14, 0.001, 1e-12, 3.4725),
    (14, 0.001, 0.5, 3.8659),
    (14, 0.001, 0.99, 4.0525),
    (14, 0.01, 0.1, 7.7212),
    (14, 0.1, 1e-12, 11.226),
    (14, 0.1, 0.9, 3.2724),
    (14, 1.0, 0.1, 10.12),
    (14, 1.0, 0.99, 0.77071),
    (14, 4.0, 1e-12, 15.662),
    (14, 4.0, 0.5, 5.5862),
    (14, 40.0, 0.9, 5.5077),
    (14, 100.0, 0.99, 2.9584),
    (14, 1000.0, 0.5, 9.8943),
    (26, 0.001, 1e-12, 2.182),
    (26, 0.01, 0.5, 5.9744),
    (26, 0.1, 0.1, 9.2561),
    (26, 1.0, 1e-12, 12.897),
    (26, 1.0, 0.9, 1.6115),
    (26, 4.0, 0.99, 1.0051),
    (26, 40.0, 0.1, 11.966),
    (26, 100.0, 0.5, 8.6631),
    (26, 1000.0, 0.99, 7.0079),
    (6, 0.1, 0.5, 5.045),
    (6, 10.0, 0.9, 3.202),
    (82, 0.001, 0.5, 0.834),
    (82, 0.1, 0.5, 6.605),
    (82, 10.0, 0.1, 9.619),
    (82, 1000.0, 0.9, 7.2),
)


@kernel
def _sample(rng, energy, tables, couple, is_positron, out):
    start_track(rng, 0, 1)
    for i in range(out.shape[0]):
        out[i, 0], out[i, 1] = sample_bremsstrahlung(rng, energy, tables, couple, is_positron)


@pytest.fixture(scope="module")
def tables():
    return build_bremsstrahlung_tables(
        [find_material(name) for name, _ in COUPLES], [cut for _, cut in COUPLES]
    )


def sample(tables, energy: float, count: int, couple: int = 0, is_positron: bool = False) -> np.ndarray:
    """Return (count, 2): photon energy and cosine."""
    out = np.empty((count, 2))
    _sample(make_rng(1), energy, tables, couple, is_positron, out)
    return out


@pytest.mark.parametrize(("z", "energy", "share", "expected"), SELTZER_BERGER)
def test_scaled_spectrum_is_seltzer_and_bergers(z, energy, share, expected):
    assert_allclose(scaled_spectrum(z, energy, share), expected, rtol=0.03)


def test_scaled_spectrum_is_smooth_in_z():
    """From boron on no element sticks out from the mean of its neighbours by 1 %."""
    energy, share = np.meshgrid([0.001, 0.03, 1.0, 30.0, 1000.0], [0.01, 0.3, 0.6, 0.9])
    logarithms = np.log([scaled_spectrum(z, energy, share) for z in range(4, 93)])
    assert np.isfinite(logarithms).all()
    assert np.abs(np.diff(logarithms, 2, axis=0)).max() < 0.02


LAR = {
    False: {
        0.0504: 0.064465,
        0.4882: 0.035424,
        4.728: 0.055917,
        45.79: 0.08276,
        443.5: 0.091939,
        4295: 0.0911,
        41600: 0.088296,
        402900: 0.075339,
    },
    True: {
        0.013771: 0.012109,
        0.050404: 0.041811,
        0.48816: 0.034186,
        4.7279: 0.055806,
        45.79: 0.082751,
    },
}
PBWO4 = {
    False: {
        0.5265: 0.22216,
        3.659: 0.44651,
        25.42: 0.75774,
        176.6: 1.0709,
        1227: 1.2671,
        8529: 1.245,
        59260: 1.0673,
        411800: 0.81951,
    },
    True: {0.1446: 0.0067002, 0.27593: 0.062191, 0.52654: 0.14497, 3.6587: 0.43528, 25.422: 0.75637},
}


@pytest.mark.parametrize("positron", [False, True])
@pytest.mark.parametrize(
    ("name", "cut", "figures"), [("G4_lAr", LAR_CUT, LAR), ("G4_PbWO4", PBWO4_CUT, PBWO4)]
)
def test_cross_section_is_geant4s(name, cut, figures, positron):
    """1/mm; tables of G4HepEm made with Geant4 11 (HepEmShow, data/hepem_data.json, cut 0.7 mm)."""
    energies, expected = zip(*figures[positron].items())
    found = cross_section(find_material(name), energies, cut, positron)
    assert_allclose(found, expected, rtol=0.02 if max(energies) > 1.0 else 0.03)


def test_iron_is_geant4s():
    """Mean free path and soft loss at a cut of 100 keV.

    Geant4 11.4, examples/extended/electromagnetic/TestEm0/DirectAccess.out.
    """
    iron = find_material("G4_Fe")
    energy = [1.01, 11.01, 51.01, 101.01]
    found = cross_section(iron, energy, 0.1, positron=False)
    assert_allclose(1.0 / found, [11.1963, 3.4444, 2.33558, 2.05363], rtol=0.01)
    loss = restricted_dedx(iron, energy, 0.1, positron=False)
    assert_allclose(loss * 1e4, [72.8959, 80.1401, 74.7733, 68.3818], rtol=0.01)  # keV/cm


def test_water_is_geant4s():
    """Geant4 11.4, examples/extended/electromagnetic/TestEm0 and TestEm14, reference outputs."""
    water = find_material("G4_WATER")
    assert_allclose(cross_section(water, 10.0, 1.11071e-3, positron=False) * 10.0, 0.325194, rtol=0.02)
    assert_allclose(cross_section(water, 100.0, 2.94056e-3, positron=False) * 10.0, 0.3779, rtol=0.02)
    assert_allclose(restricted_dedx(water, 10.0, 1.11071e-3, positron=False) * 1e7, 25.5407, rtol=0.02)
    assert_allclose(restricted_dedx(water, 10.0, 10.0, positron=False) * 1e4, 181.698, rtol=0.005)


def test_radiation_length_is_the_loss_of_fast_electrons():
    """T / X0 is lost per length in the limit of complete screening, below the LPM regime (Tsai 1974)."""
    for name in ("G4_WATER", "G4_Fe", "G4_Pb"):
        material = find_material(name)
        loss = restricted_dedx(material, 1e4, 1e4, positron=False)
        assert_allclose(loss * material.radiation_length_mm / 1e4, 1.0, atol=0.025)


def test_nothing_is_emitted_below_the_cut(tables):
    lead = find_material("G4_Pb")
    assert cross_section(lead, [0.05, 0.1, 2.0], 0.1, positron=False)[:2].tolist() == [0.0, 0.0]
    assert cross_section(lead, 2.0, 0.1, positron=False).shape == ()
    assert (sample(tables, 0.99 * LAR_CUT, 10, couple=1)[:, 0] == 0.0).all()


def test_loss_below_the_cut_is_all_of_it_for_slow_electrons():
    lead = find_material("G4_Pb")
    assert_allclose(
        restricted_dedx(lead, 0.05, 0.1, positron=False), restricted_dedx(lead, 0.05, 0.05, positron=False)
    )


@pytest.mark.parametrize("function", [cross_section, restricted_dedx])
def test_the_models_join_at_1_gev(function):
    below, above = function(find_material("G4_Cu"), [1000.0, 1000.0 * (1 + 1e-12)], 0.02, False)
    assert_allclose(above, below, rtol=1e-9)


def test_positrons_radiate_less_and_like_electrons_when_fast():
    lead = find_material("G4_Pb")
    energy = [0.2, 1.0, 50.0]
    ratio = cross_section(lead, energy, 0.1, positron=True) / cross_section(lead, energy, 0.1, positron=False)
    assert 0.0 < ratio[0] < ratio[1] < ratio[2]
    assert_allclose(ratio[2], 1.0, atol=5e-3)


def test_multiple_scattering_suppresses_soft_photons_at_1_tev():
    """A. B. Migdal, Phys. Rev. 103 (1956) 1811: 3 sqrt(k E_LPM) / E of Bethe-Heitler if strongly suppressed.

    E_LPM = 7.7 TeV/cm X0 (Particle Data Group). A photon of 1 GeV is well above the k_p = 120 MeV below which
    polarisation suppresses; the next order is some 5 %.
    """
    lead = find_material("G4_Pb")
    photon = np.array([[1000.0]])
    found = photon_spectrum(lead, np.array([1e6]), photon, positron=False)[0, 0]
    bethe_heitler = 4.0 / 3.0 / lead.radiation_length_mm
    expected = 3.0 * np.sqrt(1000.0 * 7.7e5 * lead.radiation_length_mm) / 1e6
    assert_allclose(found / bethe_heitler, expected, rtol=0.1)


def test_polarisation_suppresses_soft_photons():
    """Below k_p = hbar omega_p E / m the spectrum falls with k^2: M. L. Ter-Mikaelian (1953)."""
    water = find_material("G4_WATER")
    k_p = water.plasma_energy_MeV * 1000.0 / ELECTRON_MASS
    spectrum = photon_spectrum(water, np.array([1000.0]), k_p * np.array([[0.01, 0.1, 1.0]]), positron=False)[
        0
    ]
    assert_allclose(spectrum[1] / spectrum[0], 100.0, rtol=0.02)
    assert_allclose(spectrum[2] / spectrum[1], 0.5 / (0.01 / 1.01), rtol=0.02)


def expected_shares(name: str, edges: np.ndarray, energy: float, positron: bool) -> np.ndarray:
    """Return the share of photons between the edges (MeV), from the host's spectrum."""
    nodes, weights = np.polynomial.legendre.leggauss(24)
    low, high = np.log(edges[:-1, None]), np.log(edges[1:, None])
    photon = np.exp(low + 0.5 * (nodes + 1.0) * (high - low))
    spectrum = photon_spectrum(find_material(name), np.array([energy]), photon.reshape(1, -1), positron)
    count = (spectrum.reshape(photon.shape) * weights).sum(axis=1) * (high - low)[:, 0]
    return count / count.sum()


@pytest.mark.parametrize("is_positron", [False, True])
@pytest.mark.parametrize(
    ("couple", "energy"),
    [
        (0, 0.3),
        (0, 2.7),
        (0, 45.0),
        (0, 990.0),
        (0, 1100.0),
        (0, 3e4),
        (1, 0.05),
        (1, 8.0),
        (1, 200.0),
        (1, 1e6),
    ],
)
def test_sampled_energies_follow_the_spectrum(tables, couple, energy, is_positron):
    """Chi-square over bins from the cut to the tip, narrow towards the tip."""
    name, cut = COUPLES[couple]
    count = 200_000
    photon = sample(tables, energy, count, couple, is_positron)[:, 0]
    assert photon.min() >= cut
    assert photon.max() <= energy
    inner = [cut * (energy / cut) ** np.linspace(0, 1, 16)[1:-1], energy * np.linspace(0.5, 0.9, 5)]
    edges = np.concatenate([[cut], np.unique(np.concatenate(inner)), [energy]])
    expected = count * expected_shares(name, edges, energy, is_positron)
    observed = np.histogram(photon, edges)[0]
    enough = expected > 25
    # bins of few photons count together
    observed = np.append(observed[enough], observed[~enough].sum() + 1)
    expected = np.append(expected[enough], expected[~enough].sum() + 1)
    assert chisquare(observed, expected).pvalue > FALSE_ALARM
    # moments to 1 % plus what chance may do
    tolerance = norm.isf(FALSE_ALARM / 2) * photon.std() / np.sqrt(count) / photon.mean()
    fine = cut * (energy / cut) ** np.linspace(0, 1, 401)
    mean = expected_shares(name, fine, energy, is_positron) @ np.sqrt(fine[1:] * fine[:-1])
    assert_allclose(photon.mean(), mean, rtol=0.005 + tolerance)


def test_sampling_next_to_the_cut(tables):
    for excess in (1e-6, 1e-3, 0.05, 0.2):
        energy = LAR_CUT * (1.0 + excess)
        for is_positron in (False, True):
            photon = sample(tables, energy, 2000, couple=1, is_positron=is_positron)[:, 0]
            assert photon.min() >= LAR_CUT
            assert photon.max() <= energy


def test_angles_follow_urbans_distribution(tables):
    """GEANT 3.21, PHYS211: <1 - cos> = 2 <u^2> / u_max^2, <u^2> = 6 (a^2 / 4 + 3 (a / 3)^2 / 4), a = 1.6."""
    energy, count = 500.0, 200_000
    cosine = sample(tables, energy, count)[:, 1]
    largest = 2.0 * (1.0 + energy / ELECTRON_MASS)
    u2 = 0.5 * (1.0 - cosine) * largest**2
    assert_allclose(u2.mean(), 6.0 * 1.6**2 / 3.0, atol=norm.isf(FALSE_ALARM / 2) * u2.std() / np.sqrt(count))
    # survival of u: a quarter with the wide, three quarters with the narrow scale
    u = np.sqrt(u2)
    for x in (0.5, 1.0, 2.0, 5.0):
        expected = sum(w * (1 + x / a) * np.exp(-x / a) for w, a in ((0.25, 1.6), (0.75, 1.6 / 3)))
        spread = np.sqrt(expected * (1 - expected) / count)
        assert_allclose((u > x).mean(), expected, atol=norm.isf(FALSE_ALARM / 2) * spread)
    slow = sample(tables, 0.1, 20_000)[:, 1]
    assert slow.min() >= -1.0
    assert slow.max() <= 1.0
    assert slow.mean() < 0.75


def test_alias_tables_hold_the_distribution():
    share = np.random.default_rng(1).exponential(size=(50, 12)) ** 3
    share[0] = 0.0
    share[0, 3] = 1.0
    share /= share.sum(axis=1, keepdims=True)
    threshold, alias = alias_tables(share)
    found = threshold.copy()
    for column in range(12):
        np.add.at(found, (np.arange(50), alias[:, column]), 1.0 - threshold[:, column])
    assert_allclose(found / 12, share, atol=1e-12)
