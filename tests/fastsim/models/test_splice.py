import numpy as np
import pytest

from simkit.api.fastsim.train import train
from simkit.fastsim.models.draws import shower_keys
from simkit.fastsim.models.trainers import load_generator
from simkit.fastsim.showers.features import features
from simkit.fastsim.showers.files import without_noise


@pytest.fixture(scope="module")
def generator(trained):
    return load_generator(trained("splice"))[0]


def test_pieces_are_what_the_features_say(generator, toy):
    showers = without_noise(toy(300))
    order = np.argsort(showers.incident_MeV)
    truth, found = features(showers.take(order)), generator.pieces
    np.testing.assert_allclose(
        found.share**2, truth.layer_MeV / truth.incident_MeV[:, None], rtol=0.02, atol=1e-4
    )
    np.testing.assert_allclose(found.x, truth.x_mm, atol=0.2)
    np.testing.assert_allclose(found.y, truth.y_mm, atol=0.2)
    np.testing.assert_allclose(found.before[:, -1] ** 2, truth.response, rtol=0.01)


def test_centres_turn_as_cells_do(generator, toy):
    showers, library = toy(20), generator.library
    centre = features(showers)
    for inverse, turn in zip(library.inverse, generator.pieces.turns):
        turned = np.empty_like(showers.energies_MeV)
        turned[:, inverse] = showers.energies_MeV
        found = features(showers._replace(energies_MeV=turned))
        here = np.stack([centre.x_mm, centre.y_mm], axis=-1) @ turn
        np.testing.assert_allclose(np.stack([found.x_mm, found.y_mm], axis=-1), here, atol=1e-4)


def test_pieces_agree_where_they_join(trained, toy, tmp_path):
    """Layers are as much alike as in truth; with pieces drawn blindly they are not."""
    truth = toy(3000, seed=4)
    blind = train(
        "splice", toy(300), out=tmp_path, set={"run": 2, "spread": 1, "nearest": 60, "candidates": 1}
    )

    def likeness(energies):
        layer = energies.reshape(len(energies), 6, -1).sum(axis=2) / truth.incident_MeV[:, None]
        return np.corrcoef(np.log(layer.T + 1e-3))[0, [1, 2, 5]]

    true = likeness(truth.energies_MeV)
    off, off_blindly = (
        np.abs(likeness(load_generator(file)[0].generate(truth.incident_MeV, shower_keys(1, 3000))) - true)
        for file in (trained("splice"), blind)
    )
    assert off.max() < 0.15
    assert off.sum() < 0.5 * off_blindly.sum()


def test_a_run_as_long_as_the_shower_is_a_frozen_library(toy, tmp_path):
    showers = toy(50)
    file = train("splice", showers, out=tmp_path, set={"run": 6, "spread": 0, "nearest": 1})
    generator, _ = load_generator(file)
    made = generator.generate(showers.incident_MeV, shower_keys(1, 50))
    np.testing.assert_allclose(np.sort(made), np.sort(without_noise(showers).energies_MeV), rtol=0.03)
