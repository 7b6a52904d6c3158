"""Frozen showers: a library made in seconds, what it leaves, and that showers depend on their keys alone."""

from __future__ import annotations

import numpy as np
import pytest

import simkit
from simkit.api.fastsim.train import train
from simkit.engines.simulation import run_scenario
from simkit.errors import BadInput
from simkit.fastsim.models.draws import shower_keys
from simkit.fastsim.models.model_file import read_model, read_tensors, write_tensors
from simkit.fastsim.models.sub_showers import unpack
from simkit.fastsim.models.trainers import load_generator
from simkit.fastsim.models.weights import model_path
from simkit.fastsim.showers.binning import DATASET_2, regular_binning
from simkit.fastsim.showers.files import Showers
from simkit.scenario import load_scenario

GEV = 2000.0  # MeV, of most showers here


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    showers = Showers(DATASET_2, np.full(20, GEV), np.full((20, 6480), 0.3, dtype=np.float32))
    settings = {"events": 40, "most_MeV": 100.0, "entries": [[100.0, 40]], "mean_GeV": 0.5, "mean_tracks": 10}
    return train("frozen-showers", showers, out=tmp_path_factory.mktemp("frozen"), set=settings)


def rules(library="frozen-showers", energy=GEV, **more):
    spectrum = {"min_MeV": energy, "max_MeV": 1.001 * energy}
    keys = {f"events.spectrum.{key}": value for key, value in spectrum.items()}
    return keys | {"fastsim": [{"model": "frozen-showers", "file": str(library), **more}]}


@pytest.mark.parametrize(("energy", "events", "tolerance"), [(2e3, 300, 0.03), (1e5, 60, 0.01)])
def test_the_shipped_library_gives_the_showers_of_the_full_simulation(energy, events, tolerance):
    """Silicon, absorber and layers; the tolerances are some three standard errors of as many showers."""
    keys = rules(energy=energy)
    full = {key: value for key, value in keys.items() if key != "fastsim"}
    frozen = run_scenario(load_scenario("par04", overrides=keys, events=events))[0]
    plain = run_scenario(load_scenario("par04", overrides=full, events=events))[0]
    assert frozen.counters["fast_showers"] > 50 * events
    assert frozen.counters["fast_faults"] == 0
    assert abs(frozen.energy_balance_MeV.residual) < 1e-6
    assert frozen.energy_balance_MeV.leaked < 2e-3 * energy
    for region, share in (("silicon", tolerance), ("absorber", 0.1 * tolerance)):
        assert frozen.edep_MeV[region].mean == pytest.approx(plain.edep_MeV[region].mean, rel=share)
    mine, its = (np.array(r.layers_MeV["silicon"]) for r in (frozen, plain))
    assert np.abs(mine - its).max() < 0.1 * its.max()
    assert sum(frozen.steps_per_event.values()) < 0.2 * sum(plain.steps_per_event.values())


def test_a_library_of_one_s_own_keeps_the_energy(library):
    run = simkit.run("par04", events=40, set=rules(library, most_MeV=100.0)).record
    assert run.counters["fast_showers"] > 50 * 40
    assert abs(run.energy_balance_MeV.residual) < 1e-6
    assert run.edep_MeV["silicon"].mean == pytest.approx(0.032 * GEV, rel=0.15)  # a library of few


def test_a_shower_depends_on_its_key_alone(library):
    generator, _ = load_generator(library)
    energies, keys = np.linspace(1000.0, 3000.0, 8), shower_keys(3, 8)
    together = generator.generate(energies, keys)
    alone = generator.generate(energies[5:6], keys[5:6])
    np.testing.assert_array_equal(alone[0], together[5])
    assert (together.sum(axis=1) > 0.5 * energies).all()


def test_results_do_not_depend_on_threads(library):
    one, two = (simkit.run("par04", events=40, threads=n, set=rules(library)).record for n in (1, 2))
    assert (one.edep_MeV, one.counters) == (two.edep_MeV, two.counters)


def test_a_library_of_other_layers_is_refused(library):
    other = rules(library) | {"geometry.tube.0.thickness_mm": 1.5}
    with pytest.raises(
        BadInput, match=r"layers of 1.4 mm G4_W \+ 0.3 mm G4_Si, the detector has 1.5 mm G4_W"
    ):
        simkit.run("par04", events=1, set=other)


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("packed", np.zeros(9, dtype=np.uint8), "'packed' cannot be unpacked"),
        ("layers", np.zeros(3, dtype=np.uint8), "'layers' cannot be read"),
        ("kind", np.zeros(3, dtype=np.int64), "'kind' is int64"),
        ("hits", np.zeros(3, dtype=np.uint32), "'hits' is uint32 of 3"),
    ],
)
def test_a_library_that_is_damaged_is_refused(name, array, message, library, tmp_path):
    tensors, card = read_tensors(library, "card")
    write_tensors(tmp_path / "bad.safetensors", {**tensors, name: array}, card, "card")
    with pytest.raises(BadInput, match=message):
        simkit.run("par04", events=1, set=rules(tmp_path / "bad.safetensors"))


def test_showers_of_other_cells_make_no_library(tmp_path):
    """As many cells, with rings of another width."""
    wide = regular_binning("electron", 11, layers=45, angles=16, radii=9, step_mm=5.0)
    with pytest.raises(BadInput, match="the showers have other cells than scenario 'par04'"):
        train(
            "frozen-showers",
            Showers(wide, np.full(2, GEV), np.ones((2, 6480), dtype=np.float32)),
            out=tmp_path,
        )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"entries": [[10.0, 5], [1.0, 5]]}, "energies must ascend, and the last reach most_MeV"),
        ({"entries": [[100.0, 5]]}, "the last reach most_MeV"),
        ({"scenario": "testem3"}, 'needs a "shower_mesh"'),
    ],
)
def test_settings_that_make_no_library(settings, message, tmp_path):
    showers = Showers(DATASET_2, np.full(20, GEV), np.full((20, 6480), 0.3, dtype=np.float32))
    with pytest.raises(BadInput, match=message):
        train("frozen-showers", showers, out=tmp_path, set=settings)


def test_more_hits_than_there_can_be_and_deep_layers_are_told():
    file = read_model(model_path("frozen-showers"))
    hits = np.full_like(file.tensors["hits"], 2**32 - 1)
    deep = np.frombuffer(b"[" * 100_000, dtype=np.uint8)
    for name, array, message in (
        ("hits", hits, "'hits' are .* in all"),
        ("layers", deep, "'layers' cannot be read"),
    ):
        with pytest.raises(BadInput, match=message):
            unpack(file._replace(tensors={**file.tensors, name: array}))
