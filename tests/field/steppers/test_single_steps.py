"""One step: exact where it must be, and each method the one that its name says."""

import math

import numpy as np
import pytest
from orbits import (
    BOTTLE,
    LAST_IS_FIRST,
    MOMENTUM,
    NAMES,
    OBLIQUE,
    STEPPERS,
    equal_steps,
    inside_one_step,
    one_step,
    turning_of,
)
from scipy.integrate import RK23, RK45

from simkit.field import BEND, magnetic_field
from simkit.field.maps.uniform import Uniform
from simkit.field.steppers import TrackPoint, evaluations
from simkit.field.steppers.bogacki_shampine import BogackiShampine
from simkit.field.steppers.dormand_prince import DormandPrince
from simkit.field.steppers.helix import Helix
from simkit.field.steppers.rk4 import RK4, classical_step

CURVATURE = BEND / MOMENTUM
EMBEDDED = pytest.mark.parametrize(
    ("stepper", "tableau"), [(DormandPrince(), RK45), (BogackiShampine(), RK23)], ids=["5(4)", "3(2)"]
)


def name(stepper):
    return NAMES[type(stepper)]


def directions(n, seed):
    vectors = np.random.default_rng(seed).normal(size=(n, 3))
    return vectors / np.linalg.norm(vectors, axis=1)[:, None]


def rotated(start, axis, length):
    """Return the end of a helix in long double: the direction turns by -|axis| length around the axis."""
    t, x, q = (np.array(v, dtype=np.longdouble) for v in (start[3:], start[:3], axis))
    size, h = np.sqrt(q @ q), np.longdouble(length)
    b, a = q / size, size * h
    across, along = np.cross(t, b), b * (b @ t)
    versine = 2 * np.sin(a / 2) ** 2
    place = x + along * h + (t - along) * np.sin(a) / size + across * versine / size
    return place, along + (t - along) * np.cos(a) + across * np.sin(a)


@pytest.mark.parametrize("angle", [1e-12, 1e-6, 1e-3, 0.1, 0.785, 0.786, 3.0, 100.0, 1e5, -2.0])
def test_the_helix_is_exact_in_a_uniform_field(angle):
    for t, b in zip(directions(50, 1), directions(50, 2), strict=True):
        field = Uniform(*(3.8 * b))
        axis = CURVATURE * np.array(field)
        length = angle / np.linalg.norm(axis)
        start = TrackPoint(1.0, -2.0, 3.0, *t)
        end, error, _ = one_step(Helix(), field, CURVATURE, start, length)
        place, direction = rotated(start, axis, length)
        assert error == 0.0
        assert np.abs(np.array(end[:3]) - place).max() < 2e-15 + 1e-15 * abs(length)
        assert np.abs(np.array(end[3:]) - direction).max() < 5e-16 + 5e-16 * abs(angle)
        inside = np.empty((1, 6))
        inside_one_step(Helix(), field, CURVATURE, start, length, np.array([0.3]), inside)
        place, direction = rotated(start, axis, 0.3 * length)
        assert np.abs(inside[0, :3] - place).max() < 2e-15 + 1e-15 * abs(length)
        assert np.abs(inside[0, 3:] - direction).max() < 5e-16 + 5e-16 * abs(angle)


@pytest.mark.parametrize("stepper", STEPPERS, ids=name)
@pytest.mark.parametrize("field", [Uniform(0.0, 0.0, 0.0), Uniform(1.2, 0.32, 1.6)], ids=["none", "parallel"])
def test_without_a_force_the_way_is_straight(stepper, field):
    for length in (1e-9, 0.37, 12.3 if any(field) else 1234.5):
        for t in directions(20, 3) if not any(field) else [np.array([0.6, 0.16, 0.8]) / math.sqrt(1.0256)]:
            start = TrackPoint(10.0, -20.0, 0.5, *t)
            end, error, _ = one_step(stepper, field, CURVATURE, start, length)
            inside = np.empty((5, 6))
            fractions = np.linspace(0.0, 1.0, 5)
            inside_one_step(stepper, field, CURVATURE, start, length, fractions, inside)
            reach = np.abs(np.array(start[:3])).max() + length
            assert error < 1e-16
            for at, fraction in [(end, 1.0), *zip(inside, fractions, strict=True)]:
                assert np.abs(np.array(at[3:]) - t).max() <= 3e-16
                straight = np.array(start[:3]) + fraction * length * t
                assert np.abs(np.array(at[:3]) - straight).max() <= 3e-16 * reach


def plain_step(tableau, field, place, length):
    """Return (end, embedded minus end, the middle by dense output) of a method as scipy has it."""
    start = np.array(place)

    def slope(y):
        b = magnetic_field(field, *y[:3])
        return np.concatenate([y[3:], CURVATURE * np.cross(y[3:], b)])

    slopes = [slope(start)]
    for row in tableau.A[1:]:
        slopes.append(slope(start + length * sum(a * k for a, k in zip(row, slopes, strict=False))))
    end = start + length * sum(b * k for b, k in zip(tableau.B, slopes, strict=True))
    slopes.append(slope(end))
    k = np.array(slopes)
    middle = start + length * 0.5 ** np.arange(1, tableau.P.shape[1] + 1) @ (tableau.P.T @ k)
    return end, length * tableau.E @ k, middle


@EMBEDDED
def test_a_method_is_scipys_of_that_name(stepper, tableau):
    length = 8.0
    end, error, _ = one_step(stepper, BOTTLE, CURVATURE, OBLIQUE, length)
    plain, difference, middle = plain_step(tableau, BOTTLE, OBLIQUE, length)
    np.testing.assert_allclose(end, plain, rtol=0, atol=1e-14)
    larger = max(np.linalg.norm(difference[:3]) / length, np.linalg.norm(difference[3:]))
    assert error == pytest.approx(larger, rel=1e-9)
    if isinstance(stepper, DormandPrince):
        inside = np.empty((1, 6))
        inside_one_step(stepper, BOTTLE, CURVATURE, OBLIQUE, length, np.array([0.5]), inside)
        np.testing.assert_allclose(inside[0, 3:], middle[3:], rtol=0, atol=1e-14)


@EMBEDDED
def test_the_error_reported_is_that_of_the_embedded_solution(stepper, tableau):
    for length in (4.0, 2.0):
        end, difference, _ = plain_step(tableau, BOTTLE, OBLIQUE, length)
        off = (
            end - difference - np.array(equal_steps(DormandPrince(), BOTTLE, CURVATURE, OBLIQUE, length, 64))
        )
        true = max(np.linalg.norm(off[:3]) / length, np.linalg.norm(off[3:]))
        assert one_step(stepper, BOTTLE, CURVATURE, OBLIQUE, length)[1] == pytest.approx(true, rel=0.25)


def test_the_error_of_rk4_is_that_of_the_one_step():
    for length in (8.0, 4.0, 2.0):
        turn = turning_of(BOTTLE, CURVATURE, OBLIQUE)
        once = np.array(OBLIQUE) + np.array(classical_step(BOTTLE, CURVATURE, OBLIQUE, turn, length))
        off = once - np.array(equal_steps(DormandPrince(), BOTTLE, CURVATURE, OBLIQUE, length, 64))
        true = max(np.linalg.norm(off[:3]) / length, np.linalg.norm(off[3:]))
        reported = one_step(RK4(), BOTTLE, CURVATURE, OBLIQUE, length)[1]
        assert reported == pytest.approx(15.0 / 16.0 * true, rel=0.05)


@pytest.mark.parametrize("stepper", STEPPERS, ids=name)
def test_the_last_evaluation_is_the_next_steps_first(stepper):
    end, _, dense = one_step(stepper, BOTTLE, CURVATURE, OBLIQUE, 8.0)
    if isinstance(stepper, LAST_IS_FIRST):
        assert dense.end_turn == turning_of(BOTTLE, CURVATURE, end)


CALLS = {"RK4": 10, "Nystrom": 2, "Dormand-Prince": 6, "Bogacki-Shampine": 3, "helix": 1}


@pytest.mark.parametrize("stepper", STEPPERS, ids=name)
def test_evaluations_are_what_a_step_makes(stepper, counted_field):
    counted_field.calls[0] = 0
    one_step(stepper, counted_field, CURVATURE, OBLIQUE, 8.0)
    assert counted_field.calls[0] - 1 == evaluations(stepper) == CALLS[name(stepper)]
