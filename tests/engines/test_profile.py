"""The profile of the kernels: the same work, and shares of the time that add up to it."""

import numpy as np
import pytest

from simkit.counting import CYCLES, LAPS, LEFT_OUT, LONGEST_LAP, arrive, enter, make_profiled, mark_often
from simkit.engines.native import ENGINE
from simkit.engines.profile import check_profiling, cost_of_a_lap, profile
from simkit.errors import BadInput
from simkit.events import load_events
from simkit.jit import kernel
from simkit.record.tallies import PARTICLES, PER_EVENT
from simkit.scenario import load_scenario


@pytest.fixture(scope="module")
def measured():
    """Return (profile, its tallies, those of the ordinary kernels, the regions) of a few electrons."""
    scenario = load_scenario("testem3", overrides=["events.energy_MeV=1000"])
    prepared = ENGINE.prepare(scenario)
    primaries = load_events(scenario.events, 20, 5).primaries
    profile(prepared, primaries, 5)  # compiled and warm
    found, tallies = profile(prepared, primaries, 5)
    return found, tallies, prepared.run(primaries, 5), prepared.regions


def test_profiled_kernels_do_the_same_work(measured):
    _, tallies, ordinary, _ = measured
    for name in PER_EVENT:
        if name != "deposits":
            np.testing.assert_array_equal(getattr(tallies, name), getattr(ordinary, name), err_msg=name)
    # Another build may round another way: 2^-30 MeV here and there.
    np.testing.assert_allclose(tallies.deposits, ordinary.deposits, rtol=1e-9, atol=64)


def test_shares_are_where_the_steps_are(measured):
    found, _, ordinary, regions = measured
    shares = found.shares()
    assert shares.shape == (len(PARTICLES), len(regions))
    assert shares.sum() == pytest.approx(1.0)
    assert (shares >= 0.0).all()
    np.testing.assert_array_equal(found.steps, ordinary.steps.sum(axis=0))
    assert (shares[found.steps == 0] == 0.0).all()
    # An electron's step scatters and loses energy, a photon's is a flight: several times as long.
    per_step = shares / np.maximum(found.steps, 1)
    absorber = regions.index("absorber")
    assert per_step[1, absorber] > 1.5 * per_step[0, absorber]
    assert found.left_out < 0.01


def test_deposits_and_secondaries_by_particle_add_up_to_those_of_the_run(measured):
    found, tallies, _, _ = measured
    np.testing.assert_array_equal(found.deposits.sum(axis=0), tallies.region_deposits.sum(axis=0))
    np.testing.assert_array_equal(found.secondaries.sum(axis=1), tallies.secondaries.sum(axis=0))
    # Charged particles ionise; what photons leave are photoelectrons below the threshold and the like.
    assert found.deposits[0].sum() < 0.1 * found.deposits[1].sum()


def test_shares_of_other_steps_keep_the_time_per_step(measured):
    found = measured[0]
    fewer = found.steps.astype(float)
    fewer[0] /= 2.0
    np.testing.assert_allclose(found.shares(found.steps * 7), found.shares())
    assert found.shares(fewer)[0].sum() < found.shares()[0].sum()


def test_the_cost_of_counting_is_taken_off(measured):
    # Reading the counter takes 20 to 40 cycles on processors of the last ten years, more under emulation.
    assert 1.0 < cost_of_a_lap() < 2000.0
    assert measured[0].lap_cycles > 0.0


@kernel
def walk(mode, label, other, times):
    total = 0.0
    for _ in range(times):
        enter(mode, label)
        for i in range(100):
            total += 1.0 / (1.0 + total + i)
        arrive(mode, other)
    enter(mode, label)
    return total


def test_a_lap_is_charged_to_where_it_arrives():
    mode = make_profiled(1)
    walk(mode, 0, 1, 50)
    assert mode.laps[0, LAPS] + mode.laps[0, LEFT_OUT] == 0
    assert mode.laps[1, LAPS] + mode.laps[1, LEFT_OUT] == 50
    assert mode.laps[len(PARTICLES)].sum() == 1, "the time before the first lap is left out"
    assert mode.laps[1, CYCLES] > 50 * 100


def test_a_lap_with_other_work_in_it_is_left_out():
    mode = make_profiled(1)
    mark_often(mode, 0, 1)
    mode.laps[-1, 0] -= 2 * LONGEST_LAP
    mark_often(mode, 0, 1)
    assert mode.laps[0].tolist() == [0, 0, 1]


def test_profiling_is_refused_where_it_cannot_be():
    with pytest.raises(BadInput, match=r"--profile.*CPU only"):
        check_profiling("cuda")
