"""The oddest showers and the map: what was made odd comes first, what is apart lies apart."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from simkit.fastsim.judge import anomalies as module
from simkit.fastsim.judge.anomalies import anomalies
from simkit.fastsim.judge.maps import shower_map
from simkit.fastsim.showers.features import features, high_level
from simkit.fastsim.showers.files import Showers

Toy = Callable[..., Showers]


def test_an_odd_shower_comes_first(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TREES", 60)
    odd = toy(300, 3)
    odd.energies_MeV[[5, 77]] = odd.energies_MeV[[5, 77], ::-1]  # the layers the wrong way round
    truth, unseen, generated = (high_level(features(s)) for s in (toy(300, 1), toy(300, 2), odd))
    found = anomalies(truth, unseen, generated, seed=1)
    assert set(found.order[:2]) == {5, 77}
    assert found.tail < 0.05
    np.testing.assert_array_equal(found.scores, anomalies(truth, unseen, generated, seed=1).scores)


def test_the_map_parts_what_is_apart(toy: Toy) -> None:
    samples = [high_level(features(s)) for s in (toy(60, 1), toy(60, 2), toy(60, 3, scale=30.0))]
    samples[2][:, 1:7] += 5.0
    one, same, far = shower_map(samples, seed=2)
    assert one.shape == (60, 2)
    spread = one.std(axis=0).max()
    distances = np.linalg.norm(far[:, None] - np.concatenate([one, same])[None], axis=2)
    assert distances.min() > 0.2 * spread
    assert np.linalg.norm(one.mean(axis=0) - same.mean(axis=0)) < spread
