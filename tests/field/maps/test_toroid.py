"""The toroid: 1 / r within the tube, nothing outside, and what Maxwell's equations ask."""

from __future__ import annotations

import numpy as np
import pytest
from made import TOROID, at, built, curl, derivatives, divergence, section


def test_it_falls_as_one_over_r_around_the_axis():
    field = built(TOROID)
    np.testing.assert_allclose(at(field, 500.0, 0.0, 0.0), [0.0, 1.0, 0.0])
    np.testing.assert_allclose(at(field, 0.0, 2000.0, -2000.0), [-0.25, 0.0, 0.0])
    np.testing.assert_allclose(at(field, 600.0, 800.0, 77.0), [-0.4, 0.3, 0.0])


@pytest.mark.parametrize(
    "point", [(0.0, 0.0, 0.0), (499.9, 0.0, 0.0), (0.0, 2000.1, 0.0), (0.0, 1000.0, 2000.1), (1e3, 0.0, -3e3)]
)
def test_outside_there_is_none(point):
    assert not at(built(TOROID), *point).any()


def test_no_divergence_and_no_curl():
    draw = np.random.default_rng(4)
    r, phi, z = (
        draw.uniform(600.0, 1900.0, 500),
        draw.uniform(0.0, 6.28, 500),
        draw.uniform(-1900.0, 1900.0, 500),
    )
    matrix = derivatives(built(TOROID), np.stack([r * np.cos(phi), r * np.sin(phi), z], axis=1))
    largest = np.abs(matrix).max()
    assert np.abs(divergence(matrix)).max() < 1e-9 * largest
    assert np.abs(curl(matrix)).max() < 1e-9 * largest


def test_it_turns_and_moves():
    field = built(TOROID | {"axis": "x", "centre_mm": [10.0, 20.0, 30.0]})
    np.testing.assert_allclose(at(field, 10.0, 1020.0, 30.0), [0.0, 0.0, 0.5])
    assert not at(field, 2011.0, 1020.0, 30.0).any()


def test_radii_that_cannot_be():
    (problem,) = section(TOROID | {"outer_mm": 500.0}).problems()
    assert problem == (("outer_mm",), "found 500; must be more than inner_mm, which is 500")
