"""Classifiers: no difference is 0.5, a known one is found, and the recipe is the CaloChallenge's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from simkit.fastsim.judge.classifier import Recipe, _network, _split, boosted, classify

SMALL = Recipe(width=32, epochs=15, rate=2e-3, batch=500)


def normal(n: int, seed: int, shift: float = 0.0) -> np.ndarray:
    values = np.random.default_rng(seed).standard_normal((n, 4)).astype(np.float32)
    values[:, 2] += shift
    return values


def standard_error(auc: float, test: int) -> float:
    """Of the area under the curve (J. A. Hanley and B. J. McNeil, Radiology 143 (1982) 29)."""
    q1, q2 = auc / (2.0 - auc), 2.0 * auc**2 / (1.0 + auc)
    return ((auc * (1 - auc) + (test - 1) * (q1 - auc**2 + q2 - auc**2)) / test**2) ** 0.5


@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_the_area_is_that_of_the_known_difference(shift: float) -> None:
    """Two normal distributions `shift` apart: at best Phi(shift / sqrt 2), within 4 standard errors."""
    best = norm.cdf(shift / 2.0**0.5)
    truth, other = normal(5000, 1), normal(5000, 2, shift)
    recipes = (SMALL, SMALL._replace(bfloat16=True))
    for found in (*(classify(truth, other, 3, one) for one in recipes), boosted(truth, other, seed=3)):
        assert found.test == 1000
        assert abs(found.auc - best) < 4.0 * standard_error(best, 1000) + 0.01
        assert found.jsd < (0.01 if shift == 0.0 else 0.3)
        assert abs(found.accuracy - norm.cdf(shift / 2.0)) < 0.06


def test_the_same_seed_gives_the_same_bits() -> None:
    truth, other = normal(600, 1), normal(600, 2, 0.5)
    tiny = SMALL._replace(epochs=3)
    one, two, three = (classify(truth, other, seed, tiny) for seed in (1, 1, 2))
    assert one[:-1] == two[:-1]
    assert one.auc != three.auc


def test_it_ends_early_only_where_all_is_known_by_heart() -> None:
    """A network that does not know its training showers may still learn: it gets all its epochs."""
    truth, other = normal(120, 1), normal(120, 2)
    found = classify(truth, other, 1, Recipe(width=256, epochs=200, rate=3e-3, batch=36, patience=4))
    assert 1 <= found.epoch <= found.epochs < 200
    small = classify(truth, other, 1, Recipe(width=4, epochs=20, rate=1e-3, batch=36, patience=4))
    assert small.epochs == 20
    easy = classify(truth, normal(120, 2, 50.0), 1, SMALL._replace(epochs=60, batch=20))
    assert easy.auc > 0.999
    assert easy.epochs < 60


def test_the_parts_are_sixty_twenty_twenty_and_share_no_shower() -> None:
    truth, other = normal(500, 1), normal(500, 2)
    parts = _split(truth, other, 7)
    assert [len(inputs) for inputs, _ in parts] == [600, 200, 200]
    assert [labels.mean() for _, labels in parts] == [0.5, 0.5, 0.5]
    rows = np.concatenate([inputs for inputs, _ in parts])
    assert len({row.tobytes() for row in rows}) == 1000
    with pytest.raises(ValueError, match="of one size"):
        _split(truth, other[:-1], 7)


def test_the_recipe_is_the_challenges() -> None:
    """evaluate.py: an input layer and two more of 2048, 9.1 M parameters with 362 inputs; 1000, 50, 2e-4."""
    assert Recipe()[:5] == (3, 2048, 50, 1000, 2e-4)
    net = _network(362, Recipe())
    assert sum(p.numel() for p in net.parameters()) == 363 * 2048 + 2 * 2049 * 2048 + 2049
