"""Sine, cosine and Stumpff's functions against long double, which has more digits than float64."""

import numpy as np
import pytest

from simkit.field.stumpff import sine_cosine, stumpff
from simkit.jit import kernel


@kernel
def fill_sine_cosine(angles, sines, cosines):
    for i in range(len(angles)):
        sines[i], cosines[i] = sine_cosine(angles[i])


@kernel
def fill_stumpff(z, first, second, third):
    for i in range(len(z)):
        first[i], second[i], third[i] = stumpff(z[i])


def sines_cosines(angles):
    sines, cosines = np.empty((2, len(angles)))
    fill_sine_cosine(angles, sines, cosines)
    return sines, cosines


@pytest.mark.parametrize("largest", [1.0, 10.0, 1e5, 1e12])
def test_sine_and_cosine(largest):
    rng = np.random.default_rng(1)
    angles = np.concatenate([rng.uniform(-largest, largest, 100_000), np.logspace(-300, 0, 1000)])
    near = 0.5 * np.pi * rng.integers(-60_000, 60_000, 1000)  # a sine or a cosine close to 0 keeps its digits
    sines, cosines = sines_cosines(angles)
    assert np.abs(sines - np.sin(angles.astype(np.longdouble))).max() < 2e-16
    assert np.abs(cosines - np.cos(angles.astype(np.longdouble))).max() < 2e-16
    for values, function in zip(sines_cosines(near), (np.sin, np.cos), strict=True):
        exact = function(near.astype(np.longdouble))
        assert np.abs(values / exact - 1.0).max() < 1e-9
        assert np.abs(values - exact).max() < 2e-16


def test_sine_and_cosine_at_the_edges():
    sines, cosines = sines_cosines(np.array([0.0, 1e300, -1e300, np.inf]))
    assert (sines[0], cosines[0]) == (0.0, 1.0)
    np.testing.assert_allclose(sines**2 + cosines**2, 1.0, rtol=1e-12)


def test_stumpff_functions_keep_their_digits():
    angles = np.concatenate([np.logspace(-8, 0, 20001), np.linspace(1.0, 50.0, 20001), [1e3, 1e5]])
    z = angles * angles
    first, second, third = np.empty((3, len(z)))
    fill_stumpff(z, first, second, third)
    z_long = z.astype(np.longdouble)
    a = np.sqrt(z_long)
    series, term = np.zeros_like(a), np.ones_like(a) / 6
    for k in range(2, 16):  # of (a - sin a) / a^3
        series += term
        term = -term * z_long / (2 * k * (2 * k + 1))
    exact = np.sin(a) / a, 2 * (np.sin(a / 2) / a) ** 2, np.where(a < 1.5, series, (a - np.sin(a)) / a**3)
    small = angles < 0.785
    for values, right in zip((first, second, third), exact, strict=True):
        assert np.abs(values / right - 1.0)[small].max() < 5e-16
        off = np.abs(values - right) * (a if right is exact[0] else z_long)
        assert (off / (2e-15 + 2e-16 * a))[~small].max() < 1.0  # the angle is rounded
    fill_stumpff(np.zeros(1), first, second, third)
    assert (first[0], second[0], third[0]) == (1.0, 0.5, 1.0 / 6.0)
