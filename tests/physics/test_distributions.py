"""The normal and the Poisson law against scipy."""

import numpy as np
import pytest
from scipy.stats import chi2, kstest, norm, poisson

from simkit.jit import kernel
from simkit.physics.distributions import normal_quantile, sample_gaussian, sample_poisson
from simkit.rng import make_rng, start_track

COUNT = 400_000


@kernel
def fill_gaussian(rng, out):
    for i in range(out.size):
        out[i] = sample_gaussian(rng)


@kernel
def fill_poisson(rng, mean, out):
    for i in range(out.size):
        out[i] = sample_poisson(rng, mean)


def test_normal_quantile():
    p = np.concatenate([np.geomspace(1e-10, 0.5, 200), 1 - np.geomspace(1e-10, 0.5, 200)])
    found = np.array([normal_quantile(x) for x in p])
    assert np.allclose(found, norm.ppf(p), rtol=2e-9, atol=1e-9)


def test_gaussian():
    """Kolmogorov-Smirnov, false alarm 1e-6."""
    out = np.empty(COUNT)
    rng = make_rng(4)
    start_track(rng, 0, 1)
    fill_gaussian(rng, out)
    assert kstest(out, "norm").pvalue > 1e-6


@pytest.mark.parametrize("mean", [0.0, 1e-3, 0.3, 1.0, 4.0, 8.0, 15.9])
def test_poisson(mean):
    """Chi-square of all numbers expected 5 times or more, false alarm 1e-6 each."""
    out = np.empty(COUNT)
    rng = make_rng(6)
    start_track(rng, 0, 1)
    fill_poisson(rng, mean, out)
    expected = COUNT * poisson.pmf(np.arange(60), mean)
    observed = np.bincount(out.astype(int), minlength=60)
    some = expected >= 5.0
    assert np.sum(observed[~some]) < 100
    assert np.sum((observed - expected)[some] ** 2 / expected[some]) < chi2.isf(1e-6, max(some.sum() - 1, 1))


def test_poisson_of_large_mean():
    """Mean and variance within 5 standard errors: false alarm 1e-6."""
    mean = 50.0
    out = np.empty(COUNT)
    rng = make_rng(6)
    start_track(rng, 0, 1)
    fill_poisson(rng, mean, out)
    assert out.mean() == pytest.approx(mean, abs=5 * np.sqrt(mean / COUNT))
    assert out.var() == pytest.approx(mean, rel=5 * np.sqrt(2 / COUNT) + 1 / 12 / mean)
