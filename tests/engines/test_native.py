"""A species in the particle table that no life follows."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from simkit import plugins
from simkit.engines import native
from simkit.engines.figures import Figures, figures_of, total_secondaries
from simkit.errors import BadInput
from simkit.events.gun import gun_primaries
from simkit.events.hepmc3 import packaged_sample, read_hepmc3
from simkit.particles import PARTICLES, Species
from simkit.record.tallies import ENERGY_UNIT, empty_tallies
from simkit.scenario import load_scenario
from simkit.tally import LOST_SECONDARIES

PION = Species(211, 139.57039, 1, 26.033, "charged")


@pytest.fixture
def pion(monkeypatch):
    monkeypatch.setattr(PARTICLES, "_names", [*PARTICLES, "pi+"])
    monkeypatch.setattr(PARTICLES, "about", PARTICLES.about | {"pi+": PION})
    return PARTICLES.index("pi+")


@pytest.fixture(scope="module")
def prepared():
    return native.NativePrepared(load_scenario("testem3"))


def test_it_is_refused_as_a_primary(prepared, pion):
    primaries = gun_primaries(2, 1, particle="pi+", energy_MeV=20.0)
    with pytest.raises(BadInput, match=r"no life follows PDG code 211; allowed: \[22, 11, -11\]"):
        prepared.run(primaries, 1)


def test_it_is_named_where_it_is_a_secondary(prepared, pion, monkeypatch):
    def run(setup, start, tally, *others):
        tally.counts[:, pion] = 3  # secondaries come first, by kind
        tally.counts[:, tally.first.counters + LOST_SECONDARIES] = 3
        return 0.0

    monkeypatch.setattr(native, "run_cpu", run)
    with pytest.raises(
        BadInput, match=r"6 secondaries are pi\+, which no life follows; use a plug-in with a"
    ):
        prepared.run(gun_primaries(2, 1, energy_MeV=20.0), 1)


@pytest.mark.parametrize(
    ("added_MeV", "said"),
    [
        (
            -2.5e-6,
            r"event 1: 2\.5\d*e-06 MeV is booked nowhere \(1 of 2 events\); .*\(policy lossy of x\.py\)$",
        ),
        (19.0, r"event 1: 19 MeV more is booked than came in"),
        (-(2.0**33), r"event 1: the deposit in a cell is negative, or no number"),  # what NaN is in units
    ],
)
def test_energy_that_does_not_add_up_is_refused(prepared, monkeypatch, added_MeV, said):
    run = native.run_cpu

    def wrong(setup, start, tally, *others):
        cpu_s = run(setup, start, tally, *others)
        cell = tally.counts[1, tally.first.deposits :].argmax()
        tally.counts[1, tally.first.deposits + cell] += int(added_MeV / ENERGY_UNIT)
        return cpu_s

    primaries = gun_primaries(2, 1, particle="e-", energy_MeV=20.0)
    prepared.run(primaries, 1)
    monkeypatch.setattr(native, "run_cpu", wrong)
    monkeypatch.setattr(plugins, "_loaded", {"policy lossy": "x.py"})
    with pytest.raises(BadInput, match=said):
        prepared.run(primaries, 1)


@pytest.mark.parametrize(("steps", "said"), [(native.MOST_STEPS, r"\(e-\)"), (5, r"\(gamma, e-\)")])
def test_endless_tracks_name_the_particle(prepared, monkeypatch, steps, said):
    def run(setup, start, tally, *others):
        tally.counts[0, tally.first.counters + native.ENDLESS_TRACKS] = 1
        tally.counts[0, tally.first.steps + np.array([0, tally.regions])] = (1, steps)
        return 0.0

    monkeypatch.setattr(native, "run_cpu", run)
    with pytest.raises(BadInput, match=rf"1 tracks {said} had not ended after 10,000,000 steps"):
        prepared.run(gun_primaries(2, 1, energy_MeV=20.0), 1)


def test_in_a_file_of_events_its_energy_is_not_transported(pion):
    events = read_hepmc3(packaged_sample(), 2)
    assert events.untransported[0]["pi+"] > 0.0
    assert set(np.unique(events.primaries.pdg)) <= {22, 11, -11}


def test_figures_beside_a_program_have_all_of_a_run_and_of_a_shower(pion):
    """A program that counts photons, electrons and positrons counts all that it makes."""
    prepared = SimpleNamespace(regions=("a", "world"), calorimeter=("a",), layers={})
    tallies = empty_tallies(np.arange(2), 2, np.array([0]))
    tallies.steps[:, :, 0] = tallies.secondaries[:] = [1, 2, 3, 0, 4]
    figures = figures_of(tallies, prepared)
    assert figures.steps == {"gamma": 1.0, "charged": 9.0, "total": 10.0}
    assert figures.secondaries == {"gamma": 1.0, "e-": 2.0, "e+": 3.0, "pi+": 4.0, "total": 10.0}
    assert total_secondaries({"gamma": 1.0, "e-": 2.0, "e+": 3.0})["total"] == 6.0
    with pytest.raises(BadInput, match="secondaries total is 7, but those by particle add up to 6"):
        Figures(1, {}, {}, {}, None, {}, {"gamma": 1.0, "e-": 2.0, "e+": 3.0, "total": 7.0}).checked("there")
