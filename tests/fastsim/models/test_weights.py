"""The shipped weights: all can be loaded, make showers, and are small."""

import numpy as np
import pytest

from simkit.fastsim.models.draws import shower_keys
from simkit.fastsim.models.trainers import load_generator
from simkit.fastsim.models.weights import HERE, shipped_weights
from simkit.fastsim.showers.binning import DATASET_2

SHIPPED = sorted(path.stem for path in HERE.glob("*.safetensors"))


def test_they_are_small():
    assert {"frozen-library", "splice", "gflash"} <= set(SHIPPED)
    assert sum(path.stat().st_size for path in HERE.iterdir() if path.is_file()) < 10e6
    assert shipped_weights("none") is None


@pytest.mark.parametrize("name", SHIPPED)
def test_they_make_showers_of_par04(name):
    """The sampling fraction of par04 is 0.0315 where cells are divided by 0.033."""
    generator, file = load_generator(name)
    assert file.card.model == name
    assert file.binning == DATASET_2
    assert file.card.data.least_MeV < 1.01e3
    assert file.card.data.most_MeV > 0.99e6
    assert file.card.data.showers >= 10_000
    assert file.card.commit
    incident = np.geomspace(2e3, 9e5, 200)
    energies = generator.generate(incident, shower_keys(1, 200))
    response = energies.sum(axis=1) / incident
    assert response.mean() == pytest.approx(0.955, abs=0.01)
