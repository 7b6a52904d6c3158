"""Muons: which lives a scenario has, where their energy goes, how they stop, and beams against Geant4."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from shots import assert_nothing_lost, balance, deposited, interactions, secondaries, shoot, track_length

from simkit.engines.build import build_world
from simkit.events import load_events
from simkit.materials import find_material
from simkit.particles import ANTIMUON, GAMMA, PARTICLES
from simkit.physics.muon.capture import LEFT, capture_probability
from simkit.physics.muon.decay import LARGEST_ENERGY
from simkit.record.tallies import ENERGY_UNIT
from simkit.scenario import load_scenario
from simkit.transport.lives import lives_for
from simkit.units import ELECTRON_MASS, MUON_MASS


def test_lives_of_muons_are_compiled_only_where_muons_can_be():
    assert [life.name for life in lives_for((GAMMA,))] == ["photon", "electron"]
    assert [life.name for life in lives_for((ANTIMUON,))] == ["photon", "electron", "muon"]
    of_files = ["photon", "electron", "muon", "hadron", "neutral_hadron"]
    assert [life.name for life in lives_for(None)] == of_files


def test_presets_of_electrons_have_no_muons_and_files_have():
    assert len(build_world(load_scenario("testem3")).setup.lives) == 2
    atlas = load_scenario("atlas_like")
    assert atlas.events.kinds() is None
    events = load_events(atlas.events, 20)
    assert {13, -13} <= set(events.primaries.pdg.tolist())
    left_out = {name for species in events.untransported for name in species}
    assert not {"mu-", "mu+"} & left_out


@pytest.fixture(scope="module")
def iron(prepare):
    return prepare(("G4_Fe", 2000.0), transverse_mm=2000.0, events__particle="mu-")


@pytest.mark.parametrize(("particle", "energy"), [("mu-", 300.0), ("mu+", 1e5), ("mu-", 1e7), ("mu+", 1.0)])
def test_the_energy_of_a_muon_is_all_accounted_for(iron, particle, energy):
    tallies = shoot(iron, particle, energy, 20 if energy < 1e6 else 2)
    assert_nothing_lost(tallies)
    made = PARTICLES.index(particle)
    assert tallies.steps[:, made].sum() > 0
    if energy == 1e5:  # two muons of 10 TeV may radiate no photon
        assert interactions(tallies, "muBrems").sum() > 0
        assert interactions(tallies, "muPairProd").sum() > 0
        # a pair takes its rest mass from the muon, and gives it back when the positron ends
        assert secondaries(tallies, "e+").sum() >= interactions(tallies, "muPairProd").sum()


def test_stopped_positive_muons_decay_and_neutrinos_leave(iron):
    tallies = shoot(iron, "mu+", 10.0, 2000)
    assert (interactions(tallies, "Decay") == 1).all()
    assert (secondaries(tallies, "e+") >= 1).all()
    assert interactions(tallies, "muMinusCaptureAtRest").sum() == 0
    # Michel's spectrum: the positron has 7/10 of its largest energy in the mean, standard deviation 0.2
    positron = MUON_MASS - balance(tallies, "neutrinos")
    assert positron.mean() == pytest.approx(0.7 * LARGEST_ENERGY, rel=0.02)
    assert positron.max() <= LARGEST_ENERGY + 1e-6


def test_stopped_negative_muons_are_captured_as_often_as_lifetimes_say(iron):
    n = 3000
    tallies = shoot(iron, "mu-", 10.0, n)
    captures, decays = (interactions(tallies, name) for name in ("muMinusCaptureAtRest", "Decay"))
    assert (captures + decays == 1).all()
    # Suzuki, Measday and Roalsvig, Phys. Rev. C 35 (1987) 2212: a mu- in iron lives 206 ns
    expected = 1.0 - 206.0 / 2196.98
    assert captures.mean() == pytest.approx(expected, abs=0.02)
    captured = captures == 1
    assert balance(tallies, "neutrinos")[captured] == pytest.approx(MUON_MASS - LEFT)
    assert deposited(tallies).sum(axis=1)[captured] == pytest.approx(10.0 + LEFT, abs=1e-6)


@pytest.mark.parametrize(("particle", "lifetime"), [("mu+", 2197.0), ("mu-", 206.0)])
def test_stopped_muons_end_in_their_time(prepare, particle, lifetime):
    """A window of 150 ns hides 93 % of what mu+ set free, and 48 % of what mu- do in iron."""
    window = {"region__a__window_ns": 150.0}
    block = prepare(("G4_Fe", 2000.0), transverse_mm=2000.0, events__particle="mu-", **window)
    n = 1000
    tallies = shoot(block, particle, 10.0, n)
    late = tallies.late[:, 0] * ENERGY_UNIT
    expected = math.exp(-150.0 / lifetime)
    share = (late > 0.0).mean()
    assert share == pytest.approx(expected, abs=0.01 + 4.0 * math.sqrt(expected * (1.0 - expected) / n))
    set_free = deposited(tallies).sum() - 10.0 * n
    assert late.sum() / set_free == pytest.approx(expected, abs=0.08)


@pytest.mark.parametrize(
    ("material", "lifetime"), [("G4_C", 2026.3), ("G4_Al", 864.0), ("G4_Cu", 163.5), ("G4_Pb", 75.4)]
)
def test_capture_against_measured_lifetimes(material, lifetime):
    """Suzuki, Measday and Roalsvig (1987); the decay in orbit taken as free."""
    found = (1.0 - capture_probability(find_material(material))) * 2196.98
    assert found == pytest.approx(lifetime, rel=0.1)


def test_muons_in_flight_decay_by_their_lifetime(prepare):
    length = 1e5
    vacuum = prepare(("G4_Galactic", length), transverse_mm=1e6, events__particle="mu-")
    n = 4000
    tallies = shoot(vacuum, "mu-", 500.0, n)
    momentum = math.sqrt(500.0 * (500.0 + 2.0 * MUON_MASS))
    expected = 1.0 - math.exp(-length * MUON_MASS / (momentum * 658638.0))  # c tau = 658.638 m
    share = interactions(tallies, "Decay").mean()
    assert share == pytest.approx(expected, abs=4.0 * math.sqrt(expected / n))
    residual = balance(tallies, "in") + balance(tallies, "rest_mass")
    residual -= balance(tallies, "leaked") + balance(tallies, "neutrinos")
    assert residual == pytest.approx(deposited(tallies).sum(axis=1), abs=1e-6)
    decayed = interactions(tallies, "Decay") == 1
    # in the mean the electron takes 7/20 of the muon's energy (MeV): the boost is isotropic
    electron = 500.0 + MUON_MASS - ELECTRON_MASS - balance(tallies, "neutrinos")[decayed]
    assert electron.mean() == pytest.approx(0.35 * (500.0 + MUON_MASS), rel=0.1)


def test_decay_and_capture_can_be_switched_off(prepare):
    off = {f"physics__processes__{name}": False for name in ("Decay", "muMinusCaptureAtRest")}
    block = prepare(("G4_Fe", 100.0), transverse_mm=100.0, events__particle="mu-", **off)
    tallies = shoot(block, "mu-", 10.0, 20)
    assert_nothing_lost(tallies)
    assert deposited(tallies).sum(axis=1) == pytest.approx(10.0)
    assert balance(tallies, "neutrinos") == pytest.approx(0.0)


def test_the_same_bits_for_one_and_two_threads(iron):
    one, two = (shoot(iron, "mu-", 2e4, 40, threads=threads) for threads in (1, 2))
    for name in ("deposits", "steps", "balance", "secondaries"):
        assert np.array_equal(getattr(one, name), getattr(two, name))


def test_a_field_turns_a_muon_as_its_momentum_says(prepare):
    """p = 0.299792458 B R (GeV/c, T, m); the arc across a slab of thickness d is R asin(d / R)."""
    field = {"field__kind": "uniform", "field__strength_T": 1.0, "field__axis": "z"}
    world = prepare(("G4_Galactic", 1000.0), transverse_mm=1e4, events__particle="mu+", **field)
    tallies = shoot(world, "mu+", 2000.0, 5)
    assert_nothing_lost(tallies)
    radius = math.sqrt(2000.0 * (2000.0 + 2.0 * MUON_MASS)) / 0.299792458
    arc = radius * math.asin(1000.0 / radius)
    assert track_length(tallies)[:, 0] == pytest.approx(arc, rel=1e-5)


def test_a_record_of_muons(tmp_path, capsys):
    from simkit.cli import main

    words = ["run", "testem3", "-n", "2", "--set", "events.particle=mu-", "--set", "geometry.layers=3"]
    assert main([*words, "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["steps_by"]["mu-"]["absorber"] >= 3
    assert record["energy_balance_MeV"]["others"]["neutrinos"] == 0.0
    assert main(words) == 0
    shown = capsys.readouterr().out
    assert "mu-" in shown
    assert "mu+" not in shown
