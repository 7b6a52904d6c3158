"""The vector potentials: their curl is the field, their circle the flux, and a particle conserves momenta."""

from __future__ import annotations

import math

import numpy as np
import pytest
from made import COIL, TOROID, WITH_RETURN, at, built
from scipy.integrate import solve_ivp

from simkit.field import BEND
from simkit.field.maps.potential import vector_potential
from simkit.field.maps.tabulate import field_at_points

UNIFORM = {"kind": "uniform", "strength_T": 1.5, "axis": [1.0, 2.0, 2.0]}
TILTED = COIL | {"axis": [1.0, 2.0, 2.0], "centre_mm": [30.0, 0.0, -40.0]}


@pytest.mark.parametrize("keys", [UNIFORM, COIL, TILTED, WITH_RETURN, TOROID, TOROID | {"axis": "y"}])
def test_the_curl_is_the_field(keys):
    field = built(keys)
    draw = np.random.default_rng(5)
    for point in draw.uniform(500.0, 1100.0, (6, 3)) * [0.8, 0.8, 1.7]:
        matrix = np.empty((3, 3))
        for j, unit in enumerate(np.eye(3)):
            one, two = (
                vector_potential(field, *(point + k * unit)) - vector_potential(field, *(point - k * unit))
                for k in (1.0, 2.0)
            )
            matrix[:, j] = (8.0 * one - two) / 12.0
        found = [matrix[2, 1] - matrix[1, 2], matrix[0, 2] - matrix[2, 0], matrix[1, 0] - matrix[0, 1]]
        np.testing.assert_allclose(found, at(field, *point), atol=1e-7)


@pytest.mark.parametrize("keys", [COIL, WITH_RETURN])
@pytest.mark.parametrize(("r", "z"), [(1e-3, 2650.0), (900.0, 0.0), (1200.0, 2600.0), (1229.9, 2000.0)])
def test_around_a_circle_it_is_the_flux(keys, r, z):
    field = built(keys)
    nodes, weights = np.polynomial.legendre.leggauss(200)
    radii = 0.5 * r * (nodes + 1.0)
    values = field_at_points(field, np.stack([radii, 0.0 * radii, 0.0 * radii + z], axis=1))[:, 2]
    flux = 0.5 * r * ((values * radii) @ weights)
    a = vector_potential(field, 0.6 * r, 0.8 * r, z)
    assert (0.6 * a[1] - 0.8 * a[0]) * r == pytest.approx(flux, rel=1e-10)
    assert abs(0.6 * a[0] + 0.8 * a[1]) < 1e-12 * np.linalg.norm(a)


def flown(field, place, direction, momentum, length):
    """Return (place, direction) at the end of a path, by scipy's DOP853: no stepper of simkit's."""

    def slope(s, state):
        return [*state[3:], *(BEND / momentum * np.cross(state[3:], at(field, *state[:3])))]

    end = solve_ivp(slope, (0.0, length), [*place, *direction], "DOP853", rtol=1e-11, atol=1e-9).y[:, -1]
    return end[:3], end[3:]


@pytest.mark.parametrize(
    ("place", "direction"),
    [((300.0, 100.0, 2300.0), (0.0, 0.6, 0.8)), ((0.0, 900.0, 2500.0), (0.6, 0.0, 0.8))],
)
def test_a_particle_in_the_fringe_keeps_its_momentum_around_the_axis(place, direction):
    field, momentum = built(WITH_RETURN), 400.0

    def around(place, direction):
        a = BEND * vector_potential(field, *place)
        p = momentum * np.array(direction)
        return (place[0] * p[1] - place[1] * p[0]) + (place[0] * a[1] - place[1] * a[0])

    end = flown(field, place, direction, momentum, 900.0)
    assert math.dist(end[0], np.add(place, 900.0 * np.array(direction))) > 50.0
    assert around(*end) == pytest.approx(around(place, direction), abs=1e-9 * momentum * 1000.0)


def test_a_particle_in_a_toroid_keeps_its_momentum_along_the_axis():
    field, momentum = built(TOROID), 900.0
    start = ((700.0, 0.0, 0.0), (0.8, 0.0, 0.6))
    end = flown(field, *start, momentum, 1000.0)
    along = [momentum * d[2] + BEND * vector_potential(field, *x)[2] for x, d in (start, end)]
    assert along[1] == pytest.approx(along[0], abs=1e-8 * momentum)
    # p_z - q k ln r, k the field times the radius
    change = BEND * 500.0 * math.log(math.hypot(end[0][0], end[0][1]) / 700.0)
    assert momentum * (end[1][2] - 0.6) == pytest.approx(change, abs=1e-8 * momentum)
