"""Entangled annihilation photons in the engine: what they change, and what they leave as it was."""

import numpy as np
import pytest
from shots import assert_nothing_lost, deposited, interactions, shoot, standard_error

from simkit.record.tallies import PER_EVENT
from simkit.validation.entanglement import simulate_pairs

WATER_AND_LEAD = (("G4_WATER", 40.0), ("G4_Pb", 5.0), ("G4_WATER", 40.0))
MIDDLE = (42.0, 0.0, 0.0)


@pytest.fixture(scope="module")
def on(prepare):
    return prepare(*WATER_AND_LEAD, physics__entangled_annihilation=True, physics__rayleigh=True)


@pytest.fixture(scope="module")
def off(prepare):
    return prepare(*WATER_AND_LEAD, physics__rayleigh=True)


def identical(a, b):
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in PER_EVENT)


def test_same_seed_same_bits_whatever_the_threads(on):
    shots = [shoot(on, "e+", 0.001, 400, threads=threads, position_mm=MIDDLE) for threads in (1, 2, 5)]
    assert_nothing_lost(shots[0])
    assert identical(shots[0], shots[1])
    assert identical(shots[0], shots[2])


def test_what_each_photon_does_alone_stays(on, off):
    # 20 000 pairs each; a false alarm of 6e-7 a comparison
    shots = [shoot(world, "e+", 0.001, 20_000, position_mm=MIDDLE) for world in (on, off)]
    assert not identical(*shots)
    values = [
        np.column_stack([deposited(t), interactions(t, "compt"), interactions(t, "phot")]) for t in shots
    ]
    error = np.hypot(*(standard_error(v) for v in values))
    difference = values[0].mean(axis=0) - values[1].mean(axis=0)
    assert (np.abs(difference) <= 5.0 * error).all()


@pytest.mark.parametrize("particle", ["gamma", "e-"])
def test_without_annihilation_at_rest_not_a_bit_changes(on, off, particle):
    # below the threshold of pairs there are no positrons
    assert identical(*(shoot(world, particle, 0.9, 200) for world in (on, off)))


def test_photons_of_511_keV_from_a_gun_are_not_pairs(on, off):
    # Each looks for a partner of its own, which there is not: neighbours in an event share nothing. Were they
    # to scatter alike, the spread of what both deposit would be 1.4 times as large; it has an error of 2 %.
    shots = [shoot(world, "gamma", 0.51099895, 3000, per_event=2) for world in (on, off)]
    assert_nothing_lost(shots[0])
    spreads = [deposited(tallies).std(axis=0) for tallies in shots]
    assert spreads[0] == pytest.approx(spreads[1], rel=0.1)


def test_pairs_of_the_engine_are_correlated_only_with_the_policy():
    assert simulate_pairs(True, 20_000).cos_2phi.mean() < -0.04  # -0.059 +- 0.005
    assert abs(simulate_pairs(False, 20_000).cos_2phi.mean()) < 0.025
