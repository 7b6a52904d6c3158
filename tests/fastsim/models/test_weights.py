"""The shipped weights: all can be loaded, make showers, and are small."""

import numpy as np
import pytest

from simkit.engines.shower_samples import binning_of
from simkit.errors import BadInput
from simkit.fastsim.models.draws import shower_keys
from simkit.fastsim.models.model_file import read_model
from simkit.fastsim.models.range_cut_reweight import Reweighter
from simkit.fastsim.models.trainers import load_generator
from simkit.fastsim.models.weights import HERE, model_path, shipped_weights
from simkit.fastsim.showers.binning import DATASET_2
from simkit.scenario import load_scenario

SHIPPED = sorted(path.stem for path in HERE.glob("*.safetensors"))


def test_they_are_small():
    assert {"autoregressive", "frozen-library", "splice", "gflash", "range-cut-reweight"} <= set(SHIPPED)
    assert sum(path.stat().st_size for path in HERE.iterdir() if path.is_file()) < 10e6
    assert shipped_weights("none") is None


@pytest.mark.parametrize("name", [name for name in SHIPPED if name != "range-cut-reweight"])
def test_they_make_showers_of_par04(name):
    """The sampling fraction of par04 is 0.0315 where cells are divided by 0.033."""
    generator, file = load_generator(name)
    assert file.card.model == name
    assert file.binning == DATASET_2
    assert file.card.data.least_MeV < 1.01e3
    assert file.card.data.most_MeV > 0.99e6
    assert file.card.data.showers >= 10_000
    assert file.card.commit
    assert file.card.parameters == sum(a.size for a in file.tensors.values() if a.dtype.kind == "f")
    incident = np.geomspace(2e3, 9e5, 200)
    energies = generator.generate(incident, shower_keys(1, 200))
    response = energies.sum(axis=1) / incident
    assert response.mean() == pytest.approx(0.955, abs=0.01)


def test_those_of_range_cuts_weigh_events_of_segmented():
    """Larger cuts take 1.3 % of the signal: more of it, and more of it in the core, counts for more."""
    path = shipped_weights("range-cut-reweight")
    assert path.stat().st_size < 150e3
    model, card = Reweighter(read_model(path)), read_model(path).card
    assert model.binning == binning_of(load_scenario("segmented"))
    assert card.data.showers >= 10_000
    assert 0.53 < card.quality["AUC"] < 0.6
    assert abs(card.quality["AUC weighted"] - 0.5) < 0.02
    assert 0.8 < card.quality["effective share"] < 0.98
    along = np.array([0.3, 0.9, 1.0, 0.7, 0.4, 0.25, 0.13, 0.07, 0.04, 0.02])
    across = np.array([0.55, 0.2, 0.13, 0.07, 0.05])
    shower = np.repeat(along[:, None, None] * across, 8, axis=1)
    shower = shower * np.linspace(195.0, 230.0, 8)[:, None, None, None] / shower.sum()
    weights = model.weights(np.full(8, 1000.0), shower.reshape(8, -1).astype(np.float32))
    assert weights[-1] > 1.02 * weights[0]


def test_a_rule_names_a_shipped_model_or_a_file(tmp_path):
    """A file of a scenario means files beside it first; hashes are of the content, whatever the name."""
    text = (
        '[scenario]\nbase = "par04"\n[[fastsim]]\nmodel = "generator"\nfile = "splice"\nparticles = ["e-"]\n'
    )
    (tmp_path / "mine.toml").write_text(text)
    shipped = load_scenario(tmp_path / "mine.toml")
    assert shipped.fastsim[0].file == "splice"
    whole = load_scenario("par04", with_speedups=["fastsim-splice"])
    copy = tmp_path / "copy.safetensors"
    copy.write_bytes(shipped_weights("splice").read_bytes())
    assert load_scenario("par04", with_speedups=[f"fastsim-splice:file={copy}"]).hash == whole.hash
    (tmp_path / "splice").write_bytes(b"another")
    beside = load_scenario(tmp_path / "mine.toml")
    assert beside.fastsim[0].file == str(tmp_path / "splice")
    assert beside.hash != shipped.hash
    assert shipped_weights("../weights/splice") is None


def test_a_folder_does_not_hide_a_shipped_model(tmp_path, monkeypatch):
    """What `simkit fastsim train splice -o splice` has made."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "splice").mkdir()
    assert model_path("splice") == shipped_weights("splice")
    assert load_scenario("par04", with_speedups=["fastsim-splice"]).fastsim[0].file == "splice"
    rule = '[scenario]\nbase = "par04"\n[[fastsim]]\nmodel = "generator"\nfile = "splice"\n'
    (tmp_path / "mine.toml").write_text(rule + 'particles = ["e-"]\n')
    assert load_scenario(tmp_path / "mine.toml").fastsim[0].file == "splice"
    with pytest.raises(BadInput, match=r"splice: cannot be read as safetensors \(Is a directory\)"):
        read_model(tmp_path / "splice")
