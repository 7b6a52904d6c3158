"""Bogacki-Shampine 3(2): three evaluations a step, the last of them at its end, where the next step begins.

P. Bogacki, L. F. Shampine, Appl. Math. Lett. 2 (1989) 321. The step goes on with the solution of order 3; the
error reported is that of the embedded one of order 2. Dense output through the ends and their turnings; its
error is of order 4, the step's own.
"""

from __future__ import annotations

from typing import NamedTuple

from simkit.field.steppers import ADVANCE, EVALUATIONS, INTERPOLATE, ORDER, Turning
from simkit.field.steppers.hermite import TwoEnds, between_ends
from simkit.field.steppers.tableau import (
    difference,
    fractions,
    larger_error,
    numbers,
    place_of,
    sum_of_four,
    sum_of_one,
    sum_of_three,
    sum_of_two,
    times,
    turning_at,
)

_STAGES = fractions("", "1/2", "0 3/4", "2/9 1/3 4/9")
(_EMBEDDED,) = fractions("7/24 1/4 1/3 1/8")
_ERROR = difference(_STAGES[3], _EMBEDDED)

# A: of the turnings for the direction, P: for the place
_A_END, _A_ERROR = map(numbers, (_STAGES[3], _ERROR))
_P3, _P_END, _P_ERROR = (numbers(times(row, _STAGES)) for row in (_STAGES[2], _STAGES[3], _ERROR))


class BogackiShampine(NamedTuple):
    """No parameter. (The member keeps the tuple from being empty.)"""

    unused: int = 0


def _advance(stepper, field, bend, start, turn, length):
    h = length
    none = Turning(0.0, 0.0, 0.0)
    k1 = turn
    k2 = turning_at(field, bend, place_of(start, h, 0.5, none, sum_of_one((0.5,), k1)))
    k3 = turning_at(field, bend, place_of(start, h, 0.75, sum_of_one(_P3, k1), sum_of_one((0.75,), k2)))
    end = place_of(start, h, 1.0, sum_of_two(_P_END, k1, k2), sum_of_three(_A_END, k1, k2, k3))
    k4 = turning_at(field, bend, end)
    across, turned = sum_of_three(_P_ERROR, k1, k2, k3), sum_of_four(_A_ERROR, k1, k2, k3, k4)
    return end, larger_error(h, across, turned), TwoEnds(start, end, k1, k4, h)


def _interpolate(stepper, dense, fraction):
    return between_ends(dense, fraction)


def _evaluations(stepper):
    return 3


def _order(stepper):
    return 2


ADVANCE[BogackiShampine] = _advance
INTERPOLATE[BogackiShampine] = _interpolate
EVALUATIONS[BogackiShampine] = _evaluations
ORDER[BogackiShampine] = _order
