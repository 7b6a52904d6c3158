"""Steppers: one a file; the verbs every stepper answers. The driver (simkit.field.driver) owns accept and reject.

A stepper's params are a NamedTuple. It integrates a place on a track, `Place`, along the path.
"""

from __future__ import annotations

from typing import NamedTuple

from simkit.jit import by_type


class Place(NamedTuple):
    """Where a track is and which way it heads: mm, unit direction."""

    x: float
    y: float
    z: float
    u: float
    v: float
    w: float


class Turning(NamedTuple):
    """dt/ds of the direction (1/mm)."""

    u: float
    v: float
    w: float


def advance(stepper, field, bend, start, turn, length):
    """Integrate over `length` (mm); return (end, error, dense).

    bend: see simkit.field. start: a Place; turn: the Turning there, which the driver has evaluated. error:
    the larger of the estimated errors of the place, over the length, and of the direction; 0 where the step
    is exact. dense: what `interpolate` needs of this step, a NamedTuple of the stepper's own. The direction
    of `end` has unit length up to the stepper's error; the driver renormalises it and counts the drift.
    """
    return ADVANCE[type(stepper)](stepper, field, bend, start, turn, length)


def interpolate(stepper, dense, fraction):
    """Return the Place at a fraction (0 to 1) of the step that `dense` comes from, without a field call."""
    return INTERPOLATE[type(stepper)](stepper, dense, fraction)


def evaluations(stepper):
    """Return how often `advance` evaluates the field, apart from the start's."""
    return EVALUATIONS[type(stepper)](stepper)


def order(stepper):
    """Return the order of the error estimate, which the driver scales steps by."""
    return ORDER[type(stepper)](stepper)


ADVANCE = by_type(advance, inline="forced")
INTERPOLATE = by_type(interpolate)
EVALUATIONS = by_type(evaluations)
ORDER = by_type(order)
