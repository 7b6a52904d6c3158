"""The engine keeps its books and its bits, whatever it transports and however the work is divided."""

from copy import copy
from dataclasses import replace

import numpy as np
import pytest
from shots import assert_nothing_lost, balance, deposited, interactions, secondaries, shoot, track_length

from simkit.errors import BadInput
from simkit.events import Primaries
from simkit.events.gun import gun_primaries
from simkit.physics.tables import RANGE, column
from simkit.record.tallies import PER_EVENT, merge
from simkit.transport import cpu
from simkit.transport.lives.electron import Steps
from simkit.units import ELECTRON_MASS

MANY = ("G4_Pb", "G4_lAr", "G4_W", "G4_Si", "G4_POLYSTYRENE", "G4_PbWO4", "G4_WATER", "G4_AIR")
GAMMA, ELECTRON, POSITRON = range(3)


@pytest.fixture(scope="module")
def many(prepare):
    """Return an engine with eight materials in 60 layers, 20 cm wide."""
    return prepare(*((material, 3.0) for material in MANY), layers=60, transverse_mm=200.0)


@pytest.fixture(scope="module")
def lead(prepare):
    return prepare(("G4_Pb", 300.0), transverse_mm=600.0)


def identical(a, b):
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in PER_EVENT)


def part(primaries, keep):
    return Primaries(*(column[keep] for column in primaries))


@pytest.mark.parametrize("particle", ["gamma", "e-", "e+"])
@pytest.mark.parametrize(
    ("energy", "n"), [(0.0011, 300), (0.02, 300), (1.0, 300), (30.0, 60), (1e3, 6), (1e5, 1)]
)
def test_energy_is_conserved_in_every_event(many, particle, energy, n):
    tallies = shoot(many, particle, energy, n, direction=(1.0, 0.1, 0.05))
    assert_nothing_lost(tallies)
    assert balance(tallies, "in") == pytest.approx(np.full(n, energy), abs=1e-9)
    assert (balance(tallies, "killed") == 0.0).all()
    assert (balance(tallies, "roulette") == 0.0).all()


@pytest.mark.parametrize("direction", [(-1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (1e-12, 0.0, 1.0), (0.0, 1.0, 1.0)])
@pytest.mark.parametrize("particle", ["gamma", "e-", "e+"])
def test_awkward_starts(many, particle, direction):
    # on the front face, on a plane between slabs, at the wall and in a corner, along planes and out of them
    for position in ((0.0, 0.0, 0.0), (24.0, 0.0, 0.0), (24.0, 100.0, 0.0), (1440.0, -100.0, 100.0)):
        tallies = shoot(many, particle, 20.0, 20, direction=direction, position_mm=position)
        assert_nothing_lost(tallies)


@pytest.mark.slow
def test_a_shower_of_1_TeV(many):
    assert_nothing_lost(shoot(many, "e-", 1e6, 1))


def test_same_seed_same_bits_however_the_work_is_divided(many):
    primaries = gun_primaries(30, 3, particle="e-", energy_MeV=200.0, per_event=2, spread_mm=(0.0, 5.0, 5.0))
    whole = many.run(primaries, 11)
    assert identical(whole, many.run(primaries, 11))
    assert identical(whole, many.run(primaries, 11, threads=2))
    assert identical(whole, many.run(primaries, 11, threads=7))
    parts = [many.run(part(primaries, primaries.event % 3 == k), 11, threads=1 + k) for k in range(3)]
    assert identical(whole, merge(parts))
    alone = many.run(part(primaries, primaries.event == 17), 11)
    assert (alone.events == 17).all()
    assert (alone.deposits[0] == whole.deposits[17]).all()
    assert not np.array_equal(whole.deposits, many.run(primaries, 12).deposits)
    assert len(np.unique(whole.deposits, axis=0)) == 30


def test_a_particle_of_an_event_does_not_depend_on_the_others(many):
    primaries = gun_primaries(5, 3, particle="gamma", energy_MeV=100.0, per_event=3)
    whole = many.run(primaries, 11)
    each = [many.run(part(primaries, primaries.number == k), 11) for k in range(3)]
    assert (whole.deposits == sum(t.deposits for t in each)).all()
    assert (whole.counters == sum(t.counters for t in each)).all()


def test_a_full_stack_starts_the_events_again(many, monkeypatch):
    primaries = gun_primaries(8, 1, particle="e-", energy_MeV=500.0)
    expected = many.run(primaries, 1)
    for capacity in (1, 3, 40):
        monkeypatch.setattr(cpu, "STACK", capacity)
        assert identical(many.run(primaries, 1, threads=2), expected)
    assert expected.counter("lost_secondaries") == 0


def test_progress_counts_the_events(many):
    done = []
    many.run(gun_primaries(40, 1, particle="gamma", energy_MeV=1.0), 1, 2, done.append)
    assert sum(done) == 40
    assert len(done) > 1


def test_every_positron_annihilates(lead):
    tallies = shoot(lead, "e+", 50.0, 200, position_mm=(150.0, 0.0, 0.0))
    assert_nothing_lost(tallies)
    ended = interactions(tallies, "annihil") + tallies.steps[:, POSITRON, -1]
    assert (ended == 1 + secondaries(tallies, "e+")).all()
    pairs = interactions(tallies, "annihil") - interactions(tallies, "conv")
    assert balance(tallies, "rest_mass") == pytest.approx(2.0 * ELECTRON_MASS * pairs, abs=1e-6)
    slow = shoot(lead, "e+", 0.01, 100, position_mm=(150.0, 0.0, 0.0))
    assert (secondaries(slow, "gamma") >= 2).all()  # their electrons may radiate
    total = deposited(slow).sum(axis=1) + balance(slow, "leaked")
    assert total == pytest.approx(np.full(100, 0.01 + 2.0 * ELECTRON_MASS), abs=1e-6)


def test_what_starts_below_the_tracking_cut_stays(prepare):
    water = prepare(("G4_WATER", 100.0), cut_mm=0.01, physics__tracking_cut_keV=600.0)
    for particle, photons in (("e-", 0), ("e+", 0)):
        tallies = shoot(water, particle, 0.5, 20)
        assert_nothing_lost(tallies)
        assert tallies.steps.sum() == 0
        assert tallies.secondaries.sum() == photons  # the 511 keV photons are below the cut too
        assert balance(tallies, "leaked").sum() == 0.0


def test_a_tracking_cut_leaves_fewer_tracks(prepare):
    loose = shoot(prepare(("G4_WATER", 500.0), cut_mm=0.01), "e-", 30.0, 50)
    tight = shoot(prepare(("G4_WATER", 500.0), cut_mm=0.01, physics__tracking_cut_keV=100.0), "e-", 30.0, 50)
    for tallies in (loose, tight):
        assert_nothing_lost(tallies)
    # electrons above the production threshold of 14 keV fall as 1 / E^2: a sixth is above 100 keV
    assert 0.1 < secondaries(tight, "e-").sum() / secondaries(loose, "e-").sum() < 0.3
    assert tight.steps.sum() < loose.steps.sum()


def test_cuts_applied_to_photons_electrons(prepare):
    # 300 keV photons in lead: no electron can reach the threshold of 1.007 MeV
    off = shoot(prepare(("G4_Pb", 300.0)), "gamma", 0.3, 100)
    on = shoot(prepare(("G4_Pb", 300.0), physics__apply_cuts=True), "gamma", 0.3, 100)
    for tallies in (off, on):
        assert_nothing_lost(tallies)
    assert secondaries(off, "e-").sum() > 100
    assert secondaries(on, "e-").sum() == 0
    # the electrons would not have got anywhere
    assert deposited(on)[:, 0].mean() == pytest.approx(deposited(off)[:, 0].mean(), rel=0.1)
    # photons of 5 MeV: fewer electrons, the positrons stay
    off = shoot(prepare(("G4_Pb", 300.0)), "gamma", 5.0, 300)
    on = shoot(prepare(("G4_Pb", 300.0), physics__apply_cuts=True), "gamma", 5.0, 300)
    assert_nothing_lost(on)
    assert secondaries(on, "e-").sum() < 0.7 * secondaries(off, "e-").sum()
    assert (secondaries(on, "e+") == interactions(on, "conv")).all()


def test_a_region_cut_changes_only_that_region(prepare):
    slabs = (("G4_Pb", 2.3), ("G4_lAr", 5.7))
    usual = prepare(*slabs, layers=50)
    own = prepare(*slabs, layers=50, region__a__production_cut_mm=10.0)
    before, after = (p.world.setup.lives[1].tables.electron_cut for p in (usual, own))
    # Geant4 11.4.1's thresholds for 0.7 and 10 mm
    assert before == pytest.approx([1.00699, 0.273977], rel=2e-3)
    assert after == pytest.approx([15.2047, 0.273977], rel=2e-3)
    gun = "e-", 500.0, 20
    tallies = shoot(own, *gun)
    assert_nothing_lost(tallies)
    assert secondaries(tallies, "gamma").mean() < 0.9 * secondaries(shoot(usual, *gun), "gamma").mean()


@pytest.mark.parametrize("region", ["a", "b"])
def test_fluctuation_is_switched_by_region(prepare, region):
    # Without hard collisions and scattering, all that varies from event to event is the continuous loss.
    straight = {f"physics__processes__{name}": False for name in ("eIoni", "eBrem", "msc")}
    off = {f"region__{region}__fluctuation": ()}
    slabs = prepare(("G4_Si", 1.0), ("G4_Si", 1.0), **straight, **off)
    tallies = shoot(slabs, "e-", 10.0, 200)
    assert_nothing_lost(tallies)
    silent = "ab".index(region)
    spread = deposited(tallies).std(axis=0)
    assert spread[silent] < 3e-3 * spread[1 - silent]  # the energy it enters with may vary
    assert spread[1 - silent] > 0.01


def test_continuous_loss_in_water_as_geant4(prepare):
    # Geant4 11.4 TestEm18: 100 MeV electrons lose 1.744 MeV in 1 cm of water to transfers below thresholds
    # of a cut of 1 mm (with the general density effect: 1 % apart), whether or not the loss fluctuates.
    straight = {f"physics__processes__{name}": False for name in ("eIoni", "eBrem", "msc")}
    without = prepare(("G4_WATER", 10.0), cut_mm=1.0, **straight, physics__fluctuation=False)
    losses = deposited(shoot(without, "e-", 100.0, 50))[:, 0]
    assert np.ptp(losses) < 1e-8
    assert losses[0] == pytest.approx(1.744, rel=0.015)
    with_fluctuation = prepare(("G4_WATER", 10.0), cut_mm=1.0, **straight)
    fluctuating = deposited(shoot(with_fluctuation, "e-", 100.0, 5000))[:, 0]
    assert fluctuating.std() > 0.05
    # 5 standard errors; the loss with the energy left is curved by far less
    assert abs(fluctuating.mean() - losses[0]) < 5.0 * fluctuating.std() / np.sqrt(len(fluctuating))


def test_the_path_of_a_stopping_electron_is_its_range(prepare):
    straight = {f"physics__processes__{name}": False for name in ("eIoni", "eBrem", "msc")}
    aluminium = prepare(("G4_Al", 100.0), **straight, physics__fluctuation=False)
    rows = aluminium.world.setup.lives[1].tables.rows
    for energy in (0.1, 1.0, 10.0):
        tallies = shoot(aluminium, "e-", energy, 3)
        # steps of up to a fifth of the range, each with the loss at its start if below 1 % of the energy
        assert track_length(tallies)[:, 0] == pytest.approx(column(rows, 0, energy, RANGE), rel=3e-3)
        assert deposited(tallies)[:, 0] == pytest.approx(energy, abs=1e-8)


def test_processes_switched_off_do_not_happen(prepare):
    off = {f"physics__processes__{name}": False for name in ("phot", "compt", "conv")}
    transparent = prepare(("G4_Pb", 100.0), **off)
    tallies = shoot(transparent, "gamma", 10.0, 20)
    assert balance(tallies, "leaked") == pytest.approx(10.0)
    assert tallies.interactions.sum() == 0
    quiet = prepare(("G4_Pb", 100.0), physics__processes__eBrem=False)
    tallies = shoot(quiet, "e-", 50.0, 20)
    assert_nothing_lost(tallies)
    assert interactions(tallies, "eBrem").sum() == 0
    assert interactions(tallies, "eIoni").sum() > 0
    assert secondaries(tallies, "gamma").sum() == 0
    assert interactions(shoot(prepare(("G4_Pb", 100.0)), "gamma", 0.1, 50), "Rayl").sum() == 0
    coherent = prepare(("G4_Pb", 100.0), physics__rayleigh=True)
    assert interactions(shoot(coherent, "gamma", 0.1, 50), "Rayl").sum() > 0


def test_without_annihilation_a_positron_keeps_its_rest_mass(prepare):
    """Neither in flight nor at rest, nor where its cut drops it: what is left is its kinetic energy alone."""
    off = {"physics__processes__annihil": False}
    block = prepare(("G4_WATER", 400.0), **off)
    middle = {"position_mm": (200.0, 0.0, 0.0)}
    for energy in (0.0005, 0.3, 5.0):
        tallies = shoot(block, "e+", max(energy, 0.001), 50, **middle)
        assert_nothing_lost(tallies)
        assert interactions(tallies, "annihil").sum() == 0
        assert (balance(tallies, "rest_mass") <= 0.0).all()
        if energy < 1.0:  # their photons make no pairs
            left = deposited(tallies).sum(axis=1) + balance(tallies, "leaked")
            assert left == pytest.approx(np.full(50, max(energy, 0.001)), abs=1e-6)
    dropped = prepare(("G4_W", 400.0), cut_mm=50.0, physics__apply_cuts=True, **off)
    assert dropped.cuts_MeV["G4_W"]["gamma"] > ELECTRON_MASS
    for engine in (block, dropped):
        tallies = shoot(engine, "gamma", 10.0, 200, **middle)
        assert_nothing_lost(tallies)
        pairs = interactions(tallies, "conv")
        assert pairs.sum() > 5
        assert balance(tallies, "rest_mass") == pytest.approx(-2.0 * ELECTRON_MASS * pairs, abs=1e-6)


def test_a_track_without_an_end_is_an_error(prepare):
    """Steps of 1e-12 mm, which no scenario can ask for: the run fails instead of hanging."""
    engine = prepare(("G4_WATER", 10.0))
    setup = engine.world.setup
    photons, electrons = setup.lives
    electrons = electrons._replace(steps=Steps(0.0, 1e-12, 0.04))
    again = copy(engine)
    again.world = replace(engine.world, setup=setup._replace(lives=(photons, electrons)))
    with pytest.raises(
        BadInput, match=r"1 tracks \(e-\) had not ended after 10,000,000 .*; give larger steps"
    ):
        shoot(again, "e-", 1.0, 1)


@pytest.mark.parametrize(("part", "name"), [(0, "conversion"), (1, "fluctuation")])
def test_random_numbers_drawn_in_vain_are_an_error(prepare, part, name):
    """Constants that are no numbers: no pair's energy and no loss is ever accepted."""
    engine = prepare(("G4_Pb", 100.0))
    lives = list(engine.world.setup.lives)
    table = getattr(lives[part].tables, name)
    table = table._replace(constants=np.full_like(table.constants, np.nan))
    lives[part] = lives[part]._replace(tables=lives[part].tables._replace(**{name: table}))
    again = copy(engine)
    again.world = replace(engine.world, setup=engine.world.setup._replace(lives=tuple(lives)))
    with pytest.raises(BadInput, match=r"tracks \(.*e-.*\) had not ended .* 10,000 draws of one random"):
        shoot(again, "gamma", 100.0, 20)


def test_vacuum_is_crossed_in_one_step(prepare):
    vacuum = prepare(("G4_Galactic", 1000.0))
    for particle in ("gamma", "e-", "e+"):
        for energy in (0.05, 0.3, 1.0, 5.0):
            tallies = shoot(vacuum, particle, energy, 10)
            assert_nothing_lost(tallies)
            assert balance(tallies, "leaked") == pytest.approx(energy, rel=1e-7)
            assert (tallies.steps.sum(axis=(1, 2)) == 2).all()  # one inside, one to leave the world
            length = 0.0 if particle == "gamma" else 1000.0
            assert track_length(tallies)[:, 0] == pytest.approx(length)


def test_vacuum_is_crossed_straight_without_scattering(prepare):
    # a step of a fifth of the range, 1e24 mm, is nothing beside the mean free path of no scattering
    vacuum = prepare(("G4_Galactic", 1e6), transverse_mm=1e6, physics__processes__msc=False)
    for particle in ("e-", "e+"):
        tallies = shoot(vacuum, particle, 5.0, 10)
        assert_nothing_lost(tallies)
        assert (tallies.steps.sum(axis=(1, 2)) == 2).all()
        assert track_length(tallies)[:, 0] == pytest.approx(1e6)


def test_steps_and_lengths_are_counted_where_they_are(prepare):
    slabs = prepare(("G4_AIR", 10.0), ("G4_Galactic", 20.0), layers=2)
    off = shoot(slabs, "gamma", 100.0, 50)
    alone = off.interactions.sum(axis=1) == 0
    assert (off.steps[alone, GAMMA] == [2, 2, 1]).all()
    tallies = shoot(slabs, "e-", 1000.0, 50)
    alone = tallies.secondaries.sum(axis=1) == 0
    assert alone.sum() > 10
    assert track_length(tallies)[alone] == pytest.approx(
        np.tile([20.0, 40.0, 0.0], (alone.sum(), 1)), rel=1e-3
    )


def test_roulette_keeps_the_mean_and_tallies_its_weights(prepare):
    # 400 events each on seeds of their own; 4.5 standard errors, three comparisons: 2e-5 false alarms.
    slabs = (("G4_Pb", 2.3), ("G4_lAr", 5.7))
    usual = shoot(prepare(*slabs, layers=50), "e-", 200.0, 400, seed=5)
    roulette = prepare(*slabs, layers=50, speedups=("gamma-roulette:threshold_MeV=2,weight=5",))
    tallies = shoot(roulette, "e-", 200.0, 400, seed=6)
    assert_nothing_lost(tallies)
    one, other = deposited(usual)[:, :2], deposited(tallies)[:, :2]
    error = np.sqrt((one.var(axis=0, ddof=1) + other.var(axis=0, ddof=1)) / 400)
    assert (np.abs(one.mean(axis=0) - other.mean(axis=0)) < 4.5 * error).all()
    # what the roulette takes and gives is nothing in the mean
    booked = balance(tallies, "roulette")
    assert booked.std() > 0.0
    assert abs(booked.mean()) < 4.5 * booked.std() / np.sqrt(400)
    survived, killed = tallies.counter("roulette_survived"), tallies.counter("roulette_killed")
    tried = survived + killed
    assert abs(survived - tried / 5.0) < 4.5 * np.sqrt(tried * 0.2 * 0.8)
    # unit weights have equal sums, others do not
    assert (usual.weight_sum == usual.weight_squared).all()
    assert (tallies.weight_squared.sum(axis=0)[:2] > 1.2 * tallies.weight_sum.sum(axis=0)[:2]).all()
    assert other.std() > one.std()
    assert tallies.steps.sum() < usual.steps.sum()


def test_killer_books_what_it_kills(prepare):
    killer = "high-eta-killer:eta_min=3,et_max_MeV=500,z_min_mm=0"
    engine = prepare(("G4_Pb", 50.0), ("G4_lAr", 50.0), speedups=(killer,))
    along = shoot(engine, "e-", 1000.0, 10, direction=(0.01, 0.0, 1.0), position_mm=(25.0, 0.0, 0.0))
    assert (balance(along, "killed") == 1000.0).all()
    assert along.steps.sum() == 0
    assert along.counter("killed_tracks") == 10
    # a primary with transverse energy passes; secondaries along z do not
    across = shoot(engine, "e-", 1000.0, 20)
    assert_nothing_lost(across)
    assert 0.0 < balance(across, "killed").sum() < 0.05 * 20 * 1000.0
    far = prepare(
        ("G4_Pb", 50.0), ("G4_lAr", 50.0), speedups=(killer.replace("z_min_mm=0", "z_min_mm=1000"),)
    )
    assert shoot(far, "e-", 1000.0, 2, direction=(0.0, 0.0, 1.0)).counter("killed_tracks") == 0


def test_merging_keeps_event_order(many):
    primaries = gun_primaries(6, 1, particle="gamma", energy_MeV=5.0)
    whole = many.run(primaries, 1)
    late = replace(many.run(part(primaries, primaries.event >= 3), 1))
    early = many.run(part(primaries, primaries.event < 3), 1)
    assert identical(merge([late, early]), whole)
