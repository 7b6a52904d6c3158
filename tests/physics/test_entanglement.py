"""Entangled annihilation photons against Pryce and Ward's joint cross section."""

import numpy as np
import pytest
from scipy import stats

from simkit.jit import kernel
from simkit.physics.compton import sample_compton
from simkit.physics.directions import deflect, sample_azimuth
from simkit.physics.entanglement import (
    Entangled,
    Unpolarised,
    modulation,
    perpendicular_to_parallel,
    scatter,
)
from simkit.rng import child_track, draws, make_rng, start_track
from simkit.units import ELECTRON_MASS

PAIRS = 300_000
FALSE_ALARM = 1e-6


def test_ratio_of_the_formula():
    # M. H. L. Pryce, J. C. Ward, Nature 160 (1947) 435: largest at 82 degrees; at 90 degrees it is 2.6
    degrees = np.arange(1.0, 180.0, 0.01)
    cosine = np.cos(np.radians(degrees))
    ratio = perpendicular_to_parallel(cosine, cosine)
    assert degrees[ratio.argmax()] == pytest.approx(81.66, abs=0.011)
    assert ratio.max() == pytest.approx(2.8358, abs=5e-5)
    assert perpendicular_to_parallel(0.0, 0.0) == pytest.approx(2.6, abs=1e-12)
    assert perpendicular_to_parallel(1.0, 0.0) == 1.0  # who scatters forwards tells nothing


def test_joint_cross_section_as_snyder_pasternack_and_hornbostel_write_it():
    # Phys. Rev. 73 (1948) 440: g1 g2 - g1 sin2^2 - g2 sin1^2 + 2 sin1^2 sin2^2 sin^2(phi), g = k/k0 + k0/k
    cosine1, cosine2, phi = np.random.default_rng(1).uniform(-1.0, 1.0, (3, 1000)) * [[1.0], [1.0], [np.pi]]
    gamma1, gamma2 = (1.0 / (2.0 - c) + (2.0 - c) for c in (cosine1, cosine2))
    sine1, sine2 = 1.0 - cosine1**2, 1.0 - cosine2**2
    theirs = gamma1 * gamma2 - gamma1 * sine2 - gamma2 * sine1 + 2.0 * sine1 * sine2 * np.sin(phi) ** 2
    alone = (gamma1 - sine1) * (gamma2 - sine2)
    product = np.array([modulation(a) * modulation(b) for a, b in zip(cosine1, cosine2)])
    assert theirs == pytest.approx(alone * (1.0 - product * np.cos(2.0 * phi)), rel=1e-12)


@kernel
def scatter_pairs(policy, rng, energy, parent, order, out):
    """Scatter the photons of pairs that fly apart; out[pair, photon] = cosine, direction after it."""
    for event in range(out.shape[0]):
        start_track(rng, event, parent)
        ca, sa = sample_azimuth(rng)
        a, b, c = deflect((event + 0.5) / out.shape[0], ca, sa, 0.0, 0.0, 1.0)
        for k in range(2):
            photon = k if order > 0 else 1 - k
            sign = 1.0 - 2.0 * photon
            identity = child_track(parent, 3 + photon)
            start_track(rng, event, identity)
            ca, sa = sample_azimuth(rng)
            _, cosine, _, _, ca, sa = scatter(policy, rng, energy, identity, sign * c, ca, sa)
            u, v, w = deflect(cosine, ca, sa, sign * a, sign * b, sign * c)
            along = u * a + v * b + w * c
            out[event, photon, 0] = cosine
            out[event, photon, 1] = u - along * a
            out[event, photon, 2] = v - along * b
            out[event, photon, 3] = w - along * c


def scattered(policy, energy=ELECTRON_MASS, order=1, pairs=PAIRS):
    out = np.empty((pairs, 2, 4))
    scatter_pairs(policy, make_rng(1), energy, np.uint64(77), order, out)
    return out


def cos_2phi(pairs):
    across = pairs[:, :, 1:] / np.linalg.norm(pairs[:, :, 1:], axis=2, keepdims=True)
    return 2.0 * (across[:, 0] * across[:, 1]).sum(axis=1) ** 2 - 1.0


@pytest.fixture(scope="module")
def entangled():
    return scattered(Entangled())


def test_azimuths_follow_the_density_at_all_angles(entangled):
    product = modulation.py_func(entangled[:, 0, 0]) * modulation.py_func(entangled[:, 1, 0])
    # the density's own estimate of how strong it is: <cos(2 phi) m> / <m^2> = -1/2
    strength = -2.0 * (cos_2phi(entangled) * product).sum() / (product**2).sum()
    error = np.sqrt(2.0 / (product**2).sum())
    assert abs(strength - 1.0) < -stats.norm.ppf(FALSE_ALARM / 2.0) * error
    assert error < 0.02
    # and no term in cos(4 phi)
    higher = (2.0 * cos_2phi(entangled) ** 2 - 1.0).mean()
    assert abs(higher) < -stats.norm.ppf(FALSE_ALARM / 2.0) / np.sqrt(2.0 * PAIRS)


@pytest.mark.parametrize("photon", [0, 1])
def test_each_photon_alone_scatters_as_without_entanglement(entangled, photon):
    rng = make_rng(2)
    start_track(rng, 0, 1)
    free = [sample_compton(rng, ELECTRON_MASS)[1] for _ in range(50_000)]
    assert stats.ks_2samp(entangled[:, photon, 0], free).pvalue > FALSE_ALARM
    # as many to either side of any fixed plane through the axis, here the vertical one
    turned = np.arctan2(entangled[:, photon, 1], entangled[:, photon, 2])
    assert stats.kstest(turned / (2.0 * np.pi) + 0.5, "uniform").pvalue > FALSE_ALARM
    assert abs(np.corrcoef(entangled[:, :, 0].T)[0, 1]) < 5.0 / np.sqrt(PAIRS)


def test_the_order_in_which_they_are_followed_does_not_matter(entangled):
    assert np.array_equal(scattered(Entangled(), order=-1), entangled)


def test_others_are_not_entangled():
    limit = -stats.norm.ppf(FALSE_ALARM / 2.0) / np.sqrt(2.0 * PAIRS)
    assert abs(cos_2phi(scattered(Unpolarised())).mean()) < limit
    just_above = np.nextafter(ELECTRON_MASS, 1.0)
    assert abs(cos_2phi(scattered(Entangled(), energy=just_above)).mean()) < limit
    assert cos_2phi(scattered(Entangled())).mean() < -5.0 * limit


def test_the_photon_returns_to_its_own_stream():
    rng = make_rng(1)
    identity = np.uint64(child_track(np.uint64(5), 1))
    start_track(rng, 9, identity)
    scatter(Unpolarised(), rng, ELECTRON_MASS, identity, 0.5, 1.0, 0.0)
    before = draws(rng)
    scatter(Entangled(), rng, ELECTRON_MASS, identity, 0.5, 1.0, 0.0)
    assert rng.words[2] == identity
    assert rng.words[1] == 9
    assert draws(rng) > before + 4  # those of the pair's stream are counted
