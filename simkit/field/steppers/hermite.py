"""Polynomials through the ends of a step, or of its two halves, for dense output; and that of the ends.

All go through values and slopes, a slope times the length of the interval. s: 0 at the start, 1 at the end of
the interval. They are written as what they add to the start's tangent, which is exact without a field.
Source: E. Hairer, S. P. Norsett, G. Wanner, Solving Ordinary Differential Equations I (1993), II.6.
"""

from __future__ import annotations

from typing import NamedTuple

from simkit.field.steppers import TrackPoint, Turning
from simkit.jit import fma, kernel


@kernel
def cubic(s, start, slope, end, end_slope):
    """Through value and slope at both ends; error of order 4."""
    rise = end - start - slope
    bend = end_slope - slope
    return fma(s, fma(s, fma(s, bend - 2.0 * rise, 3.0 * rise - bend), slope), start)


@kernel
def quartic(s, start, slope, middle, end, end_slope):
    """Through value and slope at both ends and the value halfway; error of order 5."""
    rise = end - start - slope
    bend = end_slope - slope
    missing = middle - (start + 0.5 * slope + 0.5 * rise - 0.125 * bend)  # by the cubic
    bump = s * (1.0 - s)
    return fma(16.0 * bump * bump, missing, cubic(s, start, slope, end, end_slope))


@kernel
def quintic(s, start, slope, curve, end, end_slope, end_curve):
    """Through value, slope and second derivative (times the length squared) at both ends; of order 6."""
    tangent = slope + 0.5 * curve
    rise = end - start - tangent
    bend = end_slope - slope - curve
    change = end_curve - curve
    third = 10.0 * rise - 4.0 * bend + 0.5 * change
    fourth = 7.0 * bend - 15.0 * rise - change
    fifth = 6.0 * rise - 3.0 * bend + 0.5 * change
    above = fma(s, fma(s, fma(s, fifth, fourth), third), 0.5 * curve)
    return fma(s, fma(s, above, slope), start)


@kernel
def quartic_of_halves(s, start, slope, middle, middle_slope, end):
    """Through value and slope at the start (s = 0) and the middle (1), and the value at the end (2)."""
    rise = middle - start - slope
    bend = middle_slope - slope
    missing = 0.25 * (end - (start + 2.0 * slope + 4.0 * (bend - rise)))  # by the first half's cubic
    bump = s * (s - 1.0)
    return fma(bump * bump, missing, cubic(s, start, slope, middle, middle_slope))


@kernel
def quintic_of_halves(s, start, slope, middle, middle_slope, end, end_slope):
    """Through value and slope at the start (s = 0), the middle (1) and the end (2); error of order 6."""
    rise = middle - start - slope
    bend = middle_slope - slope
    missing = 0.25 * (end - (start + 2.0 * slope + 4.0 * (bend - rise)))
    missing_slope = 0.25 * (end_slope - (slope + 8.0 * bend - 12.0 * rise)) - 3.0 * missing
    bump = s * (s - 1.0)
    above = fma(s - 2.0, missing_slope, missing)
    return fma(bump * bump, above, cubic(s, start, slope, middle, middle_slope))


class TwoEnds(NamedTuple):
    """Both ends of a step with their turnings, and its length (mm)."""

    start: TrackPoint
    end: TrackPoint
    turn: Turning
    end_turn: Turning
    length: float


@kernel
def place_between(start, end, turn, end_turn, length, s):
    """Return (x, y, z) at s, by the quintic through both ends with their directions and turnings."""
    square = length * length
    return (
        quintic(s, start.x, length * start.u, square * turn.u, end.x, length * end.u, square * end_turn.u),
        quintic(s, start.y, length * start.v, square * turn.v, end.y, length * end.v, square * end_turn.v),
        quintic(s, start.z, length * start.w, square * turn.w, end.z, length * end.w, square * end_turn.w),
    )


@kernel
def between_ends(ends, s):
    """Return the TrackPoint at s: its point by the quintic, the direction by the cubic."""
    start, end, turn, end_turn, length = ends
    x, y, z = place_between(start, end, turn, end_turn, length, s)
    return TrackPoint(
        x,
        y,
        z,
        cubic(s, start.u, length * turn.u, end.u, length * end_turn.u),
        cubic(s, start.v, length * turn.v, end.v, length * end_turn.v),
        cubic(s, start.w, length * turn.w, end.w, length * end_turn.w),
    )
