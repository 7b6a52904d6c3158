"""The check of entangled photons tells entangled ones from others."""

import numpy as np
import pytest

from simkit.physics.compton import sample_compton
from simkit.rng import make_rng, start_track
from simkit.units import ELECTRON_MASS
from simkit.validation import entanglement


def verdicts(rows, quantity):
    return [row.verdict for row in rows if row.quantity == quantity]


def test_pairs_without_entanglement_fail_and_with_it_are_not_taken_for_free_ones(monkeypatch):
    right = entanglement.simulate_pairs
    assert {row.verdict for row in entanglement.check()} == {"pass"}
    monkeypatch.setattr(entanglement, "simulate_pairs", lambda entangled: right(not entangled))
    rows = entanglement.check()
    for quantity in ("perpendicular / parallel", "perpendicular / parallel, policy off"):
        assert verdicts(rows, quantity).count("fail") >= 3  # the correlation is weak at 45 and 120 degrees
    assert verdicts(rows, "perpendicular / parallel, formula") == ["pass"] * 4


def test_scatterings_are_read_off_the_recoil_electrons():
    # two photons along +x and -x that both recoil: by 60 degrees upwards, by 90 degrees sideways
    recoils = np.zeros((1, 2, 7))
    for photon, (sign, cosine, axis) in enumerate([(1.0, 0.5, 2), (-1.0, 0.0, 1)]):
        scattered = ELECTRON_MASS / (2.0 - cosine)
        momentum = np.array([sign * (ELECTRON_MASS - scattered * cosine), 0.0, 0.0])
        momentum[axis] = -scattered * (1.0 - cosine**2) ** 0.5
        recoils[0, photon, 0] = sign
        recoils[0, photon, 3] = ELECTRON_MASS - scattered
        recoils[0, photon, 4:] = momentum / np.linalg.norm(momentum)
    found = entanglement.scatterings(recoils)
    assert found.cosine[:, 0] == pytest.approx([0.5, 0.0], abs=1e-12)
    assert found.energy_share[:, 0] == pytest.approx([2.0 / 3.0, 0.5])
    assert found.cos_2phi == pytest.approx([-1.0])
    recoils[0, 0, 3] = 0.45  # a photoelectron
    assert entanglement.scatterings(recoils).cos_2phi.size == 0


def test_expected_modulation_and_energies_are_those_of_klein_and_nishina():
    rng = make_rng(5)
    start_track(rng, 0, 1)
    sample = np.array([sample_compton(rng, ELECTRON_MASS)[:2] for _ in range(100_000)])
    share, cosine = sample[:, 0] / ELECTRON_MASS, sample[:, 1]
    inside = (cosine > 0.0) & (cosine < 0.3)
    modulation = (1.0 - cosine**2) / (share + 1.0 / share - 1.0 + cosine**2)
    assert entanglement._mean_modulation(0.0, 0.3) == pytest.approx(modulation[inside].mean(), abs=5e-4)
    below = entanglement._klein_nishina_integral(np.array([1.0 / 3.0, 0.6, 1.0]))
    expected = (below[1] - below[0]) / (below[2] - below[0])
    assert (share < 0.6).mean() == pytest.approx(expected, abs=5.0 * (0.25 / 1e5) ** 0.5)
