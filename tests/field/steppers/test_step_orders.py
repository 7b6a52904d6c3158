"""Halving a step divides errors by the powers of two that the methods' orders promise."""

import math

import numpy as np
import pytest
from orbits import (
    BOTTLE,
    MOMENTUM,
    NAMES,
    OBLIQUE,
    RUNGE_KUTTA,
    STEPPERS,
    equal_steps,
    exact,
    inside_one_step,
)
from orbits import one_step as step

from simkit.field import BEND
from simkit.field.steppers import order
from simkit.field.steppers.nystrom import Nystrom

CURVATURE = BEND / MOMENTUM
LENGTH = 60.0
METHOD = {"RK4": 5, "Nystrom": 4, "Dormand-Prince": 5, "Bogacki-Shampine": 3, "helix": 1}
# of the error of one step's dense output, in place and direction
DENSE = {
    "RK4": (6, 5),
    "Nystrom": (5, 4),
    "Dormand-Prince": (6, 5),
    "Bogacki-Shampine": (4, 4),
    "helix": (3, 2),
}


def name(stepper):
    return NAMES[type(stepper)]


def powers(errors):
    errors = np.array(errors)
    return np.log2(errors[:-1] / errors[1:])


@pytest.mark.parametrize("stepper", STEPPERS, ids=name)
def test_the_order_of_the_end(stepper):
    right = exact(OBLIQUE, LENGTH)
    ends = [equal_steps(stepper, BOTTLE, CURVATURE, OBLIQUE, LENGTH, steps) for steps in (16, 32, 64)]
    for part in (slice(0, 3), slice(3, 6)):
        errors = [math.dist(end[part], right[part]) for end in ends]
        assert powers(errors) == pytest.approx(METHOD[name(stepper)], abs=0.1)


@pytest.mark.parametrize("stepper", STEPPERS, ids=name)
def test_the_order_of_dense_output(stepper):
    fractions = np.linspace(0.0, 1.0, 11)
    place, direction = [], []
    for length in (8.0, 4.0, 2.0):
        right = np.array([OBLIQUE, *(exact(OBLIQUE, fraction * length) for fraction in fractions[1:])])
        made = np.empty_like(right)
        inside_one_step(stepper, BOTTLE, CURVATURE, OBLIQUE, length, fractions, made)
        np.testing.assert_allclose(made[0], OBLIQUE, rtol=0, atol=1e-15)
        end = step(stepper, BOTTLE, CURVATURE, OBLIQUE, length)[0]
        np.testing.assert_allclose(made[-1], end, rtol=0, atol=4e-14)
        place.append(np.abs(made - right)[:, :3].max())
        direction.append(np.abs(made - right)[:, 3:].max())
    expected = DENSE[name(stepper)]
    assert powers(place) == pytest.approx(expected[0], abs=0.2)
    assert powers(direction) == pytest.approx(expected[1], abs=0.2)


@pytest.mark.parametrize("stepper", RUNGE_KUTTA, ids=name)
def test_the_error_reported_is_of_its_order_and_never_too_small(stepper):
    reported, true = [], []
    for length in (4.0, 2.0, 1.0):
        end, error, _ = step(stepper, BOTTLE, CURVATURE, OBLIQUE, length)
        right = exact(OBLIQUE, length)
        reported.append(error)
        true.append(max(math.dist(end[:3], right[:3]) / length, math.dist(end[3:], right[3:])))
    assert powers(reported) == pytest.approx(order(stepper), abs=0.2)
    assert (np.array(reported) > np.array(true)).all()
    if isinstance(stepper, Nystrom):  # far too large, the more the shorter the step
        assert reported[2] > 1000.0 * true[2]
