"""The classifier of range-cut-reweight on toy showers: what it must correct, and what it must leave alone."""

import numpy as np
import pytest

from simkit.errors import BadInput
from simkit.fastsim.models.model_file import Card, ModelFile, TrainingData
from simkit.fastsim.models.range_cut_reweight import RangeCutSettings, Reweighter, fit
from simkit.fastsim.models.training import Training
from simkit.fastsim.showers.binning import to_xml
from simkit.fastsim.showers.files import Showers

SETTINGS = RangeCutSettings(steps=600, batch=256, hidden=8, learning_rate=5e-3, averaging=0.99)
SCALE = 0.95  # of the energies in all cells, half of their spread


@pytest.fixture(scope="module")
def pair(toy):
    """Return the function that makes nominal showers, and others of the same energies with less in cells."""

    def make(n, seed, scale=SCALE) -> tuple[Showers, Showers]:
        order = np.random.default_rng(seed).permutation(n)
        nominal, other = (
            one.take(np.argsort(one.incident_MeV)[order]) for one in (toy(n, seed), toy(n, seed + 1000))
        )
        energies = other.energies_MeV * (scale * nominal.incident_MeV / other.incident_MeV)[:, None]
        return nominal, other._replace(incident_MeV=nominal.incident_MeV, energies_MeV=np.float32(energies))

    return make


def fitted(nominal, other, folder, settings=SETTINGS):
    run = Training(folder, seed=3)
    arrays = fit(nominal, other, settings, run)
    data = TrainingData(sha256="", showers=len(nominal.incident_MeV), least_MeV=1e3, most_MeV=1e5)
    card = Card(
        model="range-cut-reweight",
        binning=to_xml([nominal.binning]),
        data=data,
        settings=settings.model_dump(mode="json"),
        quality=run.quality,
    )
    return Reweighter(ModelFile("here", card, arrays)), card


@pytest.fixture(scope="module")
def model(pair, tmp_path_factory):
    return fitted(*pair(8000, 1), tmp_path_factory.mktemp("reweight"))


def test_weights_bring_showers_that_were_not_trained_on_to_the_nominal_ones(model, pair):
    nominal, other = pair(8000, 2)
    weights = model[0].weights(other.incident_MeV, other.energies_MeV)
    assert weights.mean() == pytest.approx(1.0, abs=0.03)
    assert weights.std() > 0.1
    total, wanted = (s.energies_MeV.sum(axis=1) / s.incident_MeV for s in (other, nominal))
    before, after = total.mean() / wanted.mean() - 1.0, np.average(total, weights=weights) / wanted.mean() - 1
    assert before == pytest.approx(SCALE - 1.0, abs=0.01)
    assert abs(after) < 0.25 * abs(before)  # the mean is known to 0.2 %
    first = [s.energies_MeV[:, 12:24].sum(axis=1) / s.incident_MeV for s in (other, nominal)]
    apart = [np.average(first[0], weights=w) / first[1].mean() - 1.0 for w in (None, weights)]
    assert abs(apart[1]) < 0.5 * abs(apart[0])


def test_its_card_says_how_good_it_is(model):
    quality = model[1].quality
    assert 0.52 < quality["AUC"] < 0.75
    assert abs(quality["AUC weighted"] - 0.5) < 0.05
    assert 0.5 < quality["effective share"] < 0.98


def test_a_weight_depends_on_its_shower_alone_and_not_on_where_it_is_seen_from(model, pair):
    reweighter, other = model[0], pair(64, 3)[1]
    whole = reweighter.weights(other.incident_MeV, other.energies_MeV)
    for size in (1, 7, 50):
        parts = [
            reweighter.weights(other.incident_MeV[i : i + size], other.energies_MeV[i : i + size])
            for i in range(0, 64, size)
        ]
        np.testing.assert_array_equal(np.concatenate(parts), whole)
    for turned in other.binning.symmetries()[1:]:
        seen = reweighter.weights(other.incident_MeV, other.energies_MeV[:, turned])
        np.testing.assert_allclose(seen, whole, rtol=1e-5)


def test_weights_are_clipped(model, pair):
    other = pair(500, 4, scale=3.0)[1]
    weights = model[0].weights(other.incident_MeV, other.energies_MeV)
    assert weights.max() <= 10.0 + 1e-12
    assert weights.min() >= 0.1 - 1e-12
    assert {0.1, 10.0} & set(np.round(weights, 9))


def test_equal_simulations_get_weights_near_one(pair, tmp_path):
    reweighter, card = fitted(*pair(8000, 5, scale=1.0), tmp_path)
    other = pair(4000, 6, scale=1.0)[1]
    weights = reweighter.weights(other.incident_MeV, other.energies_MeV)
    assert weights.std() < 0.1
    assert card.quality["effective share"] > 0.98


def test_few_showers_are_too_few(pair, tmp_path):
    with pytest.raises(BadInput, match="found 50 showers, needs 100"):
        fit(*pair(50, 7), SETTINGS, Training(tmp_path))
