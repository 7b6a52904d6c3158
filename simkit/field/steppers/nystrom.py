"""Nystrom's Runge-Kutta method of order 4: two evaluations of the field a step, as ATLAS tracks with.

E. J. Nystrom, Acta Soc. Sci. Fenn. 50 (1925) no. 13; in tracking E. Lund et al., JINST 4 (2009) P04001. The
two inner stages share the field in the middle. The end's direction is scaled to unit length. The error is
estimated as length |K1 - K2 - K3 + K4|, in the direction, and as length times that in the place: a second
difference of the turning, of order 3, where the step's own error is of order 5. So it is much too large, the
more the shorter the step, and never too small.
Dense output through the ends and their turnings: an error of order 5 in the place, 4 in the direction. The
turning at the end is that of its direction in the field that the step saw there, of order 3.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from simkit.field import magnetic_field
from simkit.field.steppers import ADVANCE, EVALUATIONS, INTERPOLATE, ORDER, TrackPoint, Turning
from simkit.field.steppers.hermite import TwoEnds, between_ends
from simkit.field.steppers.vectors import cross
from simkit.jit import fma, kernel


class Nystrom(NamedTuple):
    """No parameter. (The member keeps the tuple from being empty.)"""

    unused: int = 0


@kernel
def bending(field, bend, x, y, z):
    """Return bend B at a point, (1/mm)."""
    bx, by, bz = magnetic_field(field, x, y, z)
    return bend * bx, bend * by, bend * bz


def _advance(stepper, field, bend, start, turn, length):
    half = 0.5 * length
    quarter = 0.25 * length
    bx, by, bz = bending(
        field,
        bend,
        fma(half, fma(quarter, turn.u, start.u), start.x),
        fma(half, fma(quarter, turn.v, start.v), start.y),
        fma(half, fma(quarter, turn.w, start.w), start.z),
    )
    u2, v2, w2 = cross(
        fma(half, turn.u, start.u), fma(half, turn.v, start.v), fma(half, turn.w, start.w), bx, by, bz
    )
    u3, v3, w3 = cross(fma(half, u2, start.u), fma(half, v2, start.v), fma(half, w2, start.w), bx, by, bz)
    bx, by, bz = bending(
        field,
        bend,
        fma(length, fma(half, u3, start.u), start.x),
        fma(length, fma(half, v3, start.v), start.y),
        fma(length, fma(half, w3, start.w), start.z),
    )
    u4, v4, w4 = cross(
        fma(length, u3, start.u), fma(length, v3, start.v), fma(length, w3, start.w), bx, by, bz
    )

    sixth = length / 6.0
    u2, v2, w2 = u2 + u3, v2 + v3, w2 + w3
    u1, v1, w1 = turn.u + u4, turn.v + v4, turn.w + w4
    du, dv, dw = u1 - u2, v1 - v2, w1 - w2
    error = abs(length) * math.sqrt(fma(du, du, fma(dv, dv, dw * dw)))
    u, v, w = (
        fma(sixth, fma(2.0, u2, u1), start.u),
        fma(sixth, fma(2.0, v2, v1), start.v),
        fma(sixth, fma(2.0, w2, w1), start.w),
    )
    per_norm = 1.0 / math.sqrt(fma(u, u, fma(v, v, w * w)))
    end = TrackPoint(
        fma(length, fma(sixth, turn.u + u2, start.u), start.x),
        fma(length, fma(sixth, turn.v + v2, start.v), start.y),
        fma(length, fma(sixth, turn.w + w2, start.w), start.z),
        per_norm * u,
        per_norm * v,
        per_norm * w,
    )
    u, v, w = cross(end.u, end.v, end.w, bx, by, bz)
    return end, error, TwoEnds(start, end, turn, Turning(u, v, w), length)


def _interpolate(stepper, dense, fraction):
    return between_ends(dense, fraction)


def _evaluations(stepper):
    return 2


def _order(stepper):
    return 3  # of the estimate, not of the method


ADVANCE[Nystrom] = _advance
INTERPOLATE[Nystrom] = _interpolate
EVALUATIONS[Nystrom] = _evaluations
ORDER[Nystrom] = _order
