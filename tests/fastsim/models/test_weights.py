"""The shipped weights: all can be loaded, make showers, and are small."""

import numpy as np
import pytest

from simkit.errors import BadInput
from simkit.fastsim.models.draws import shower_keys
from simkit.fastsim.models.model_file import read_model
from simkit.fastsim.models.trainers import load_generator
from simkit.fastsim.models.weights import HERE, model_path, shipped_weights
from simkit.fastsim.showers.binning import DATASET_2
from simkit.scenario import load_scenario

SHIPPED = sorted(path.stem for path in HERE.glob("*.safetensors"))


def test_they_are_small():
    assert {"frozen-library", "splice", "gflash"} <= set(SHIPPED)
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
