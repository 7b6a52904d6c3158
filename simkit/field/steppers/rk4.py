"""The classical Runge-Kutta method of order 4, with step doubling.

A step is done at once and in two halves. The two ends differ by 15/16 of the error of the one step, which is
the error reported; a fifteenth of the difference is added to the halves' end (L. F. Richardson, Phil. Trans.
R. Soc. A 226 (1927) 299), whose error is then of order 6. Places are integrated through their second
derivative, t' = bend t x B, which is the same method for fewer operations, and exact without a field.
Dense output: the middle gets half of what the end gets; the quintic through three places and directions has
an error of order 6 in the place, the quartic through directions and turnings one of order 5 in the direction.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from simkit.field import turning
from simkit.field.steppers import ADVANCE, EVALUATIONS, INTERPOLATE, ORDER, TrackPoint, Turning
from simkit.field.steppers.hermite import quartic_of_halves, quintic_of_halves
from simkit.field.steppers.tableau import turning_at
from simkit.jit import fma, kernel


class RK4(NamedTuple):
    """No parameter. (The member keeps the tuple from being empty.)"""

    unused: int = 0


class Halves(NamedTuple):
    """The three places of a step in halves, the turnings at the first two, and the length (mm)."""

    start: TrackPoint
    middle: TrackPoint
    end: TrackPoint
    turn: Turning
    middle_turn: Turning
    length: float


@kernel
def classical_step(field, bend, start, turn, length):
    """Return what one step of `length` (mm) adds, as a TrackPoint: three evaluations besides the start's."""
    half = 0.5 * length
    x, y, z = fma(half, start.u, start.x), fma(half, start.v, start.y), fma(half, start.w, start.z)
    bu, bv, bw = turning(
        field,
        bend,
        x,
        y,
        z,
        fma(half, turn.u, start.u),
        fma(half, turn.v, start.v),
        fma(half, turn.w, start.w),
    )
    cu, cv, cw = turning(
        field,
        bend,
        fma(half * half, turn.u, x),
        fma(half * half, turn.v, y),
        fma(half * half, turn.w, z),
        fma(half, bu, start.u),
        fma(half, bv, start.v),
        fma(half, bw, start.w),
    )
    du, dv, dw = turning(
        field,
        bend,
        fma(length, fma(half, bu, start.u), start.x),
        fma(length, fma(half, bv, start.v), start.y),
        fma(length, fma(half, bw, start.w), start.z),
        fma(length, cu, start.u),
        fma(length, cv, start.v),
        fma(length, cw, start.w),
    )
    sixth = length / 6.0
    bu, bv, bw = bu + cu, bv + cv, bw + cw
    return TrackPoint(
        length * fma(sixth, turn.u + bu, start.u),
        length * fma(sixth, turn.v + bv, start.v),
        length * fma(sixth, turn.w + bw, start.w),
        sixth * fma(2.0, bu, turn.u + du),
        sixth * fma(2.0, bv, turn.v + dv),
        sixth * fma(2.0, bw, turn.w + dw),
    )


@kernel
def plus(place, scale, gain):
    """Return a TrackPoint with `scale` times a gain added, or with another TrackPoint."""
    return TrackPoint(
        fma(scale, gain.x, place.x),
        fma(scale, gain.y, place.y),
        fma(scale, gain.z, place.z),
        fma(scale, gain.u, place.u),
        fma(scale, gain.v, place.v),
        fma(scale, gain.w, place.w),
    )


def _advance(stepper, field, bend, start, turn, length):
    half = 0.5 * length
    once = classical_step(field, bend, start, turn, length)
    first = classical_step(field, bend, start, turn, half)
    middle = plus(start, 1.0, first)
    middle_turn = turning_at(field, bend, middle)
    second = classical_step(field, bend, middle, middle_turn, half)
    # Of gains, not of places: far from the origin those have fewer digits than a short step's error.
    twice = plus(first, 1.0, second)
    missing = plus(twice, -1.0, once)
    x, y, z, u, v, w = missing
    place2 = fma(x, x, fma(y, y, z * z)) / (length * length)
    error = math.sqrt(max(place2, fma(u, u, fma(v, v, w * w))))
    end = plus(start, 1.0, plus(twice, 1.0 / 15.0, missing))
    middle = plus(middle, 1.0 / 30.0, missing)
    return end, error, Halves(start, middle, end, turn, middle_turn, length)


def _interpolate(stepper, dense, fraction):
    start, middle, end, turn, middle_turn, length = dense
    s = 2.0 * fraction
    half = 0.5 * length
    return TrackPoint(
        quintic_of_halves(s, start.x, half * start.u, middle.x, half * middle.u, end.x, half * end.u),
        quintic_of_halves(s, start.y, half * start.v, middle.y, half * middle.v, end.y, half * end.v),
        quintic_of_halves(s, start.z, half * start.w, middle.z, half * middle.w, end.z, half * end.w),
        quartic_of_halves(s, start.u, half * turn.u, middle.u, half * middle_turn.u, end.u),
        quartic_of_halves(s, start.v, half * turn.v, middle.v, half * middle_turn.v, end.v),
        quartic_of_halves(s, start.w, half * turn.w, middle.w, half * middle_turn.w, end.w),
    )


def _evaluations(stepper):
    return 10


def _order(stepper):
    return 4


ADVANCE[RK4] = _advance
INTERPOLATE[RK4] = _interpolate
EVALUATIONS[RK4] = _evaluations
ORDER[RK4] = _order
