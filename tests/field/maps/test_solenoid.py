"""The solenoid against exact answers: its axis, loops of current summed up, far away, its own edges."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from made import COIL, WITH_RETURN, at, built, curl, derivatives, divergence, section
from scipy.integrate import quad
from scipy.special import ellipe, ellipk, ellipkm1

from simkit.errors import BadInput
from simkit.field.maps import solenoid
from simkit.field.maps.potential import vector_potential

R, HALF = 1230.0, 2650.0


def sheet_of_loops(r: float, z: float) -> list[float]:
    """Return (B_r, B_z) of a sheet, 1 T without ends: loops of current (J. D. Jackson, section 5.5)."""

    def loop(at_z: float, component: int) -> float:
        square = (R + r) ** 2 + at_z**2
        m = 4.0 * R * r / square
        near = (R - r) ** 2 + at_z**2
        scale = 1.0 / (2.0 * math.pi * math.sqrt(square))
        if component == 1:
            return scale * (ellipk(m) + (R * R - r * r - at_z**2) / near * ellipe(m))
        return scale * at_z / r * (-ellipk(m) + (R * R + r * r + at_z**2) / near * ellipe(m))

    # narrow around the nearest loop
    edges = [-HALF, *(z + side for side in (-50.0, 0.0, 50.0) if abs(z + side) < HALF), HALF]
    wanted = {"epsabs": 1e-12, "epsrel": 1e-10, "limit": 400}
    return [
        sum(quad(lambda s, i: loop(z - s, i), *ends, args=(i,), **wanted)[0] for ends in pairwise(edges))
        for i in (0, 1)
    ]


def test_on_the_axis():
    field = built(COIL)
    for z in (0.0, 500.0, -2650.0, 2700.0, 9000.0):
        ends = sum((z + s * HALF) / math.hypot(z + s * HALF, R) * s for s in (1.0, -1.0))
        expected = 2.0 * ends / (2.0 * HALF / math.hypot(HALF, R))
        np.testing.assert_allclose(at(field, 0.0, 0.0, z), [0.0, 0.0, expected], atol=2e-15)


NEAR = [(1.0, 0.0), (700.0, 1500.0), (1200.0, 2600.0), (1229.0, 100.0), (1231.0, 100.0), (1235.0, 2655.0)]
FAR = [(1500.0, 0.0), (2000.0, -3000.0), (8000.0, 5000.0), (3.0, -2650.0)]


@pytest.mark.parametrize(("r", "z"), [*NEAR, *FAR])
def test_it_is_the_sum_of_loops(r, z):
    scale = 2.0 * math.hypot(HALF, R) / HALF
    b_r, b_z = (scale * b for b in sheet_of_loops(r, z))
    np.testing.assert_allclose(at(built(COIL), 0.6 * r, 0.8 * r, z), [0.6 * b_r, 0.8 * b_r, b_z], atol=1e-9)


@pytest.mark.parametrize("keys", [COIL, WITH_RETURN])
def test_no_divergence_and_no_curl(keys):
    draw = np.random.default_rng(3)
    points = draw.uniform([-5000.0, -5000.0, -6000.0], [5000.0, 5000.0, 6000.0], (4000, 3))
    r = np.hypot(points[:, 0], points[:, 1])
    away = np.min([abs(r - sheet) for sheet in (R, 2280.0, 4250.0)], axis=0) > 50.0
    matrix = derivatives(built(keys), points[away], step=0.5)
    assert away.sum() > 3000
    largest = np.abs(matrix).max()
    assert largest > 1e-3
    assert np.abs(divergence(matrix)).max() < 1e-7 * largest
    assert np.abs(curl(matrix)).max() < 1e-7 * largest


def test_the_current_of_the_sheet():
    """Across the sheet B_z falls by the field of a sheet without ends (Ampere), B_r goes on."""
    inside, outside = (at(built(COIL), 0.0, R + side, 1000.0) for side in (-1e-6, 1e-6))
    np.testing.assert_allclose(inside - outside, [0.0, 0.0, 2.0 * math.hypot(HALF, R) / HALF], atol=1e-9)
    np.testing.assert_allclose(at(built(COIL), 0.0, R, 1000.0), inside, atol=1e-9)


def test_far_away_it_is_a_dipole_and_with_its_return_less():
    strength = 2.0 * math.hypot(HALF, R) / HALF
    moment = strength * R * R * HALF / 2.0 * np.array([0.0, 0.0, 1.0])
    ratios = []
    for distance in (1e5, 2e5):
        unit = np.array([0.48, 0.64, 0.6])
        dipole = (3.0 * (moment @ unit) * unit - moment) / distance**3
        off = at(built(COIL), *(distance * unit)) / np.linalg.norm(dipole) - dipole / np.linalg.norm(dipole)
        ratios.append(np.linalg.norm(off))
    assert ratios[0] < 2e-3
    assert ratios[1] == pytest.approx(ratios[0] / 4.0, rel=0.01)
    with_return = [np.linalg.norm(at(built(WITH_RETURN), *(d * unit))) for d in (1e5, 2e5)]
    assert with_return[0] < 4e-3 * np.linalg.norm(at(built(COIL), *(1e5 * unit)))
    assert with_return[1] == pytest.approx(with_return[0] / 32.0, rel=0.05)  # 1 / r^5


def test_the_return():
    """2 T at the centre; a shell magnetised against the coil; little is left outside."""
    field, bare = built(WITH_RETURN), built(COIL)
    assert at(field, 0.0, 0.0, 0.0)[2] == pytest.approx(2.0, abs=1e-14)
    inside, outside = (at(field, 2280.0 + side, 0.0, 0.0)[2] for side in (1e-6, -1e-6))
    back = 2.0 * field.strengths[0] * R * R * 2650.0 / ((4250.0**2 - 2280.0**2) * 2820.0)
    assert inside - outside == pytest.approx(-back, abs=1e-9)
    fluxes = {}
    for name, which in (("with", field), ("bare", bare)):  # through a circle, by the vector potential
        circles = [r * vector_potential(which, r, 0.0, 0.0)[1] for r in (R, 2280.0, 4250.0)]
        fluxes[name] = [circle / circles[0] for circle in circles]
    # Without it half of the flux is still on its way back at 4.25 m; the shell takes it, and a little more.
    assert fluxes["bare"][2] == pytest.approx(0.587, abs=0.005)
    assert fluxes["with"][2] == pytest.approx(-0.116, abs=0.005)
    for distance in (4500.0, 6000.0, 10000.0):
        assert abs(at(field, distance, 0.0, 0.0)[2]) < 0.4 * abs(at(bare, distance, 0.0, 0.0)[2])


@pytest.mark.parametrize("axis", ["x", "y", "z", [0.0, 3.0, 4.0]])
def test_it_turns_and_moves_with_its_axis(axis):
    centre = np.array([100.0, -50.0, 30.0])
    field = built(COIL | {"axis": axis, "centre_mm": centre.tolist()})
    along = np.array([field.u, field.v, field.w])
    assert along @ along == pytest.approx(1.0)
    across = np.cross(along, [0.3, 0.5, 0.7])
    across /= np.linalg.norm(across)
    expected = at(built(COIL), 800.0, 0.0, 2000.0)
    found = at(field, *(centre + 800.0 * across + 2000.0 * along))
    np.testing.assert_allclose([found @ across, found @ along], expected[[0, 2]], atol=1e-13)


def test_near_the_edge_the_means_converge():
    """Where the field has no end: at the edge it is that of LEAST away, off it the exact logarithm."""
    mean, root, rounds = 1.0, solenoid.LEAST, 1
    while abs(mean - root) > solenoid.EQUAL * mean:
        mean, root, rounds = 0.5 * (mean + root), math.sqrt(mean * root), rounds + 1
    assert rounds <= 9 < solenoid.MOST_MEANS
    field = built(COIL)
    for gap in (2.0**-10, 2.0**-20, 0.0):
        root = max(gap / math.hypot(2.0 * R, gap), solenoid.LEAST)
        k, e = ellipkm1(root * root), ellipe(1.0 - root * root)
        end = 2.0 / math.pi * R / math.hypot(2.0 * R, gap) * (2.0 * e - (1.0 + root**2) * k) / (1.0 - root**2)
        far = solenoid._sheet_end(R, 2.0 * HALF + gap, R)[0]
        assert at(field, R, 0.0, HALF + gap)[0] == pytest.approx(field.strengths[0] * (far - end), abs=1e-9)
    assert np.isnan(at(field, math.nan, 0.0, 0.0)).all()


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"return_radii_mm": [1000.0, 2000.0]}, "must ascend and be outside the coil's radius 1230"),
        ({"return_radii_mm": [3000.0, 2000.0]}, "found [3000, 2000]"),
        ({"return_length_mm": 100.0}, "there is no return without return_radii_mm"),
    ],
)
def test_a_return_that_cannot_be(keys, words):
    (problem,) = section(COIL | keys).problems()
    assert words in problem[1]


def test_wrong_keys_are_one_line():
    for keys, words in (
        ({"radius_mm": -1.0}, "field.radius_mm: found -1.0; must be greater than 0"),
        (
            {"axis": "u"},
            """field.axis: found 'u'; must be "x", "y", "z" or three finite numbers, not all 0""",
        ),
        ({"axis": [0.0, 0.0, 0.0]}, "not all 0"),
        ({"return_radii_mm": [1.0]}, "field.return_radii_mm"),
        ({"strength": 1.0}, "[field]: unknown key 'strength'; did you mean 'strength_T'?"),
    ):
        with pytest.raises(BadInput) as raised:
            section(COIL | keys)
        assert words in str(raised.value)
