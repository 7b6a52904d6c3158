"""Many steps with control of the error: against exact answers and independent figures."""

import math

import pytest
from orbits import (
    ACROSS,
    BOTTLE,
    INDEPENDENT,
    MOMENTUM,
    NAMES,
    OBLIQUE,
    ONE_TESLA,
    RADIUS,
    RUNGE_KUTTA,
    STEPPERS,
    TURN,
    accepted_steps,
    distance,
    equal_steps,
    ten_turns,
)

from simkit.field import BEND
from simkit.field.steppers import TrackPoint
from simkit.field.steppers.dormand_prince import DormandPrince
from simkit.field.steppers.helix import Helix
from simkit.field.steppers.nystrom import Nystrom
from simkit.field.steppers.rk4 import RK4

CURVATURE = BEND / MOMENTUM


def name(stepper):
    return NAMES[type(stepper)]


@pytest.mark.parametrize(
    ("stepper", "epsilon"),
    [(s, epsilon) for s in (RK4(), Nystrom(), DormandPrince()) for epsilon in (1e-3, 1e-4, 1e-5, 1e-6)],
    ids=lambda value: name(value) if isinstance(value, tuple) else f"{value:g}",
)
def test_ten_turns(stepper, epsilon):
    expected = INDEPENDENT[type(stepper)][epsilon]
    steps, calls, off, drift = ten_turns(stepper, epsilon)
    assert steps == pytest.approx(expected[0], rel=0.05)
    assert calls == pytest.approx(expected[1], rel=0.05)
    assert off == pytest.approx(expected[2], rel=0.2)
    if isinstance(stepper, Nystrom):
        assert drift < 1e-15
    elif epsilon == 1e-5:
        assert drift == pytest.approx({RK4: 1.8e-6, DormandPrince: 3.4e-5}[type(stepper)], rel=0.1)


def test_a_helix_of_ten_thousand_turns():
    """Without scaling the direction; a turn's length is rounded, and so is every step of it."""
    end = equal_steps(Helix(), ONE_TESLA, CURVATURE, ACROSS, 1e4 * TURN, 200_000)
    assert abs(math.hypot(*end[3:]) - 1.0) < 1e-12
    assert distance(end, ACROSS) < 1e-7  # of 2.4 km


@pytest.mark.parametrize("stepper", RUNGE_KUTTA, ids=name)
def test_the_direction_after_ten_thousand_turns(stepper):
    """Scaled at every step, as the driver does; what is taken out stays near the precision asked for."""
    arguments = (stepper, ONE_TESLA, CURVATURE, ACROSS, 1e4 * TURN, 1e-4, 1.0, True)
    end, steps, _, drift = accepted_steps(*arguments)
    assert abs(math.hypot(*end[3:]) - 1.0) < 3e-16
    assert drift < 1e-4 * steps
    assert abs(math.hypot(end.x, end.y) - RADIUS) < 30.0  # still on a circle of this size
    if isinstance(stepper, Nystrom):
        assert drift < 2.3e-16 * steps


@pytest.mark.parametrize("stepper", STEPPERS, ids=name)
def test_time_reversal(stepper):
    field = ONE_TESLA if isinstance(stepper, Helix) else BOTTLE
    control = (400.0, 1e-6, 1.0, True)
    there = accepted_steps(stepper, field, CURVATURE, OBLIQUE, *control)[0]
    turned = TrackPoint(*there[:3], *(-component for component in there[3:]))
    back = accepted_steps(stepper, field, -CURVATURE, turned, *control)[0]
    right = accepted_steps(stepper, field, CURVATURE, OBLIQUE, 400.0, 1e-9, 1.0, True)[0]
    off = distance(there, right) + 400.0 * math.dist(there[3:], right[3:])  # on the way back a lever
    assert distance(there, OBLIQUE) > 20.0
    assert distance(back, OBLIQUE) < 1e-10 + 3.0 * off
    assert off < 1e-3


@pytest.mark.parametrize("stepper", RUNGE_KUTTA, ids=name)
def test_canonical_angular_momentum_in_a_bottle(stepper):
    """x v - y u + bend r A_phi is constant, with A_phi = strength r (1 + z^2 / length^2) / 2."""

    def canonical(place):
        r2 = place.x**2 + place.y**2
        flux = 0.5 * BOTTLE.strength * r2 * (1.0 + (place.z / BOTTLE.length) ** 2)
        return place.x * place.v - place.y * place.u + CURVATURE * flux

    place, least, most = OBLIQUE, OBLIQUE.z, OBLIQUE.z
    for _ in range(20):
        place = accepted_steps(stepper, BOTTLE, CURVATURE, place, 50.0, 1e-7, 1.0, True)[0]
        least, most = min(least, place.z), max(most, place.z)
        assert canonical(place) == pytest.approx(canonical(OBLIQUE), abs=1e-4)
    assert least < -30.0  # it was mirrored at both ends
    assert most > 30.0
