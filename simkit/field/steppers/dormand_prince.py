"""Dormand-Prince 5(4): six evaluations a step, the last of them at its end, where the next step begins.

J. R. Dormand, P. J. Prince, J. Comp. Appl. Math. 6 (1980) 19. The step goes on with the solution of order 5;
the error reported is that of the embedded one of order 4. Dense output without further evaluations: the
direction by the quartic through the ends, their turnings and L. F. Shampine's solution of order 4 halfway
(Math. Comp. 46 (1986) 135), with an error of order 5; the place by the quintic through the ends, their
directions and turnings, with one of order 6, which is the step's own.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from simkit.field.steppers import ADVANCE, EVALUATIONS, INTERPOLATE, ORDER, TrackPoint, Turning
from simkit.field.steppers.hermite import place_between, quartic
from simkit.field.steppers.tableau import (
    Row,
    difference,
    fractions,
    larger_error,
    numbers,
    place_of,
    sum_of_five,
    sum_of_four,
    sum_of_one,
    sum_of_six,
    sum_of_three,
    sum_of_two,
    times,
    turning_at,
)
from simkit.jit import fma

_STAGES = fractions(
    "",
    "1/5",
    "3/40 9/40",
    "44/45 -56/15 32/9",
    "19372/6561 -25360/2187 64448/6561 -212/729",
    "9017/3168 -355/33 46732/5247 49/176 -5103/18656",
    "35/384 0 500/1113 125/192 -2187/6784 11/84",
)
_EMBEDDED, _HALFWAY = fractions(
    "5179/57600 0 7571/16695 393/640 -92097/339200 187/2100 1/40",
    "6025192743/30085553152 0 51252292925/65400821598 -2691868925/45128329728"
    " 187940372067/1594534317056 -1776094331/19743644256 11237099/235043384",
)
_ERROR = difference(_STAGES[6], _EMBEDDED)
_NODES = [sum(row, Fraction()) for row in _STAGES]


def _without_second(row: list[Fraction]) -> Row:
    """Return the numbers of a row for all stages but the second, which it leaves out."""
    assert row[1] == 0
    return numbers([row[0], *row[2:]])


# A: of the turnings for the direction, P: for the place, of the stages, the end and the error
_C2, _C3, _C4, _C5 = numbers(_NODES[1:5])
_A2, _A3, _A4, _A5, _A6 = map(numbers, _STAGES[1:6])
_P3, _P4, _P5, _P6 = (numbers(times(row, _STAGES)) for row in _STAGES[2:6])
_A_END, _A_ERROR = map(_without_second, (_STAGES[6], _ERROR))
_A_HALFWAY = _without_second([weight / 2 for weight in _HALFWAY])
_P_END, _P_ERROR = (_without_second(times(row, _STAGES)) for row in (_STAGES[6], _ERROR))


class DormandPrince(NamedTuple):
    """No parameter. (The member keeps the tuple from being empty.)"""

    unused: int = 0


class Arc(NamedTuple):
    """A step's ends with their turnings, the direction halfway, and the length (mm)."""

    start: TrackPoint
    end: TrackPoint
    turn: Turning
    end_turn: Turning
    middle_u: float
    middle_v: float
    middle_w: float
    length: float


def _advance(stepper, field, bend, start, turn, length):
    h = length
    none = Turning(0.0, 0.0, 0.0)
    k1 = turn
    k2 = turning_at(field, bend, place_of(start, h, _C2, none, sum_of_one(_A2, k1)))
    k3 = turning_at(field, bend, place_of(start, h, _C3, sum_of_one(_P3, k1), sum_of_two(_A3, k1, k2)))
    k4 = turning_at(
        field, bend, place_of(start, h, _C4, sum_of_two(_P4, k1, k2), sum_of_three(_A4, k1, k2, k3))
    )
    k5 = turning_at(
        field, bend, place_of(start, h, _C5, sum_of_three(_P5, k1, k2, k3), sum_of_four(_A5, k1, k2, k3, k4))
    )
    across, turned = sum_of_four(_P6, k1, k2, k3, k4), sum_of_five(_A6, k1, k2, k3, k4, k5)
    k6 = turning_at(field, bend, place_of(start, h, 1.0, across, turned))
    across, turned = sum_of_four(_P_END, k1, k3, k4, k5), sum_of_five(_A_END, k1, k3, k4, k5, k6)
    end = place_of(start, h, 1.0, across, turned)
    k7 = turning_at(field, bend, end)
    across, turned = sum_of_five(_P_ERROR, k1, k3, k4, k5, k6), sum_of_six(_A_ERROR, k1, k3, k4, k5, k6, k7)
    error = larger_error(h, across, turned)
    halfway = sum_of_six(_A_HALFWAY, k1, k3, k4, k5, k6, k7)
    u, v, w = fma(h, halfway.u, start.u), fma(h, halfway.v, start.v), fma(h, halfway.w, start.w)
    return end, error, Arc(start, end, k1, k7, u, v, w, h)


def _interpolate(stepper, dense, fraction):
    start, end, turn, end_turn, u, v, w, length = dense
    x, y, z = place_between(start, end, turn, end_turn, length, fraction)
    return TrackPoint(
        x,
        y,
        z,
        quartic(fraction, start.u, length * turn.u, u, end.u, length * end_turn.u),
        quartic(fraction, start.v, length * turn.v, v, end.v, length * end_turn.v),
        quartic(fraction, start.w, length * turn.w, w, end.w, length * end_turn.w),
    )


def _evaluations(stepper):
    return 6


def _order(stepper):
    return 4


ADVANCE[DormandPrince] = _advance
INTERPOLATE[DormandPrince] = _interpolate
EVALUATIONS[DormandPrince] = _evaluations
ORDER[DormandPrince] = _order
