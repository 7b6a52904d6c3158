"""FPD and KPD: of Gaussians whose distance is known, and of what is the same."""

from __future__ import annotations

import numpy as np
import pytest

from simkit.fastsim.judge import distances
from simkit.fastsim.judge.distances import fpd, frechet, kpd, scaled


def normal(n: int, seed: int, shift: float = 0.0, spread: float = 1.0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, 3)) * spread + shift


def test_the_frechet_distance_of_gaussians() -> None:
    """|shift|^2 + 3 (1 - spread)^2 for three axes (D. C. Dowson, B. V. Landau, 1982)."""
    exact = normal(2000, 1)
    exact = (exact - exact.mean(axis=0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(exact, rowvar=False))).T
    assert frechet(exact, 1.5 * exact + 2.0) == pytest.approx(3 * 4.0 + 3 * 0.25, rel=1e-9)
    turn = np.linalg.qr(normal(3, 5))[0]
    stretched = exact * [1.0, 2.0, 3.0]
    assert frechet(stretched, stretched) == pytest.approx(0.0, abs=1e-9)
    assert frechet(stretched @ turn, stretched @ turn + 1.0) == pytest.approx(3.0, rel=1e-6)


def test_fpd_takes_the_bias_of_small_samples_away() -> None:
    """Features are over the truth's largest; what is left at 1/N = 0 is the distance between the samples."""
    truth, same, far = normal(4000, 1), normal(4000, 2), normal(4000, 3, shift=0.5)
    unit = np.abs(truth).max(axis=0)
    wanted = np.sum((0.5 / unit) ** 2)
    assert fpd(truth, far, seed=1).value == pytest.approx(wanted, rel=0.1)
    found = fpd(truth, same, seed=1)
    assert found.value < frechet(*scaled(truth[:400], same[:400])) / 4.0
    assert 0.0 <= found.value < 0.02 * wanted
    assert found == fpd(truth, same, seed=1)
    assert found != fpd(truth, same, seed=2)


def test_what_rounding_leaves_is_no_size() -> None:
    """Truth whose third feature is a residue: that of the others is not counted in millions of it."""
    truth, other = (normal(200, seed) * [1.0, 1.0, size] for seed, size in ((1, 1e-9), (2, 1e-3)))
    for distance in (fpd, kpd):
        found = distance(truth, other, seed=1)
        assert abs(found.value) < 0.1
        assert found.error < 0.1


def test_kpd_is_the_unbiased_mmd(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its definition on one batch, in parts too; about 0 for the same distribution."""
    truth, same, far = normal(1000, 1), normal(1000, 2), normal(1000, 3, shift=0.7)
    x, y = scaled(truth, far)
    random = np.random.default_rng(4)
    values = []
    for _ in range(10):
        a, b = x[random.choice(1000, 100)], y[random.choice(1000, 100)]
        kernel = lambda u, v: (u @ v.T / 3 + 1) ** 4  # noqa: E731
        inner = sum(kernel(u, u)[~np.eye(100, dtype=bool)].sum() / 9900 for u in (a, b))
        values.append(inner - 2 * kernel(a, b).mean())
    found = kpd(truth, far, seed=4)
    assert found.value == pytest.approx(np.median(values), rel=1e-10)
    monkeypatch.setattr(distances, "BLOCK", 7)
    assert kpd(truth, far, seed=4).value == pytest.approx(found.value, rel=1e-12)
    assert abs(kpd(truth, same, seed=4).value) < found.value / 4.0


def test_a_feature_that_is_always_zero_does_no_harm() -> None:
    flat = normal(500, 1) * [1, 1, 0]
    assert fpd(flat, flat + np.array([1, 0, 0]), seed=1).value > 0.0
    assert np.isfinite(kpd(flat, flat, seed=1).value)
