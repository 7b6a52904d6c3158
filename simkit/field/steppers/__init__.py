"""Steppers: one a file; the verbs every stepper answers. The caller accepts and rejects.

A stepper's params are a NamedTuple. It integrates a `TrackPoint` along the path.
"""

from __future__ import annotations

from typing import NamedTuple

from simkit.jit import by_type


class TrackPoint(NamedTuple):
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

    bend: see simkit.field. start: a TrackPoint; turn: the Turning there, which the caller has evaluated. The
    length is not 0. error: the larger of the estimated errors of the place, over the length, and of the
    direction; 0 where the step is exact. dense: what `interpolate` needs of this step, a NamedTuple of the
    stepper's own. The direction of `end` has unit length up to the stepper's error; the caller renormalises
    it and counts the drift.
    """
    return ADVANCE[type(stepper)](stepper, field, bend, start, turn, length)


def interpolate(stepper, dense, fraction):
    """Return the TrackPoint at a fraction (0 to 1) of the step that `dense` is of, without a field call."""
    return INTERPOLATE[type(stepper)](stepper, dense, fraction)


def evaluations(stepper):
    """Return how often `advance` evaluates the field, apart from the start's."""
    return EVALUATIONS[type(stepper)](stepper)


def order(stepper):
    """Return the power of the length that the error reported falls with."""
    return ORDER[type(stepper)](stepper)


ADVANCE = by_type(advance, merged=True)
INTERPOLATE = by_type(interpolate)
EVALUATIONS = by_type(evaluations)
ORDER = by_type(order)
