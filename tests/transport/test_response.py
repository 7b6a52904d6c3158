"""What a region's readout sees of deposits: Birks' law and a window in time, in whole showers."""

import numpy as np
import pytest

from simkit.engines.simulation import run_scenario
from simkit.record.run_folder import event_columns
from simkit.record.tallies import ENERGY_UNIT, PER_EVENT
from tests.transport.shots import assert_nothing_lost, balance, deposited, shoot

KB = 0.126  # mm/MeV
SLABS = (("G4_POLYSTYRENE", 300.0), ("G4_Fe", 20.0))


@pytest.fixture(scope="module")
def world(prepare):
    """A scintillator before iron; keys: of the scintillator's region."""

    def prepared(transverse_mm=1000.0, **keys):
        keys = {f"region__a__{key}": value for key, value in keys.items()}
        return prepare(*SLABS, transverse_mm=transverse_mm, events__particle="pi+", **keys)

    return prepared


def visible(tallies):
    """Return what is seen by event and region (MeV)."""
    return tallies.region_visible * ENERGY_UNIT


@pytest.mark.parametrize("name", ["e-", "pi-", "n"])
def test_seeing_less_changes_nothing_else(world, name):
    all_seen = shoot(world(), name, 300.0, n=10)
    tallies = shoot(world(birks_mm_per_MeV=KB, window_ns=20.0), name, 300.0, n=10)
    assert not all_seen.responds
    for array in PER_EVENT:
        if array not in ("unseen", "late"):
            np.testing.assert_array_equal(getattr(tallies, array), getattr(all_seen, array))
    assert_nothing_lost(tallies)
    scintillator, iron = 0, 1
    assert (tallies.unseen[:, scintillator] >= tallies.late[:, scintillator]).all()
    assert (tallies.visible >= 0).all()
    assert 0 < tallies.unseen[:, scintillator].sum() < tallies.deposits[:, scintillator].sum()
    assert tallies.unseen[:, iron].sum() == tallies.late[:, iron].sum() == 0


def test_window(world):
    """Nothing is seen before it begins and after it ends; a number is its end."""
    before = shoot(world(window_ns=(-5.0, 0.0)), "pi-", 300.0, n=5)
    np.testing.assert_array_equal(before.unseen[:, 0], before.deposits[:, 0])
    np.testing.assert_array_equal(before.late[:, 0], before.deposits[:, 0])
    always = shoot(world(window_ns=(0.0, 1e9)), "pi-", 300.0, n=5)
    assert always.unseen.sum() == always.late.sum() == 0
    early, rest = (shoot(world(window_ns=w), "pi-", 300.0, n=5) for w in (3.0, (3.0, 1e9)))
    assert (early.visible[:, 0] > 0).all()
    np.testing.assert_array_equal(early.visible[:, 0] + rest.visible[:, 0], early.deposits[:, 0])


@pytest.mark.parametrize(("name", "energy"), [("e-", 0.01), ("e+", 0.01), ("mu+", 0.5), ("p", 3.0)])
def test_every_deposit_has_a_time(prepare, name, energy):
    """Also where the loss of a last step fluctuates beyond twice what the track has, as in a gas."""
    always = {"region__a__window_ns": (0.0, 1e9)}
    air = prepare(("G4_AIR", 50.0), transverse_mm=1000.0, events__particle="pi+", **always)
    assert shoot(air, name, energy, n=5000).late.sum() == 0


def test_mesons_decay_at_rest_in_their_time(world):
    """Of pi+ 5 MeV come at once, the muon's 4.1 after 26 ns."""
    n = 1000
    early = visible(shoot(world(window_ns=10.0), "pi+", 5.0, n=n))[:, 0]
    expected = 1.0 - np.exp(-10.0 / 26.033)
    assert (early > 7.0).mean() == pytest.approx(expected, abs=4.0 * np.sqrt(expected / n))
    assert np.median(early[early < 7.0]) == pytest.approx(5.0, abs=1e-3)  # few collide in flight


def test_a_muon_is_seen_by_its_mean_loss(world):
    tallies = shoot(world(birks_mm_per_MeV=KB), "mu-", 5000.0, n=100)
    left = deposited(tallies)[:, 0].sum()
    expected = 1.0 / (1.0 + KB * left / (100 * 300.0))
    assert visible(tallies)[:, 0].sum() / left == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(("energy", "expected"), [(5.0, 0.338), (20.0, 0.573)])
def test_a_proton_that_stops_shows_what_the_law_integrated_says(world, energy, expected):
    """Within some per cent: a step has one dE/dx, and the law is not linear in it."""
    tallies = shoot(world(birks_mm_per_MeV=KB), "p", energy, n=100)
    share = np.median(visible(tallies)[:, 0] / deposited(tallies)[:, 0])
    assert share == pytest.approx(expected, rel=0.06)


def test_a_scintillator_sees_little_of_neutrons(world):
    """Their protons and carbon nuclei have short tracks: 0.1 to 0.25 of 2 MeV is seen, not all of it."""
    tallies = shoot(world(transverse_mm=3000.0, birks_mm_per_MeV=KB, window_ns=150.0), "n", 2.0, n=400)
    kept = 2.0 - balance(tallies, "leaked").mean()
    prompt = visible(tallies)[:, 0].mean()
    assert 0.1 * kept < prompt < 0.25 * kept
    assert_nothing_lost(tallies)


def test_same_bits_for_any_number_of_threads(world):
    prepared = world(birks_mm_per_MeV=KB, window_ns=20.0)
    one, two = (shoot(prepared, "pi-", 1000.0, n=12, threads=threads) for threads in (1, 2))
    for array in PER_EVENT:
        np.testing.assert_array_equal(getattr(one, array), getattr(two, array))


def test_the_record_has_what_is_seen(world):
    """Beside the deposits; layers hold what is seen, and the parts add up."""
    prepared = world(birks_mm_per_MeV=KB, window_ns=20.0)
    scenario = prepared.scenario.model_copy(
        update={"events": prepared.scenario.events.model_copy(update={"count": 40, "energy_MeV": 500.0})}
    )
    record, tallies, _ = run_scenario(scenario)
    seen = record.visible_MeV
    assert list(seen) == ["a"]
    assert seen["a"].mean == pytest.approx(visible(tallies)[:, 0].mean(), rel=1e-12)
    assert seen["a"].mean + seen["a"].quenched + seen["a"].late == pytest.approx(record.edep_MeV["a"].mean)
    assert min(seen["a"].quenched, seen["a"].late) > 0.0
    assert sum(record.layers_MeV["a"]) == pytest.approx(seen["a"].mean)
    assert sum(record.layers_MeV["b"]) == pytest.approx(record.edep_MeV["b"].mean)
    columns = event_columns(tallies, prepared.regions)
    assert columns["visible_MeV.a"].mean() == pytest.approx(seen["a"].mean)
