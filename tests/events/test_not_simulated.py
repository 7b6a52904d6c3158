"""What a file holds and is not simulated is counted, and said."""

import pytest

from simkit.events import packaged_sample
from simkit.events.hepmc3 import read_hepmc3
from tests.events.hepmc3_texts import event, listing, photon, written


def test_weights(tmp_path):
    text = listing(photon(weights="1 7"), photon(weights="-1"), photon(weights="0.0"), photon())
    found = read_hepmc3(written(tmp_path, text)).not_simulated
    assert (found.events, found.other_weight, found.weights) == (4, 2, (-1.0, 1.0))
    assert found.words() == [
        "event weights are not used: 2 of 4 events have one other than 1 (weights from -1 to 1)"
    ]


def test_the_weights_of_a_whole_sample_may_all_be_the_same(tmp_path):
    found = read_hepmc3(written(tmp_path, listing(photon(weights="0.25")))).not_simulated
    assert (found.other_weight, found.weights) == (1, (0.25, 0.25))


def test_other_statuses_without_an_end_vertex(tmp_path):
    text = listing(photon(status=2001), photon(status=2001, pdg=211), photon(status=3), event())
    found = read_hepmc3(written(tmp_path, text)).not_simulated
    # the beams and the decayed Z have other statuses too, and end
    assert {status: (one.particles, one.MeV) for status, one in found.other_status.items()} == {
        "2001": (2, 10_000.0),
        "3": (1, 5000.0),
    }
    assert found.without_final_state == 3
    assert found.words() == [
        "1 particle of status 3 without an end vertex not simulated: 5000 MeV in 4 events (final-state "
        "particles have status 1)",
        "2 particles of status 2001 without an end vertex not simulated: 10000 MeV in 4 events (final-state "
        "particles have status 1)",
        "no final-state particle (status 1) in 3 of 4 events",
    ]


@pytest.mark.parametrize(("energy", "counted"), [("5", 0), ("5.04", 0), ("6", 1), ("0", 1)])
def test_energy_that_is_not_that_of_the_momentum(tmp_path, energy, counted):
    text = photon().replace("0 5 0 5 0 1", f"0 5 0 {energy} 0 1")
    events = read_hepmc3(written(tmp_path, listing(text)))
    assert events.not_simulated.off_shell == counted
    assert len(events.not_simulated.words()) == counted
    assert list(events.primaries.energy) == [5000.0]


def test_final_particles_that_end(tmp_path):
    """A photon that converts in the generator's file: it and its pair are all of status 1."""
    text = photon().replace("E 0 1 3", "E 0 2 5") + "P 4 3 11 0 2 0 2 0 1\nP 5 3 -11 0 3 0 3 0 1\n"
    events = read_hepmc3(written(tmp_path, listing(text)))
    assert len(events.primaries.event) == 3
    assert events.not_simulated.ended == 1
    assert events.not_simulated.words() == [
        "1 particle of status 1 with an end vertex simulated, and what comes from there too: energy may "
        "count twice"
    ]


@pytest.mark.parametrize("cuts", [{"eta_max": 1.0}, {"energy_min_MeV": 1e4}])
def test_stand_ins_outside_the_cuts_are_not_counted(tmp_path, cuts):
    """They keep their own name there."""
    path = written(tmp_path, listing(photon(pdg=3122).replace("0 5 0 5 0", "0 3 4 5 0")))
    whole, cut = read_hepmc3(path), read_hepmc3(path, **cuts)
    assert list(whole.not_simulated.stand_ins) == ["Lambda as n"]
    assert not cut.not_simulated.stand_ins
    assert [list(outside) for outside in cut.outside_cuts] == [["Lambda"]]
    assert not len(cut.primaries.event)


def test_of_the_packaged_sample_only_the_stand_ins_are_said():
    (said,) = read_hepmc3(packaged_sample()).not_simulated.words()
    assert said.startswith("simulated as other particles, in 20 events: Lambda as n (39, 3.12891e+06 MeV), ")
