"""Runge-Kutta tableaux for a place that is integrated through its second derivative.

The stages of a method for y' = f(y) are y_i = y + h sum_j a_ij f(y_j). Of y = (place, direction) the place's
f is the direction itself, so that place_i = place + h c_i direction + h^2 sum_j (a a)_ij turning_j: from the
turnings alone, and exact without a field.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from simkit.field import turning
from simkit.field.steppers import TrackPoint, Turning
from simkit.jit import fma, kernel

Row = tuple[float, ...]


def fractions(*rows: str) -> list[list[Fraction]]:
    """Return the rows of numbers, written with spaces between."""
    return [[Fraction(number) for number in row.split()] for row in rows]


def difference(solution: Sequence[Fraction], embedded: Sequence[Fraction]) -> list[Fraction]:
    """Return the weights of the error: `embedded` has one more, of the turning at the end."""
    return [a - b for a, b in zip([*solution, Fraction()], embedded, strict=True)]


def numbers(row: Sequence[Fraction]) -> Row:
    """Return the numbers that are nearest to the fractions."""
    return tuple(float(value) for value in row)


def times(row: Sequence[Fraction], stages: Sequence[Sequence[Fraction]]) -> list[Fraction]:
    """Return row a: the weights of the turnings in h^2 for a place that is h times `row` of the directions.

    The last weight would be that of the last direction, which has no part in it.
    """
    return [
        sum((row[i] * stages[i][j] for i in range(j + 1, len(row))), Fraction()) for j in range(len(row) - 1)
    ]


@kernel
def sum_of_one(row, a):
    """Return the Turning row[0] a; the next ones are the same for more."""
    return Turning(row[0] * a.u, row[0] * a.v, row[0] * a.w)


@kernel
def sum_of_two(row, a, b):
    return Turning(
        fma(row[0], a.u, row[1] * b.u),
        fma(row[0], a.v, row[1] * b.v),
        fma(row[0], a.w, row[1] * b.w),
    )


@kernel
def sum_of_three(row, a, b, c):
    return Turning(
        fma(row[0], a.u, fma(row[1], b.u, row[2] * c.u)),
        fma(row[0], a.v, fma(row[1], b.v, row[2] * c.v)),
        fma(row[0], a.w, fma(row[1], b.w, row[2] * c.w)),
    )


@kernel
def sum_of_four(row, a, b, c, d):
    return Turning(
        fma(row[0], a.u, row[1] * b.u) + fma(row[2], c.u, row[3] * d.u),
        fma(row[0], a.v, row[1] * b.v) + fma(row[2], c.v, row[3] * d.v),
        fma(row[0], a.w, row[1] * b.w) + fma(row[2], c.w, row[3] * d.w),
    )


@kernel
def sum_of_five(row, a, b, c, d, e):
    return Turning(
        fma(row[0], a.u, row[1] * b.u) + fma(row[2], c.u, fma(row[3], d.u, row[4] * e.u)),
        fma(row[0], a.v, row[1] * b.v) + fma(row[2], c.v, fma(row[3], d.v, row[4] * e.v)),
        fma(row[0], a.w, row[1] * b.w) + fma(row[2], c.w, fma(row[3], d.w, row[4] * e.w)),
    )


@kernel
def sum_of_six(row, a, b, c, d, e, f):
    return Turning(
        fma(row[0], a.u, fma(row[1], b.u, row[2] * c.u)) + fma(row[3], d.u, fma(row[4], e.u, row[5] * f.u)),
        fma(row[0], a.v, fma(row[1], b.v, row[2] * c.v)) + fma(row[3], d.v, fma(row[4], e.v, row[5] * f.v)),
        fma(row[0], a.w, fma(row[1], b.w, row[2] * c.w)) + fma(row[3], d.w, fma(row[4], e.w, row[5] * f.w)),
    )


@kernel
def place_of(start, length, node, across, turned):
    """Return start after node * length, given sums of turnings for the place (`across`) and the direction."""
    return TrackPoint(
        fma(length, fma(length, across.u, node * start.u), start.x),
        fma(length, fma(length, across.v, node * start.v), start.y),
        fma(length, fma(length, across.w, node * start.w), start.z),
        fma(length, turned.u, start.u),
        fma(length, turned.v, start.v),
        fma(length, turned.w, start.w),
    )


@kernel
def turning_at(field, bend, place):
    """Return the Turning at a TrackPoint: one evaluation of the field."""
    u, v, w = turning(field, bend, place.x, place.y, place.z, place.u, place.v, place.w)
    return Turning(u, v, w)


@kernel
def larger_error(length, across, turned):
    """Return the larger error, of the place over the length and of the direction, given weighted sums."""
    place = fma(across.u, across.u, fma(across.v, across.v, across.w * across.w))
    direction = fma(turned.u, turned.u, fma(turned.v, turned.v, turned.w * turned.w))
    # not max(), which may lose a NaN: the end's turning, beyond a field table, is in the direction's alone
    return abs(length) * math.sqrt(place if direction <= place else direction)
