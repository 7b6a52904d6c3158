"""The hook in the transport: who is taken where, what is refused, given back, wrong, and counted."""

import numpy as np
import pytest

from simkit.errors import BadInput
from simkit.fastsim.hook.domains import build_domains
from simkit.fastsim.models.absorb import Absorb
from simkit.record.tallies import BALANCE, COUNTERS, ENERGY_UNIT, PER_EVENT
from simkit.units import ELECTRON_MASS
from tests.fastsim.hook.trial import E_MEV, HALF, INVISIBLE, LIE, NAN, OUT, SOMETIMES, prepare, run

ABSORBER, GAP = 0, 1
ALL = {"particles": ("e-", "e+")}


def counted(tallies):
    """Return the counters of fast simulation by what stands behind "fast_"."""
    return {name[5:]: tallies.counter(name) for name in COUNTERS if name.startswith("fast_")}


def booked(tallies, entry):
    """Return an entry of the balance by event (MeV)."""
    return tallies.balance[:, BALANCE.index(entry)] * ENERGY_UNIT


def differences(a, b):
    """Return the arrays that differ, those of the counters and of fast simulation left out."""
    names = [name for name in PER_EVENT if name not in ("counters", "fast")]
    return [name for name in names if not np.array_equal(getattr(a, name), getattr(b, name))]


def test_without_rules_there_is_no_hook(full):
    assert full.fast.shape == (6, 0)
    assert not any(counted(full).values())


def test_rules_that_take_nothing_change_no_bit(full):
    tallies = run(prepare(absorb=ALL | {"min_MeV": 1e5}))
    assert differences(tallies, full) == []
    assert counted(tallies).pop("refused") > 1000
    assert tallies.fast.sum() == 0


def test_a_track_is_taken_where_it_begins():
    tallies = run(prepare(absorb=ALL | {"min_MeV": 1000.0}))
    assert counted(tallies) == {
        "accepted": 6, "refused": 0, "showers": 6, "hits": 6, "retries": 0, "returned": 0, "faults": 0
    }  # fmt: skip
    np.testing.assert_array_equal(tallies.region_deposits * ENERGY_UNIT, [[E_MEV, 0.0, 0.0]] * 6)
    np.testing.assert_array_equal(tallies.fast[:, ABSORBER] * ENERGY_UNIT, [E_MEV] * 6)
    assert tallies.fast[:, 3 + ABSORBER].tolist() == [1] * 6  # hits follow the energies of three regions


def test_a_track_is_taken_where_it_enters_a_region(full):
    tallies = run(prepare(absorb=ALL | {"regions": ("gap",), "min_MeV": 50.0}))
    fast = tallies.fast.sum(axis=0)
    assert fast[[ABSORBER, 2]].tolist() == [0, 0]
    assert 0 < fast[GAP] < tallies.region_deposits[:, GAP].sum()
    assert tallies.steps[:, 1:3, ABSORBER].sum() > 0  # until the first boundary they were followed
    assert tallies.steps.sum() < 0.5 * full.steps.sum()


def test_photons_stop_where_a_rule_waits_for_them():
    """The first layer is followed in full; all that is carried into the gap stays there."""
    tallies = run(prepare(absorb={"particles": ("gamma", "e-", "e+"), "regions": ("gap",)}))
    gap = tallies.deposits[:, 1]
    np.testing.assert_array_equal(tallies.deposits[:, 2:].sum(axis=1), 0)
    assert (gap > 0).all()
    assert tallies.steps[:, 0, GAP].sum() == 0
    np.testing.assert_array_equal(tallies.fast[:, GAP], gap)


def test_energy_and_direction_limit_a_domain():
    at = {"events__direction": (1.0, 0.0, 1.0)}  # eta = 0.881
    assert counted(run(prepare(absorb=ALL | {"min_MeV": E_MEV}, **at)))["accepted"] == 6
    assert counted(run(prepare(absorb=ALL | {"min_MeV": 1500.0, "max_MeV": E_MEV}, **at)))["accepted"] < 6
    assert (
        counted(run(prepare(absorb=ALL | {"min_MeV": 1900.0, "eta_range": (0.8, 0.9)}, **at)))["accepted"]
        == 6
    )
    assert (
        counted(run(prepare(absorb=ALL | {"min_MeV": 1900.0, "eta_range": (0.9, 3.0)}, **at)))["accepted"]
        == 0
    )


def test_the_rule_with_the_higher_priority_takes_it():
    tallies = run(prepare(absorb=ALL, trial=ALL | {"mode": OUT}))
    assert booked(tallies, "leaked").tolist() == [0.0] * 6


def test_there_are_as_many_rules_as_a_word_has_bits():
    rules = [Absorb(model="absorb")] * 64
    assert build_domains(rules[:63], [[0]] * 63, 1).waits[0, 0] == 2**63 - 1
    with pytest.raises(BadInput, match="found 64 rules; there may be 63"):
        build_domains(rules, [[0]] * 64, 1)


def test_a_positron_gives_its_rest_mass_too():
    tallies = run(prepare(absorb=ALL, events__particle="e+"))
    deposited = tallies.deposits.sum(axis=1) * ENERGY_UNIT
    np.testing.assert_allclose(deposited, E_MEV + 2.0 * ELECTRON_MASS, rtol=1e-12)
    np.testing.assert_allclose(booked(tallies, "rest_mass"), 2.0 * ELECTRON_MASS, rtol=1e-8)


def test_no_number_is_tried_again_then_followed_in_full(full):
    """The model draws nothing, so what follows is the shower without it, to the last bit."""
    trial = ALL | {"mode": NAN, "min_MeV": 1900.0, "retries": 5}
    tallies = run(prepare(trial=trial))
    assert differences(tallies, full) == []
    found = counted(tallies)
    assert (found["accepted"], found["retries"], found["returned"], found["hits"]) == (6, 30, 6, 0)


def test_a_model_that_fails_sometimes_is_asked_again():
    tallies = run(prepare(trial=ALL | {"mode": SOMETIMES, "min_MeV": 1900.0, "retries": 1000}))
    found = counted(tallies)
    assert found["retries"] > 6
    assert (found["showers"], found["returned"], found["faults"]) == (6, 0, 0)


def test_what_a_model_has_not_given_is_followed_in_full():
    tallies = run(prepare(trial=ALL | {"mode": HALF, "min_MeV": 1900.0}))
    assert counted(tallies)["returned"] == 6
    np.testing.assert_array_equal(tallies.fast[:, ABSORBER] * ENERGY_UNIT, [0.25 * E_MEV] * 6)
    assert (tallies.steps.sum(axis=(1, 2)) > 100).all()


def test_an_account_that_does_not_add_up_fails_the_run():
    with pytest.raises(BadInput, match=r"fastsim: the energy of 6 showers .* add up .*trial"):
        run(prepare(trial=ALL | {"mode": LIE, "min_MeV": 1900.0}))


def test_energy_may_leave_the_world_or_be_invisible():
    leaked = run(prepare(trial=ALL | {"mode": OUT, "min_MeV": 1900.0}))
    np.testing.assert_array_equal(booked(leaked, "leaked"), [E_MEV] * 6)
    hidden = run(prepare(trial=ALL | {"mode": INVISIBLE, "min_MeV": 1900.0}))
    np.testing.assert_array_equal(booked(hidden, "invisible"), [0.25 * E_MEV] * 6)


def test_a_tracking_of_ones_own_for_one_particle_in_one_region():
    """Electrons lose 30 MeV/mm in lead, straight; in argon they are followed as always."""
    straight = {"particles": ("e-",), "regions": ("absorber",), "loss_MeV_mm": 30.0, "min_MeV": 1900.0}
    tallies = run(prepare(straight=straight))
    lost = 2 * 30.0 * 2.3  # in the first two layers, then they have too little
    np.testing.assert_allclose(
        tallies.fast[:, ABSORBER] * ENERGY_UNIT, lost, rtol=1e-5
    )  # the second is crossed aslant
    assert tallies.steps[:, 1, GAP].min() > 0
    assert counted(tallies)["accepted"] == 12


def test_rules_and_threads(full):
    a, b = (run(prepare(absorb=ALL | {"min_MeV": 100.0, "regions": ("gap",)}), n) for n in (1, 2))
    assert differences(a, b) == []
    np.testing.assert_array_equal(a.counters, b.counters)


def test_an_envelope_of_woodcock_tracking_holds_no_rule():
    with pytest.raises(BadInput, match=r"fastsim\.0 \(absorb\): region 'absorber' .*Woodcock"):
        prepare(tracking__gamma="woodcock")


def test_a_region_that_sees_less_holds_no_rule():
    with pytest.raises(BadInput, match=r"fastsim\.0 takes tracks in 'gap'.*birks_mm_per_MeV"):
        prepare(region__gap__birks_mm_per_MeV=0.1)
