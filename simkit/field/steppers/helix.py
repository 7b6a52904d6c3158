"""Helix: exact where the field is uniform, elsewhere the helix of the field at the start.

With Q = bend B and an angle a = |Q| s, O. Rodrigues' formula and its integral over the path s read
    t(s) = t + s c1 (t x Q) + s^2 c2 (t x Q) x Q
    x(s) = x + s t + s^2 c2 (t x Q) + s^3 c3 (t x Q) x Q
with Stumpff's functions of a^2, so that nothing is divided by the field or by the part of t across it.
"""

from __future__ import annotations

from typing import NamedTuple

from simkit.field import magnetic_field
from simkit.field.steppers import ADVANCE, EVALUATIONS, INTERPOLATE, ORDER, TrackPoint, Turning
from simkit.field.steppers.vectors import cross
from simkit.field.stumpff import stumpff
from simkit.jit import fma, kernel


class Helix(NamedTuple):
    """No parameter. (The member keeps the tuple from being empty.)"""

    unused: int = 0


class HelixArc(NamedTuple):
    """A helix from its start: t x Q (1/mm), (t x Q) x Q (1/mm^2), Q^2 (1/mm^2), and the length (mm)."""

    start: TrackPoint
    turn: Turning
    inwards: Turning
    curvature2: float
    length: float


@kernel
def along(arc, length):
    """Return the TrackPoint after `length` (mm) on a HelixArc."""
    start, turn, inwards = arc.start, arc.turn, arc.inwards
    square = length * length
    first, second, third = stumpff(arc.curvature2 * square)
    first *= length
    second *= square
    third *= square * length
    return TrackPoint(
        fma(length, start.u, fma(second, turn.u, fma(third, inwards.u, start.x))),
        fma(length, start.v, fma(second, turn.v, fma(third, inwards.v, start.y))),
        fma(length, start.w, fma(second, turn.w, fma(third, inwards.w, start.z))),
        fma(first, turn.u, fma(second, inwards.u, start.u)),
        fma(first, turn.v, fma(second, inwards.v, start.v)),
        fma(first, turn.w, fma(second, inwards.w, start.w)),
    )


def _advance(stepper, field, bend, start, turn, length):
    bx, by, bz = magnetic_field(field, start.x, start.y, start.z)
    x, y, z = bend * bx, bend * by, bend * bz
    u, v, w = cross(turn.u, turn.v, turn.w, x, y, z)
    arc = HelixArc(start, turn, Turning(u, v, w), fma(x, x, fma(y, y, z * z)), length)
    return along(arc, length), 0.0, arc


def _interpolate(stepper, dense, fraction):
    return along(dense, fraction * dense.length)


def _evaluations(stepper):
    return 1


def _order(stepper):
    return 1  # in a field that varies; the error that it estimates is 0


ADVANCE[Helix] = _advance
INTERPOLATE[Helix] = _interpolate
EVALUATIONS[Helix] = _evaluations
ORDER[Helix] = _order
