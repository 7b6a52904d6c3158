"""The calorimeter of Geant4's example TestEm3, 10 GeV electrons: Geant4 11.4.1 and ten million events.

The tolerance of each comparison is the promised one; below 1000 events never less than 5 standard errors (a
false-alarm rate of 6e-7), for the layers 4 (6e-5; neighbouring layers move together).
"""

import numpy as np
import pytest
from shots import assert_nothing_lost, deposited, secondaries, shoot, standard_error

from simkit.engines.native import ENGINE
from simkit.scenario import load_scenario

FULL = 1000  # events at which the promised tolerances stand alone

# Geant4 11.4.1, 6000 events: 50 x (2.3 mm Pb + 5.7 mm lAr), cut 0.7 mm, Urban scattering, no Rayleigh, no
# nuclear processes. Deposits (MeV) with their standard deviation, secondaries and steps per event.
ABSORBER, ABSORBER_SD = 7726.3, 74.01
GAP, GAP_SD = 2143.62, 51.4
SECONDARIES = {"gamma": (5205.77, 0.10), "e-": (8958.43, 0.10), "e+": (538.48, 0.04)}
NEUTRAL_STEPS = 36667.1
CHARGED_STEPS = 36476.8
TRACK_LENGTH_MM = (5460.8, 10603.0)
THRESHOLDS = {
    "G4_Pb": {"e-": 1.00699, "gamma": 0.0946952},
    "G4_lAr": {"e-": 0.273977, "gamma": 0.00520503},
}

# The same with G4HepEm's engine, ten million events (nuclear processes on: totals 0.2 and 0.7 % lower, which
# leaves the shape alone): mean deposit (MeV) in each layer.
# fmt: off
LAYERS = {
    "absorber": np.array([
        7.923, 17.264, 34.597, 60.474, 94.423, 134.8, 179.038, 224.048, 266.771, 304.656, 335.811, 359.097,
        374.242, 381.462, 381.487, 375.34, 364.095, 348.895, 330.775, 310.68, 289.424, 267.705, 246.037,
        224.862, 204.476, 185.105, 166.913, 149.991, 134.342, 119.958, 106.86, 94.951, 84.203, 74.523,
        65.852, 58.099, 51.188, 45.043, 39.583, 34.75, 30.474, 26.706, 23.387, 20.46, 17.885, 15.618,
        13.623, 11.85, 10.252, 8.641,
    ]),
    "gap": np.array([
        3.351, 7.48, 14.199, 23.445, 34.812, 47.579, 60.837, 73.613, 85.058, 94.564, 101.715, 106.381,
        108.655, 108.709, 106.879, 103.512, 98.932, 93.513, 87.52, 81.217, 74.799, 68.447, 62.264, 56.351,
        50.763, 45.549, 40.726, 36.295, 32.247, 28.577, 25.266, 22.294, 19.632, 17.26, 15.155, 13.29,
        11.638, 10.176, 8.895, 7.765, 6.777, 5.905, 5.147, 4.48, 3.898, 3.391, 2.948, 2.556, 2.209, 1.546,
    ]),
}
# fmt: on


@pytest.fixture(scope="module")
def testem3():
    return ENGINE.prepare(load_scenario("testem3"))


def agrees(values, reference, tolerance, reference_error=0.0):
    """Return whether the mean over events is within the relative tolerance of the reference."""
    allowed = tolerance * reference
    if len(values) < FULL:
        allowed = max(allowed, 5.0 * np.hypot(standard_error(values), reference_error))
    return abs(values.mean() - reference) < allowed


def layer_deposits(prepared, tallies, region):
    """Return the deposits by event and layer (MeV)."""
    cells = np.array(prepared.layers[region])[:, 0]
    return tallies.deposits[:, cells] * 2.0**-30


def assert_shape(deposits, reference):
    """Assert each layer's share of the region's total, and the mean depth.

    Layers 3-25 within max(4 %, 4 standard errors), 26-40 within max(8 %, 4); the depth within 1 %.
    """
    share = deposits / deposits.sum(axis=1, keepdims=True)
    wanted = reference / reference.sum()
    deviation = np.abs(deposits.mean(axis=0) / deposits.mean(axis=0).sum() / wanted - 1.0)
    error = standard_error(share) / wanted
    assert (deviation[2:25] < np.maximum(0.04, 4.0 * error[2:25])).all()
    assert (deviation[25:40] < np.maximum(0.08, 4.0 * error[25:40])).all()
    layer = np.arange(1.0, 51.0)
    assert agrees(share @ layer, wanted @ layer, 0.01)


def assert_as_geant4(prepared, tallies):
    """Assert all that the scenario promises."""
    assert_nothing_lost(tallies)
    energy = deposited(tallies)
    assert agrees(energy[:, 0], ABSORBER, 0.015, ABSORBER_SD / np.sqrt(6000))
    assert agrees(energy[:, 1], GAP, 0.015, GAP_SD / np.sqrt(6000))
    for particle, (reference, tolerance) in SECONDARIES.items():
        assert agrees(secondaries(tallies, particle), reference, tolerance)
    assert agrees(tallies.steps[:, 0, :2].sum(axis=1), NEUTRAL_STEPS, 0.08)
    for region, reference in LAYERS.items():
        assert_shape(layer_deposits(prepared, tallies, region), reference)


def test_thresholds(testem3):
    for material, thresholds in THRESHOLDS.items():
        assert testem3.cuts_MeV[material] == pytest.approx(thresholds, rel=0.01)


def test_as_geant4(testem3):
    assert_as_geant4(testem3, shoot(testem3, "e-", 1e4, 150, seed=2))


@pytest.mark.slow
def test_as_geant4_with_many_events(testem3, statistics):
    tallies = shoot(testem3, "e-", 1e4, statistics(1000), seed=1, threads=2)
    assert_as_geant4(testem3, tallies)
    # and what the per-cent agreement needs: charged steps, charged path, spread of the deposits
    assert agrees(tallies.steps[:, 1:, :2].sum(axis=(1, 2)), CHARGED_STEPS, 0.06)
    for region, reference in enumerate(TRACK_LENGTH_MM):
        assert agrees(tallies.track_length[:, region] * 2.0**-20, reference, 0.015)
    if len(tallies) >= FULL:
        spread = deposited(tallies).std(axis=0, ddof=1)[:2]
        assert spread == pytest.approx([ABSORBER_SD, GAP_SD], rel=0.25)


@pytest.mark.parametrize(
    ("speedups", "overrides"),
    [(("woodcock",), {}), ((), {"engine.gamma": "per-process"}), ((), {"engine.em": "generic"})],
)
def test_other_ways_to_interactions_give_the_same_shower(testem3, speedups, overrides):
    # 60 events each on seeds of their own; 5 standard errors of the difference.
    scenario = load_scenario("testem3", with_speedups=speedups, overrides=overrides)
    usual = shoot(testem3, "e-", 1e4, 60, seed=3)
    other = shoot(ENGINE.prepare(scenario), "e-", 1e4, 60, seed=4)
    assert_nothing_lost(other)
    for one, two in (
        (deposited(usual)[:, :2], deposited(other)[:, :2]),
        (usual.secondaries, other.secondaries),
        (usual.interactions, other.interactions),
        (usual.steps[:, 1:, :2].sum(axis=2), other.steps[:, 1:, :2].sum(axis=2)),
    ):
        error = np.hypot(standard_error(one), standard_error(two))
        assert (np.abs(one.mean(axis=0) - two.mean(axis=0)) <= 5.0 * error).all()
    fewer = usual.steps[:, 0].sum() / other.steps[:, 0].sum()
    if speedups:
        assert fewer > 2.5
        assert other.counter("virtual_collisions") > 0
    else:
        assert fewer == pytest.approx(1.0, rel=0.02)
        assert other.counter("virtual_collisions") == 0
