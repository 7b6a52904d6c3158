"""The life of neutrons: energy, time, policies, and where it is compiled at all."""

import numpy as np
import pytest

from simkit.engines.build import build_world, lives_of
from simkit.engines.native import ENGINE
from simkit.errors import BadInput
from simkit.events.hepmc3 import read_hepmc3
from simkit.particles import NEUTRON
from simkit.record.tallies import ENERGY_UNIT, WEIGHT_UNIT
from simkit.scenario import load_scenario
from simkit.validation.neutrons import slow_down
from tests.events.hepmc3_texts import listing, photon, written
from tests.transport.shots import (
    assert_nothing_lost,
    balance,
    deposited,
    interactions,
    secondaries,
    shoot,
    standard_error,
)

MIDDLE = {"position_mm": [5e4, 0.0, 0.0], "direction": "isotropic"}


@pytest.fixture(scope="module")
def body(prepare):
    """Return a function that prepares a body of a material, too large to leave, for neutrons."""

    def prepared(material, **keys):
        keys = {"events__particle": "n", "events__energy_MeV": 20.0, **keys}
        return prepare((material, 1e5), transverse_mm=1e5, **keys)

    return prepared


def has_neutrons(scenario):
    return build_world(scenario).setup.life_of[NEUTRON] >= 0


def test_the_life_is_there_only_where_neutrons_can_be():
    assert not has_neutrons(load_scenario("testem3"))
    assert has_neutrons(load_scenario("testem3", overrides={"events.particle": "n"}))
    assert has_neutrons(load_scenario("atlas_like"))  # a file may hold any particle


def test_a_capture_gives_the_binding_energy_back(body):
    """On hydrogen 2.2246 MeV, every time; on oxygen, one in some 900, 4.143."""
    tallies = shoot(body("G4_WATER"), "n", 2.0, 2000, **MIDDLE)
    assert_nothing_lost(tallies)
    assert (interactions(tallies, "nCapture") == 1).all()
    released = balance(tallies, "rest_mass")
    on_hydrogen = np.abs(released - 2.2246) < 1e-8
    assert 0.995 < on_hydrogen.mean() < 1.0
    np.testing.assert_allclose(released[~on_hydrogen], 4.143)
    pairs = 1.02199790 * (secondaries(tallies, "e+") - interactions(tallies, "annihil"))
    np.testing.assert_allclose(deposited(tallies).sum(axis=1), 2.0 + released + pairs, atol=1e-6)


@pytest.mark.parametrize("material", ["G4_WATER", "G4_Pb", "G4_lAr", "G4_STAINLESS-STEEL", "G4_C"])
def test_a_neutron_of_an_electronvolt_ends(body, material):
    tallies = shoot(body(material), "n", 1e-6, 100, **MIDDLE)
    assert np.abs(tallies.residual()).max() < 1e-6
    assert (interactions(tallies, "nCapture") == 1).all()


@pytest.mark.parametrize(
    "material", ["G4_Fe", "G4_Pb", "G4_POLYETHYLENE", "G4_B", "G4_NYLON-6-6", "G4_CESIUM_IODIDE"]
)
def test_fast_neutrons_keep_the_balance(body, material):
    tallies = shoot(body(material), "n", 14.0, 60, **MIDDLE)
    assert_nothing_lost(tallies)
    # Every neutron that is made ends, in a nucleus or outside.
    made = 1 + secondaries(tallies, "n")
    captured = interactions(tallies, "nCapture")
    assert (captured <= made).all()
    assert captured.sum() > 0.9 * made.sum()


def test_lead_multiplies_neutrons_of_14_MeV_and_carbon_does_not(body):
    """Nearly each makes another sooner or later: (n,2n) is 2.1 of 2.6 b inelastic. None below 7.4 MeV."""
    made = secondaries(shoot(body("G4_Pb"), "n", 14.0, 400, **MIDDLE), "n")
    assert 0.8 < made.mean() < 0.98
    assert secondaries(shoot(body("G4_Pb"), "n", 7.0, 100, **MIDDLE), "n").sum() == 0
    assert secondaries(shoot(body("G4_C"), "n", 14.0, 100, **MIDDLE), "n").sum() == 0


def test_a_level_ends_by_one_photon_and_a_nucleus_recoils_once(prepare):
    """Carbon's has 4.439 MeV, of which the nucleus takes 0.9 keV; 1 m of cut: no bremsstrahlung."""
    slab = prepare(("G4_C", 10.0), transverse_mm=1e4, cut_mm=1000.0, events__particle="n")
    tallies = shoot(slab, "n", 6.0, 20_000)
    inelastic = interactions(tallies, "neutronInelastic")
    collisions = inelastic + interactions(tallies, "hadElastic") + interactions(tallies, "nCapture")
    assert tallies.counter("recoils_left") == collisions.sum()
    seen = sum(interactions(tallies, name) for name in ("phot", "compt", "conv"))
    one = (inelastic == 1) & (seen == 0)
    assert one.sum() > 100
    assert (secondaries(tallies, "gamma")[one] == 1).all()
    photon = balance(tallies, "leaked") - tallies.escaped[:, NEUTRON, 1] * ENERGY_UNIT
    assert photon[one] == pytest.approx(4.439 - 4.439**2 / (2.0 * 12.0 * 931.5), abs=1e-5)


@pytest.mark.parametrize(
    ("switch", "process", "energy"),
    [
        ("hadElastic", "hadElastic", 3.0),
        ("hadInelastic", "neutronInelastic", 3.0),
        ("nCapture", "nCapture", 1e-6),
    ],
)
def test_what_is_switched_off_does_not_happen(prepare, switch, process, energy):
    found = {}
    for on in (True, False):
        keys = {f"physics__processes__{switch}": on}
        slab = prepare(("G4_Fe", 300.0), transverse_mm=500.0, events__particle="n", **keys)
        tallies = shoot(slab, "n", energy, 100)
        assert_nothing_lost(tallies)
        found[on] = interactions(tallies, process).sum()
    assert found[True] > 20
    assert found[False] == 0


@pytest.mark.parametrize(("material", "xi"), [("G4_C", 0.158), ("G4_Be", 0.207)])
def test_slowing_down_takes_the_collisions_of_theory(material, xi):
    """From 1 keV to 1 eV: ln(1000) / xi, and the part of a collision that leads beyond."""
    collisions = slow_down(material, 1e-3, 400).collisions
    expected = np.log(1000.0) / xi
    assert collisions.mean() == pytest.approx(expected, rel=0.02, abs=4.0 * standard_error(collisions) + 0.5)


def test_the_time_cut_ends_late_neutrons(body):
    """2 MeV to 1 keV takes 5 us in iron: at 150 ns none is thermal, and hardly any captured."""
    early = shoot(body("G4_Fe", tracking__neutron_time_cut__after_ns=150.0), "n", 2.0, 300, **MIDDLE)
    late = shoot(body("G4_Fe"), "n", 2.0, 300, **MIDDLE)
    assert_nothing_lost(early)
    killed = balance(early, "killed") > 0.0
    assert killed.mean() > 0.95
    assert (early.counter("killed_tracks"), late.counter("killed_tracks")) == (killed.sum(), 0)
    assert early.steps[:, NEUTRON].mean() < 0.2 * late.steps[:, NEUTRON].mean()
    assert interactions(late, "nCapture").sum() == 300


def test_the_time_of_a_vertex_counts(tmp_path):
    """A neutron that is born after the cut is not followed, slow or fast; one before it, is."""
    text = listing(*(photon(i, pdg=2112, energy=energy) for i, energy in enumerate([0.03, 0.03, 0.5])))
    first, *others = text.split("@ 0 0 0 0")
    assert len(others) == 3
    for vertex, rest in zip((29979, 60000, 60000), others):  # 100 ns, 200 ns
        first += f"@ 0 0 0 {vertex}{rest}"
    events = read_hepmc3(written(tmp_path, first))
    assert events.primaries.time == pytest.approx([100.0, 200.138, 200.138], rel=1e-4)
    assert (events.primaries.energy > 20.0).tolist() == [False, False, True]
    overrides = {"events": {"source": "hepmc3", "path": str(tmp_path / "events.hepmc3")}}
    prepared = ENGINE.prepare(load_scenario("atlas_like", overrides=overrides))
    tallies = prepared.run(events.primaries, 1)
    assert tallies.steps[0].sum() > 0
    assert tallies.steps[1:].sum() == 0
    assert balance(tallies, "killed")[1:] == pytest.approx(events.primaries.energy[1:])


def test_roulette_keeps_the_means(prepare):
    """Of neutrons that lead makes of 14 MeV ones: the same within 5 %, two standard errors included."""
    slab = {"transverse_mm": 400.0, "events__particle": "n"}
    usual = shoot(prepare(("G4_Pb", 200.0), **slab), "n", 14.0, 20_000, seed=5)
    speedup = ("neutron-roulette:weight=5",)
    played = shoot(prepare(("G4_Pb", 200.0), speedups=speedup, **slab), "n", 14.0, 20_000, seed=6)
    assert_nothing_lost(played)
    for of in (
        lambda tallies: deposited(tallies).sum(axis=1),
        lambda tallies: balance(tallies, "leaked"),
        lambda tallies: tallies.escaped[:, NEUTRON, 0] * WEIGHT_UNIT,
    ):
        one, other = of(usual), of(played)
        error = np.hypot(standard_error(one), standard_error(other))
        assert abs(one.mean() - other.mean()) + 2.0 * error < 0.05 * one.mean()
    booked = balance(played, "roulette")
    assert booked.std() > 0.0
    assert abs(booked.mean()) + 2.0 * standard_error(booked) < 0.02 * 14.0
    survived, killed = played.counter("roulette_survived"), played.counter("roulette_killed")
    tried = survived + killed
    assert tried > 300
    assert abs(survived - tried / 5.0) < 4.5 * np.sqrt(tried * 0.2 * 0.8)
    assert played.steps[:, NEUTRON].sum() < usual.steps[:, NEUTRON].sum()


def test_the_same_bits_with_two_threads(body):
    one, two = (shoot(body("G4_Pb"), "n", 14.0, 40, threads=n, **MIDDLE) for n in (1, 2))
    for name in ("deposits", "steps", "interactions", "balance", "counters", "secondaries"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))


def test_a_world_of_slow_neutrons_takes_no_faster_ones(body, tmp_path):
    """Others are hadrons, of guns and of files, and have the lives of hadrons."""
    with pytest.raises(BadInput, match=r"primaries: n of 25 MeV, followed up to 20 MeV"):
        shoot(body("G4_Fe"), "n", 25.0, 1)
    scenario = load_scenario("testem3", overrides={"events.particle": "n", "events.energy_MeV": 25.0})
    assert scenario.events.load(1).primaries.energy.tolist() == [25.0]
    assert [life.name for life in lives_of(scenario)][-1] == "neutral_hadron"
    path = written(tmp_path, listing(photon(0, pdg=2112, energy=0.1), photon(1, pdg=2112, energy=0.25)))
    assert read_hepmc3(path).primaries.event.tolist() == [0, 1]
