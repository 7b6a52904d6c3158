"""Hadrons from birth to end, in whole showers."""

import time

import numpy as np
import pytest

from simkit.cli.run import show
from simkit.engines.native import NativePrepared
from simkit.engines.simulation import run_scenario
from simkit.record.tallies import ENERGY_UNIT, PARTICLES, WEIGHT_UNIT
from simkit.report.run_page import energy_blocks
from simkit.scenario import load_scenario
from simkit.validation.hadrons import stack
from tests.transport.shots import (
    assert_nothing_lost,
    balance,
    deposited,
    interactions,
    secondaries,
    shoot,
    standard_error,
)

HADRONS = ["pi+", "pi-", "K+", "K-", "p", "p~", "pi0", "K(L)0", "K(S)0", "n", "n~"]


@pytest.fixture(scope="module")
def block(prepare):
    """A block of iron, 3 m deep."""
    return prepare(("G4_Fe", 3000.0), transverse_mm=3000.0, events__particle="pi+")


@pytest.mark.parametrize("name", HADRONS)
def test_every_hadron_ends_and_its_energy_is_somewhere(block, name):
    tallies = shoot(block, name, 3000.0, n=20)
    assert_nothing_lost(tallies)
    assert deposited(tallies).sum() > 0.3 * 20 * 3000.0


def test_a_pi_plus_at_rest_leaves_what_its_decays_say(block):
    """A muon of 4.12 MeV, then a positron of 36.98 (7/10 of 52.83, sd 0.2 of it) and an electron's mass."""
    n = 1000
    tallies = shoot(block, "pi+", 5.0, n=n)
    assert_nothing_lost(tallies)
    decays = interactions(tallies, "hadInelastic") == 0
    assert decays.mean() > 0.9
    left = (deposited(tallies).sum(axis=1) + balance(tallies, "leaked"))[decays]
    assert left.mean() == pytest.approx(5.0 + 4.12 + 36.98 + 0.51, abs=4.0 * 0.2 * 52.83 / n**0.5)
    assert left.std() == pytest.approx(0.2 * 52.83, rel=0.15)


@pytest.mark.parametrize(("name", "set_free"), [("pi-", 139.57), ("p~", 2 * 938.3)])
def test_hadrons_captured_at_rest_leave_their_mass_less_what_frees_nucleons(block, name, set_free):
    """Iron's nucleons are bound by 8.8 MeV on the average (AME 2020); a neutron's capture gives 7.65 back."""
    tallies = shoot(block, name, 5.0, n=400, position_mm=[1500.0, 0.0, 0.0])
    assert_nothing_lost(tallies)
    left = deposited(tallies).sum(axis=1) + balance(tallies, "leaked") + balance(tallies, "neutrinos")
    missing = 5.0 + set_free - left + 7.65 * interactions(tallies, "nCapture")
    # those that go on from a collision are counted again
    freed = secondaries(tallies, "n") + secondaries(tallies, "p")
    error = standard_error(missing) / freed.mean()
    assert missing.mean() / freed.mean() == pytest.approx(8.8, abs=1.2 + 2.0 * error)


def test_a_proton_that_stops_stays(block):
    tallies = shoot(block, "p", 5.0, n=50)
    assert deposited(tallies).sum(axis=1) == pytest.approx(5.0)


def test_a_pi_plus_at_rest_makes_a_positron_and_a_pi_minus_none(block):
    assert (secondaries(shoot(block, "pi+", 5.0, n=30), "mu+") == 1).sum() > 25
    captured = shoot(block, "pi-", 5.0, n=30)
    assert interactions(captured, "hadCaptureAtRest").sum() > 25
    assert secondaries(captured, "mu-").sum() <= 2


@pytest.mark.parametrize(("name", "length"), [("p", 167.7), ("pi+", 204.2)])
def test_depth_of_the_first_collision(prepare, name, length):
    """Interaction lengths of iron (Particle Data Group 2022), at 200 GeV, by what comes through 100 mm."""
    thin = prepare(
        ("G4_Fe", 100.0), transverse_mm=3000.0, events__particle="pi+", physics__processes__hadElastic=False
    )
    n = 400
    collided = (interactions(shoot(thin, name, 2e5, n=n), "hadInelastic") > 0).mean()
    expected = 1.0 - np.exp(-100.0 / length)
    assert collided == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / n) + 0.02)


def test_same_bits_for_any_number_of_threads(block):
    one, two = (shoot(block, "pi-", 5000.0, n=12, threads=threads) for threads in (1, 2))
    for name in ("deposits", "steps", "secondaries", "interactions", "balance"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))


def test_a_1_tev_pion_ends(block):
    tallies = shoot(block, "pi+", 1e6, n=2)
    assert_nothing_lost(tallies)


def test_protons_respond_less_than_pions(block):
    """The leading baryon makes no photons: less electromagnetic energy, more binding energy."""
    pion, proton = (deposited(shoot(block, name, 2e4, n=60)).sum(axis=1) for name in ("pi+", "p"))
    assert 0.85 < proton.mean() / pion.mean() < 1.0


def test_the_production_cut_of_a_region_is_that_of_its_protons(prepare):
    """100 keV for a millimetre, as in Geant4: 70 keV for 0.7 mm, none of 19 MeV or less for 200 mm."""
    slabs = (("G4_WATER", 500.0), ("G4_Fe", 10.0))
    counts = {}
    for cut_mm in (0.7, 200.0):
        world = prepare(
            *slabs, transverse_mm=1000.0, events__particle="pi+", region__a__production_cut_mm=cut_mm
        )
        tallies = shoot(world, "n", 19.0, n=100)
        assert_nothing_lost(tallies)
        counts[cut_mm] = secondaries(tallies, "p").sum(), tallies.counter("recoils_left")
    assert counts[0.7][0] > 3 * 100
    assert counts[200.0][0] == 0
    assert counts[200.0][1] > counts[0.7][1] > 0


@pytest.fixture(scope="module")
def thin(prepare):
    """100 mm of iron."""
    return prepare(("G4_Fe", 100.0), transverse_mm=3000.0, events__particle="pi+")


def test_what_leaves_the_world_is_counted_by_particle(thin):
    """Of pions of 5 GeV those come out that meet no nucleus, one an event."""
    tallies = shoot(thin, "pi+", 5000.0, n=60)
    tracks, energy = np.moveaxis(tallies.escaped * (WEIGHT_UNIT, ENERGY_UNIT), 2, 0)
    pion, neutron = PARTICLES.index("pi+"), PARTICLES.index("n")
    untouched = (interactions(tallies, "hadInelastic") + interactions(tallies, "Decay")) == 0
    assert untouched.sum() > 10
    assert (tracks[untouched, pion] == 1).all()
    assert (energy[untouched, pion] > 4500.0).all()
    assert tracks[~untouched, neutron].sum() > 20
    assert (energy.sum(axis=1) <= balance(tallies, "leaked") + 1e-9).all()
    assert not tracks[:, [PARTICLES.index(name) for name in ("gamma", "e-", "e+")]].any()


def test_the_record_says_what_left_the_world(thin, capsys):
    events = thin.scenario.events.model_copy(update={"count": 20, "energy_MeV": 5000.0})
    record, tallies, _ = run_scenario(thin.scenario.model_copy(update={"events": events}))
    found = record.punch_through
    assert found["pi+"].tracks == tallies.escaped[:, PARTICLES.index("pi+"), 0].mean() * WEIGHT_UNIT > 0.0
    total = sum(of.energy_MeV for of in found.values())
    assert 0.5 * record.energy_balance_MeV.leaked < total <= record.energy_balance_MeV.leaked
    show(record)
    assert "left world" in capsys.readouterr().out
    assert "Hadrons and muons that left the world" in repr(energy_blocks(record))


@pytest.mark.parametrize(
    ("material", "nucleons"), [("G4_Al", 27.0), ("G4_Fe", 55.8), ("G4_Cu", 63.5), ("G4_Pb", 207.2)]
)
def test_neutrons_of_a_thick_target_within_a_factor_of_one_and_a_half(prepare, material, nucleons):
    """J. S. Fraser et al., Phys. Can. 21 (1965) 17: 0.1 (A + 20) (E / GeV - 0.12) a proton, 102 by 610 mm."""
    target = prepare((material, 610.0), transverse_mm=90.0, events__particle="p")
    n = 300
    leave = shoot(target, "p", 1000.0, n=n).escaped[:, PARTICLES.index("n"), 0] * WEIGHT_UNIT
    expected = 0.1 * (nucleons + 20.0) * 0.88
    assert 1 / 1.5 < leave.mean() / expected < 1.5


@pytest.mark.slow
def test_time_of_a_pion():
    """50 GeV in copper and argon: at most 4 times a 10 GeV electron of testem3 (2.7 on a quiet machine).

    The sides take turns, and the fastest turn of each counts: load makes turns slower only.
    """
    keys = {"events.particle": "pi+", "events.energy_MeV": 5e4, "tracking.neutron_time_cut.after_ns": 0.0}
    sides = []
    for scenario, events in ((load_scenario("testem3"), 20), (stack("Cu/LAr", keys), 8)):
        prepared = NativePrepared(scenario)
        prepared.run(scenario.events.load(1, 1).primaries, 1, threads=1)  # compiles
        sides.append((prepared, scenario.events.load(events, 1).primaries, events))
    turns = np.zeros((5, 2))
    for turn in turns:
        for side, (prepared, primaries, events) in enumerate(sides):
            begin = time.process_time()
            prepared.run(primaries, 1, threads=1)
            turn[side] = (time.process_time() - begin) / events
    electron, pion = turns.min(axis=0)
    assert pion < 4.0 * electron
