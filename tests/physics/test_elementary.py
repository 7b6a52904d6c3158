"""The elementary functions against the C library's, over what sampling asks of them."""

import numpy as np
import pytest

from simkit.jit import kernel
from simkit.physics import elementary


@kernel
def fill(function, x, out):
    for i in range(len(x)):
        out[i] = function(x[i])


@kernel
def fill_cos_sin(x, cosine, sine):
    for i in range(len(x)):
        cosine[i], sine[i] = elementary.quick_cos_sin(x[i])


def values(function, x):
    out = np.empty_like(x)
    fill(function, x, out)
    return out


def test_sixteen_digits():
    """Against long double, which has more digits than float64 on x86-64 and aarch64."""
    near_one = 1.0 + np.concatenate([-np.logspace(-15, -0.001, 5000), np.logspace(-15, 3, 5000)])
    for x in (np.logspace(-300, 300, 40000), near_one, (np.arange(10000) + 0.5) * 2.0**-32):
        exact = np.log(x.astype(np.longdouble))
        assert np.abs(values(elementary.log, x) / exact - 1.0).max() < 2e-16
    small = np.logspace(-17, 1, 10001)
    for x in (np.linspace(-699.9, 699.9, 200011), small, -small):
        exact = np.exp(x.astype(np.longdouble))
        assert np.abs(values(elementary.exp, x) / exact - 1.0).max() < 2e-16
    assert (values(elementary.exp, -small) <= 1.0).all()
    assert values(elementary.log, np.ones(1)) == 0.0
    assert (values(elementary.exp, np.array([0.0, -0.0])) == 1.0).all()
    assert values(elementary.exp, np.array([-701.0, -1e5, -1e300])) == pytest.approx(0.0, abs=1e-303)


def test_logarithm():
    near_one = 1.0 + np.concatenate([-np.logspace(-12, -0.001, 500), np.logspace(-12, 3, 500)])
    for x in (np.logspace(-300, 300, 4001), near_one, (np.arange(1000) + 0.5) * 2.0**-32):
        np.testing.assert_allclose(values(elementary.quick_log, x), np.log(x), rtol=2e-7, atol=1e-300)


def test_exponential():
    x = np.linspace(-699.9, 699.9, 20011)
    np.testing.assert_allclose(values(elementary.quick_exp, x), np.exp(x), rtol=3e-9)
    assert (values(elementary.quick_exp, np.array([0.0, -0.0])) == 1.0).all()
    near_zero = -np.logspace(-15, 0, 1001)
    made = values(elementary.quick_exp, near_zero)
    np.testing.assert_allclose(made, np.exp(near_zero), rtol=3e-9)
    assert (made <= 1.0).all()
    np.testing.assert_allclose(1.0 - made, -np.expm1(near_zero), rtol=1e-6, atol=2e-16)
    assert values(elementary.quick_exp, np.array([-701.0, -1e5, -1e300])) == pytest.approx(0.0, abs=1e-303)


def test_cosine_and_sine():
    x = np.linspace(0.0, np.pi, 10001)
    cosine, sine = np.empty_like(x), np.empty_like(x)
    fill_cos_sin(x, cosine, sine)
    np.testing.assert_allclose(cosine, np.cos(x), rtol=0, atol=1e-8)
    np.testing.assert_allclose(sine, np.sin(x), rtol=0, atol=1e-8)


def test_absorbed_and_optical_depth_keep_small_numbers():
    x = np.concatenate([[0.0], np.logspace(-18, 2, 3001)])
    np.testing.assert_allclose(values(elementary.absorbed, x), -np.expm1(-x), rtol=3e-8)
    x = np.concatenate([[0.0], np.logspace(-18, np.log10(0.999999), 3001)])
    np.testing.assert_allclose(values(elementary.optical_depth, x), -np.log1p(-x), rtol=2e-7)
