"""Files of showers: the same bits however they were made, taken up where left, refused in one line."""

from __future__ import annotations

import math

import numpy as np
import pytest

import simkit
from simkit.api.dataset import dataset
from simkit.errors import BadInput
from simkit.fastsim.showers.files import read_showers
from simkit.scenario import load_scenario

LOW = (1000.0, 1200.0)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    path = tmp_path_factory.mktemp("dataset") / "showers.h5"
    return path, dataset(path, events=30, energies_MeV=LOW)


def test_a_file_holds_what_transport_left(made):
    path, record = made
    showers = read_showers(path)
    spectrum = {"min_MeV": LOW[0], "max_MeV": LOW[1]}
    keys = {f"events.spectrum.{key}": value for key, value in spectrum.items()}
    run = simkit.run("par04", events=30, set=keys)
    silicon = run.record.edep_MeV["silicon"].mean
    inside = showers.energies_MeV.sum(axis=1, dtype=float).mean() * 0.033
    assert inside / (1.0 - record.outside_mesh) == pytest.approx(silicon, rel=1e-6)
    assert 0.005 < showers.outside == pytest.approx(record.outside_mesh, rel=0.1)  # of a mean at each energy
    assert record.response.mean == pytest.approx(
        (showers.energies_MeV.sum(axis=1) / showers.incident_MeV).mean()
    )
    assert 0.9 < record.response.mean < 1.0
    assert (LOW[0] < showers.incident_MeV).all()
    assert (showers.incident_MeV < LOW[1]).all()
    assert (record.showers, record.cells, record.particle) == (30, 6480, "e-")


def test_threads_and_interruptions_change_no_bit(made, tmp_path, monkeypatch):
    path, _ = made
    monkeypatch.setattr("simkit.engines.shower_samples.SHARD", 8)
    calls = 0

    def stop_at_the_third(done, doing):
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt

    other = tmp_path / "other.h5"
    with pytest.raises(simkit.api.dataset.Interrupted, match="16 showers are kept"):
        dataset(other, events=30, energies_MeV=LOW, threads=2, progress=stop_at_the_third)
    assert not other.exists()
    told = []
    dataset(other, events=30, energies_MeV=LOW, threads=2, progress=lambda done, doing: told.append(done))
    assert told[0] == pytest.approx(16 / 30)
    assert other.read_bytes() == path.read_bytes()
    assert [file.name for file in tmp_path.iterdir()] == ["other.h5"]


def test_shards_of_another_run_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr("simkit.engines.shower_samples.SHARD", 2)

    def stop(done, doing):
        if done > 0.1:
            raise KeyboardInterrupt

    path = tmp_path / "showers.h5"
    with pytest.raises(simkit.api.dataset.Interrupted):
        dataset(path, events=6, energies_MeV=LOW, progress=stop)
    with pytest.raises(BadInput, match=r"holds finished showers of another run \(seed differ\)"):
        dataset(path, events=6, energies_MeV=LOW, seed=2)
    assert len(list(tmp_path.rglob("*.npz"))) == 1
    assert not list(tmp_path.rglob("*.corrupt"))


def test_one_energy_and_a_longer_sample_begins_with_the_shorter(tmp_path):
    short, longer = tmp_path / "short.h5", tmp_path / "longer.h5"
    dataset(short, events=3, energies_MeV=1000.0)
    dataset(longer, events=5, energies_MeV=1000.0)
    first, more = read_showers(short), read_showers(longer)
    np.testing.assert_array_equal(more.energies_MeV[:3], first.energies_MeV)
    np.testing.assert_array_equal(more.incident_MeV, np.full(5, 1000.0))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"scenario": "testem3"}, r'readout.kind: found \'shape\'; .* needs a "shower_mesh"'),
        (
            {"set": {"events.direction": [1, 1, 0]}},
            "event 0 flies along .* give the mesh the gun's direction",
        ),
        ({"set": {"events.position_mm": [0, 3, 0]}}, "3 mm beside it"),
        ({"set": {"events.per_event": 2}}, "one particle an event"),
        ({"energies_MeV": (2.0, 1.0)}, "--energy-MeV: found"),
        ({"energies_MeV": -4.0}, "--energy-MeV: found -4"),
        ({"energies_MeV": math.nan}, "--energy-MeV: found nan; give one above 0"),
        ({"out": "."}, "is a folder"),
    ],
)
def test_what_cannot_be_a_file_of_showers(arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput, match=message):
        dataset(**{"out": "showers.h5", "events": 2} | arguments)
    assert not list(tmp_path.glob("*.h5"))


def test_a_mesh_turned_with_the_gun_sees_the_same_shower():
    """Turned by 90 degrees about z, which the tubes do not notice."""
    turned = {
        "events.direction": [0, 1, 0],
        "readout.direction": [0, 1, 0],
        "events.spectrum.max_MeV": 1001.0,
    }
    plain = {"events.spectrum.max_MeV": 1001.0}
    mean = [
        simkit.run("par04", events=400, set=keys).record.layers_MeV["silicon"] for keys in (plain, turned)
    ]
    peak = max(mean[0])
    assert np.abs(np.subtract(*mean)).max() < 0.15 * peak
    assert load_scenario("par04", overrides=turned).hash != load_scenario("par04", overrides=plain).hash
