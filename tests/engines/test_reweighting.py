"""Weights of events in a run: trained in seconds on par04, timed with it, refused where they do not fit."""

from __future__ import annotations

import time

import numpy as np
import pytest

import simkit
from simkit.api.dataset import dataset
from simkit.api.fastsim.train import train
from simkit.engines.reweighting import (
    OTHER,
    PARTS,
    EventWeigher,
    seen_energies,
    simulated,
    with_larger_cuts,
)
from simkit.engines.simulation import run_scenario
from simkit.errors import BadInput
from simkit.fastsim.models.model_file import read_model
from simkit.fastsim.models.range_cut_reweight import RangeCutSettings
from simkit.fastsim.models.trainers import load_generator
from simkit.fastsim.models.training import Training
from simkit.fastsim.showers.files import read_showers
from simkit.record.tallies import WEIGHT_UNIT
from simkit.scenario import load_scenario

LOW = {"events.spectrum.min_MeV": 1000.0, "events.spectrum.max_MeV": 1100.0}
SETTINGS = {"scenario": "par04", "steps": 60, "batch": 32, "hidden": 4, "learning_rate": 1e-2}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reweighting")
    dataset(folder / "nominal.h5", events=200, set=LOW, seed=7)
    return train("range-cut-reweight", folder / "nominal.h5", out=folder / "model", set=SETTINGS)


def scenario(trained, **overrides):
    keys = LOW | {"physics.production_cut_mm": 7.0, "reweight.file": str(trained)}
    return load_scenario("par04", overrides=keys | overrides, events=40)


def test_the_training_makes_the_showers_with_larger_cuts(trained):
    nominal, other = (
        read_showers(path) for path in (trained.parents[1] / "nominal.h5", trained.parent / OTHER)
    )
    np.testing.assert_array_equal(nominal.incident_MeV, other.incident_MeV)
    assert not (nominal.energies_MeV == other.energies_MeV).all(axis=1).any()  # random numbers of their own
    card = read_model(trained).card
    assert card.quality.keys() == {"AUC", "AUC weighted", "slope", "effective share"}
    assert card.settings["cut_mm"] == 7.0
    losses = [float(row.split(",")[2]) for row in (trained.parent / "curves.csv").read_text().split()[1:]]
    assert min(losses[-10:]) < losses[0]


def test_showers_that_are_simulated_are_taken_up_again(trained, tmp_path, monkeypatch):
    monkeypatch.setattr("simkit.engines.shower_samples.SHARD", 2)
    n, settings = 6, RangeCutSettings(scenario="par04")
    incident, told = np.full(n, 1050.0), []

    def stop(done, doing):
        told.append(done)
        if done > 0.5:
            raise KeyboardInterrupt

    larger = with_larger_cuts(settings, events=n, seed=9)
    with pytest.raises(KeyboardInterrupt):
        simulated(larger, incident, Training(tmp_path / "a", tell=stop))
    again = []
    found = simulated(larger, incident, Training(tmp_path / "a", tell=lambda done, doing: again.append(done)))
    assert again[0] == told[-1] == pytest.approx(4 / 6)
    whole = simulated(larger, incident, Training(tmp_path / "b"))
    np.testing.assert_array_equal(found.energies_MeV, whole.energies_MeV)
    np.testing.assert_array_equal(found.incident_MeV, incident)
    assert not (trained.parent / PARTS).exists()


def test_a_run_is_weighted_and_its_bits_do_not_depend_on_threads(trained):
    record, tallies, _ = run_scenario(scenario(trained))
    again = run_scenario(scenario(trained, **{"run.threads": 2}))[1]
    np.testing.assert_array_equal(tallies.event_weight, again.event_weight)
    weights = tallies.event_weight[:, 0] * WEIGHT_UNIT
    assert np.ptp(weights) > 0.01
    assert record.weights.effective_events == pytest.approx(weights.sum() ** 2 / np.sum(weights**2))
    plain, unweighted, _ = run_scenario(scenario(trained, **{"reweight.file": ""}))
    np.testing.assert_array_equal(tallies.deposits, unweighted.deposits)
    silicon = unweighted.region_deposits[:, 1] * 2.0**-30
    assert plain.weights is None
    assert record.edep_MeV["silicon"].mean == pytest.approx(np.average(silicon, weights=weights))
    assert plain.edep_MeV["silicon"].mean == pytest.approx(silicon.mean())
    assert record.energy_balance_MeV == plain.energy_balance_MeV


def test_the_readout_is_seen_as_files_of_showers_have_it(trained, tmp_path):
    larger = LOW | {"physics.production_cut_mm": 7.0}
    dataset(tmp_path / "larger.h5", events=5, set=larger)
    chosen = load_scenario("par04", overrides=larger, events=5)
    tallies = run_scenario(chosen)[1]
    np.testing.assert_array_equal(
        seen_energies(chosen, tallies), read_showers(tmp_path / "larger.h5").energies_MeV
    )


def test_weighing_is_part_of_the_time(trained, monkeypatch):
    def slow(self, tallies):
        end = time.thread_time() + 0.5
        while time.thread_time() < end:
            pass
        tallies.event_weight = np.full((len(tallies), 1), round(1.0 / WEIGHT_UNIT))

    monkeypatch.setattr(EventWeigher, "weigh", slow)
    tallies = run_scenario(scenario(trained))[1]
    assert tallies.cpu_s >= 0.5
    assert tallies.wall_s >= 0.5


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (
            {"physics.production_cut_mm": 3.0},
            r"par04 with physics.production_cut_mm = 7; physics, region differ",
        ),
        ({"geometry.tube.0.thickness_mm": 1.5}, "geometry differ"),
        ({"region.silicon.production_cut_mm": 0.1}, "region differ"),
        ({"readout.sectors": 8}, "readout differ"),
        ({"events.particle": "gamma"}, "trained on showers of another particle"),
        ({"events.spectrum.max_MeV": 2000.0}, r"was trained on .* and the events have .* to"),
        ({"reweight.file": "splice"}, "is a splice; give a range-cut-reweight"),
        ({"reweight.file": "none"}, "reweight.file: found 'none'; there is no such file"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(trained, overrides, said):
    with pytest.raises(BadInput, match=said):
        run_scenario(scenario(trained, **overrides))


def test_a_scenario_without_a_mesh_and_commands_for_generators_are_refused(trained):
    with pytest.raises(BadInput, match=r"reweight\.file: weighs events by the cells of a shower mesh"):
        simkit.run("testem3", events=1, set={"reweight.file": str(trained)})
    with pytest.raises(BadInput, match=r"range-cut-reweight makes no showers; give a generator's file"):
        load_generator(trained)
    with pytest.raises(BadInput, match="the showers have other cells than scenario 'segmented'"):
        train(
            "range-cut-reweight",
            trained.parents[1] / "nominal.h5",
            out=trained.parent / "x",
            set={"steps": 1},
        )


def test_photons_may_cross_boundaries_otherwise_than_in_the_training(trained):
    """Woodcock tracking changes no physics: a ladder may have both."""
    EventWeigher(scenario(trained, **{"tracking.gamma": "woodcock"}))
