"""What holds for every trainer and its generator."""

from typing import get_type_hints

import numpy as np
import pytest

from simkit.api.fastsim.train import train
from simkit.errors import BadInput
from simkit.fastsim.models.draws import shower_keys
from simkit.fastsim.models.model_file import ModelFile, read_model, write_model
from simkit.fastsim.models.trainers import OWN, find_trainer, load_generator
from tests.fastsim.conftest import SHORT

LIKE_BITS = ["frozen-library", "splice", "gflash", "autoregressive", "flow"]
"""Those whose bits are the same for any batch size."""

LIBRARIES = ["frozen-library", "splice"]

FALL = {"autoregressive": 0.93}
"""To what share of the first loss it falls: toy showers' cells are random, and nothing can foretell them."""


@pytest.mark.parametrize("name", SHORT)
def test_a_trained_model_makes_showers(trained, toy, name):
    generator, file = load_generator(trained(name))
    truth = toy(400, seed=2)
    made = generator.generate(truth.incident_MeV, shower_keys(1, 400))
    assert made.shape == truth.energies_MeV.shape
    assert made.dtype == np.float32
    assert (made >= 0).all()
    assert generator.binning == file.binning == truth.binning
    response = made.sum(axis=1) / truth.incident_MeV
    true = truth.energies_MeV.sum(axis=1) / truth.incident_MeV
    assert response.mean() == pytest.approx(true.mean(), rel=0.05 if name != "flow" else 0.2)
    assert len(np.unique(made, axis=0)) > 380
    np.testing.assert_array_equal(made, generator.generate(truth.incident_MeV, shower_keys(1, 400)))


@pytest.mark.parametrize("name", LIKE_BITS)
def test_a_shower_s_bits_do_not_depend_on_its_batch(trained, toy, name):
    generator, _ = load_generator(trained(name))
    incident, keys = toy(64, seed=3).incident_MeV, shower_keys(5, 64)
    whole = generator.generate(incident, keys)
    for size in (1, 7, 50):
        parts = [generator.generate(incident[i : i + size], keys[i : i + size]) for i in range(0, 64, size)]
        np.testing.assert_array_equal(np.concatenate(parts), whole)


@pytest.mark.parametrize("name", SHORT)
def test_files_with_missing_or_misshapen_arrays_are_told(trained, tmp_path, name):
    file = read_model(trained(name))
    bad = tmp_path / "bad.safetensors"
    for key, array in file.tensors.items():
        others = {k: v for k, v in file.tensors.items() if k != key}
        for wrong in (None, array[..., None], array.astype(np.complex64)):
            arrays = others if wrong is None else others | {key: wrong}
            with pytest.raises(BadInput, match=r"bad\.safetensors: .*" + key):
                find_trainer(name).build(ModelFile(str(bad), file.card, arrays))
    write_model(bad, file.card.model_copy(update={"settings": {"no_such": 1}}), file.tensors)
    with pytest.raises(BadInput, match=r"bad\.safetensors.*no_such"):
        load_generator(bad)


@pytest.mark.parametrize("name", [name for name in SHORT if name not in LIBRARIES])
def test_what_learns_gets_better(trained, name):
    names, *rows = (trained(name).parent / "curves.csv").read_text().splitlines()
    loss = [float(row.split(",")[names.split(",").index("loss")]) for row in rows]
    assert min(loss[-2:]) < FALL.get(name, 0.8) * loss[0]


@pytest.mark.parametrize("name", SHORT)
def test_the_same_seed_trains_the_same_model(short, toy, tmp_path, name):
    shorter = {"steps": 5} if "steps" in find_trainer(name).settings.model_fields else {}
    first, again, other = (
        read_model(train(name, toy(300), out=tmp_path / folder, set=short[name] | shorter, seed=seed)).tensors
        for folder, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    for key, array in first.items():
        np.testing.assert_array_equal(again[key], array)
    if name not in LIBRARIES:  # with room for all showers, those hold the same whatever the seed
        assert any((other[key] != array).any() for key, array in first.items())


def test_the_help_names_all_of_simkit():
    from simkit.cli.fastsim.train import command

    said = get_type_hints(command, include_extras=True)["model"].__metadata__[0].help
    assert [name for name in OWN if name not in said] == []
