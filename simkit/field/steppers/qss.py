"""Quantised state systems of second and third order, QSS2 and QSS3: no steps, each variable has its events.

The six variables are functions of the path s: x' = u, y' = v, z' = w, t' = bend (t x B), t = (u, v, w). Each
is a polynomial of degree n (the order, 2 or 3) and has a quantised polynomial of degree n - 1 beside it. The
equations see only the quantised ones; so their right sides are polynomials, and are integrated exactly. When
a variable's two polynomials differ by its quantum it synchronises: the quantised one becomes the Taylor
polynomial of the other. Whatever depends on it gets new derivatives and a new time to synchronise. The
quantum is a part of the variable's size, or a least one; positions count from the start, so that theirs does
not grow with the distance from the origin.

The field. A textbook QSS holds B constant between the events of positions; in a varying field that makes an
error of the quantum's n-th root. Here B along the track is a polynomial of degree n - 1 too, through its last
samples (simkit.field.steppers.samples). A sample is taken when a position synchronises, unless the last is
too near, and when one is due by itself. So every error is linear in the quanta, and a straight track, which
has no events, finds a field that it flies into within `longest_gap`.

Between two events the positions are polynomials (`segment`), and a boundary is found without a field call.

Sources: E. Kofman & S. Junco, Trans. SCS 18 (2001) 123 (QSS); E. Kofman, Simulation 78 (2002) 76 (QSS2);
E. Kofman, Latin Am. Appl. Res. 36 (2006) 101 (QSS3); L. Santi et al., FERMILAB-CONF-17-055 (for tracks).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from simkit.field.steppers import ADVANCE, EVALUATIONS, INTERPOLATE, ORDER, TrackPoint
from simkit.field.steppers.exits import first_exit, leading_exit
from simkit.field.steppers.polynomials import (
    NEVER,
    Cubic,
    Quadratic,
    cross,
    integrated,
    shifted,
    truncated,
    value,
)
from simkit.field.steppers.samples import Samples, first_sample, shifted_samples, wants_sample, with_sample
from simkit.jit import by_type, kernel, merged


class Qss2(NamedTuple):
    """Second order. A quantum is a part of the variable's size, but at least so much (mm; of a unit vector).

    longest_gap: mm between samples of the field, which should not change by more than itself in it.
    most_events: in one call of `advance`. A least quantum of positions of NEVER leaves them without events:
    the field's own samples then follow it alone.
    """

    relative_quantum: float
    least_position_quantum: float
    least_direction_quantum: float
    longest_gap: float
    most_events: int


class Qss3(NamedTuple):
    """Third order; see Qss2."""

    relative_quantum: float
    least_position_quantum: float
    least_direction_quantum: float
    longest_gap: float
    most_events: int


class Variable(NamedTuple):
    """One of the six: both polynomials, expanded at `origin`; the path where it is due, how often it was."""

    path: Any
    quantised: Any
    origin: float
    quantum: float
    due: float
    events: int


class QssState(NamedTuple):
    """A track between events. Positions count from `start`, a TrackPoint; the path up to `now` is settled."""

    x: Variable
    y: Variable
    z: Variable
    u: Variable
    v: Variable
    w: Variable
    field: Samples
    start: TrackPoint
    now: float


class Segment(NamedTuple):
    """A piece of track without an event: from the path `begin` on, `length` mm long, as `state` has it."""

    state: QssState
    begin: float
    length: float


def constant(stepper, level):
    """Return the polynomial of the stepper's order that is `level` everywhere."""
    return CONSTANT[type(stepper)](stepper, level)


CONSTANT = by_type(constant)


def _quadratic_constant(stepper, level):
    return Quadratic(level, 0.0, 0.0)


def _cubic_constant(stepper, level):
    return Cubic(level, 0.0, 0.0, 0.0)


CONSTANT[Qss2] = _quadratic_constant
CONSTANT[Qss3] = _cubic_constant


@kernel
def begin(stepper, field, bend, start):
    """Return the QssState of a track at `start` (a TrackPoint): one evaluation of the field, no event yet."""
    nought = truncated(constant(stepper, 0.0))
    relative, least = stepper.relative_quantum, stepper.least_direction_quantum
    quantum = max(relative, least)
    b = first_sample(field, bend, start.x, start.y, start.z, nought, quantum, stepper.longest_gap)
    u, v, w = constant(stepper, start.u), constant(stepper, start.v), constant(stepper, start.w)
    for _ in range(3):  # each brings one more derivative, till all are there
        q_u, q_v, q_w = truncated(u), truncated(v), truncated(w)
        u = integrated(cross(q_v, b.z, q_w, b.y, bend), start.u)
        v = integrated(cross(q_w, b.x, q_u, b.z, bend), start.v)
        w = integrated(cross(q_u, b.y, q_v, b.x, bend), start.w)
    least_position = stepper.least_position_quantum
    x = _started(integrated(truncated(u), 0.0), relative, least_position)
    y = _started(integrated(truncated(v), 0.0), relative, least_position)
    z = _started(integrated(truncated(w), 0.0), relative, least_position)
    u, v, w = _started(u, relative, least), _started(v, relative, least), _started(w, relative, least)
    return QssState(x, y, z, u, v, w, b, start, 0.0)


@kernel
def next_event(state):
    """Return the path (mm) of the next event."""
    positions = min(state.x.due, state.y.due, state.z.due)
    directions = min(state.u.due, state.v.due, state.w.due)
    return min(positions, directions, state.field.due)


@merged
def step_to_event(stepper, field, bend, state, end):
    """Go on to the next event, or to `end` (mm) if that comes first; `state.now` says where."""
    s = next_event(state)
    x, y, z, u, v, w, b = state.x, state.y, state.z, state.u, state.v, state.w, state.field
    if s >= end:
        return QssState(x, y, z, u, v, w, b, state.start, min(s, end))
    bx, by, bz = shifted_samples(b, s)
    # Turning the axes round, x to y to z to x, leaves the equations as they are.
    if s == u.due:
        u, v, w, x = _direction_event(stepper, bend, bx, by, bz, s, u, v, w, x)
    elif s == v.due:
        v, w, u, y = _direction_event(stepper, bend, by, bz, bx, s, v, w, u, y)
    elif s == w.due:
        w, u, v, z = _direction_event(stepper, bend, bz, bx, by, s, w, u, v, z)
    else:
        relative, least = stepper.relative_quantum, stepper.least_position_quantum
        if s == x.due:
            x = _synchronised(x, s, relative, least, 1)
        elif s == y.due:
            y = _synchronised(y, s, relative, least, 1)
        elif s == z.due:
            z = _synchronised(z, s, relative, least, 1)
        if wants_sample(b, s):
            place = place_at(QssState(x, y, z, u, v, w, b, state.start, s), s)
            quantum = max(relative, stepper.least_direction_quantum)
            b, changed = with_sample(
                b, field, bend, s, place.x, place.y, place.z, quantum, stepper.longest_gap
            )
            if changed:
                u, v, w = _renewed_directions(bend, b.x, b.y, b.z, s, u, v, w)
    return QssState(x, y, z, u, v, w, b, state.start, s)


@kernel
def place_at(state, s):
    """Return the TrackPoint at a path (mm) between the last event and the next, not renormalised."""
    return TrackPoint(
        state.start.x + _value_at(state.x, s),
        state.start.y + _value_at(state.y, s),
        state.start.z + _value_at(state.z, s),
        _value_at(state.u, s),
        _value_at(state.v, s),
        _value_at(state.w, s),
    )


@kernel
def segment(state):
    """Return the polynomials of x, y, z from `state.start` (mm), expanded at `state.now`, to the next event.

    `first_exit` of one of them less the middle of two planes, with half their distance for its band, is where
    the track leaves them; `sagitta` bounds the distance from a chord; `shifted` cuts the segment.
    """
    s = state.now
    return (
        shifted(state.x.path, s - state.x.origin),
        shifted(state.y.path, s - state.y.origin),
        shifted(state.z.path, s - state.z.origin),
    )


@kernel
def _value_at(variable, s):
    return value(variable.path, s - variable.origin)


@kernel
def _started(path, relative, least):
    return _synchronised(Variable(path, truncated(path), 0.0, 0.0, NEVER, 0), 0.0, relative, least, 0)


@merged
def _synchronised(variable, s, relative, least, count):
    """Make the quantised polynomial the Taylor polynomial of the other at s."""
    path = shifted(variable.path, s - variable.origin)
    quantum = max(relative * abs(path.c0), least)
    due = s + leading_exit(path, quantum)
    return Variable(path, truncated(path), s, quantum, due, variable.events + count)


@kernel
def _renewed(variable, s, quantised, derivative):
    """Give a variable a new derivative from s on; `quantised` is its own quantised polynomial moved to s."""
    path = integrated(derivative, _value_at(variable, s))
    due = s + first_exit(path, quantised, variable.quantum) if variable.quantum < NEVER else NEVER
    return Variable(path, quantised, s, variable.quantum, due, variable.events)


@kernel
def _direction_event(stepper, bend, bx, by, bz, s, u, v, w, x):
    """Synchronise u at s; v, w and x get new derivatives. The field's polynomials are expanded there."""
    u = _synchronised(u, s, stepper.relative_quantum, stepper.least_direction_quantum, 1)
    q_u = u.quantised
    q_v = shifted(v.quantised, s - v.origin)
    q_w = shifted(w.quantised, s - w.origin)
    v = _renewed(v, s, q_v, cross(q_w, bx, q_u, bz, bend))
    w = _renewed(w, s, q_w, cross(q_u, by, q_v, bx, bend))
    x = _renewed(x, s, shifted(x.quantised, s - x.origin), q_u)
    return u, v, w, x


@kernel
def _renewed_directions(bend, bx, by, bz, s, u, v, w):
    """Give the directions new derivatives from s on; the field's polynomials are expanded there."""
    q_u = shifted(u.quantised, s - u.origin)
    q_v = shifted(v.quantised, s - v.origin)
    q_w = shifted(w.quantised, s - w.origin)
    u = _renewed(u, s, q_u, cross(q_v, bz, q_w, by, bend))
    v = _renewed(v, s, q_v, cross(q_w, bx, q_u, bz, bend))
    w = _renewed(w, s, q_w, cross(q_u, by, q_v, bx, bend))
    return u, v, w


@kernel
def run_events(stepper, field, bend, state, end, most):
    """Go through the events up to `end` (mm), but through `most` of them only; return the state."""
    events = 0
    while state.now < end and events < most:
        state = step_to_event(stepper, field, bend, state, end)
        events += 1
    return state


def _advance(stepper, field, bend, start, turn, length):
    """See simkit.field.steppers. `dense` is the last QssState.

    It knows the track from the last event on only. Where `most_events` come before the length, the error is
    NEVER.
    """
    state = begin(stepper, field, bend, start)
    state = run_events(stepper, field, bend, state, length, stepper.most_events)
    dense = Segment(state, state.now, length - state.now)
    return place_at(state, length), (0.0 if state.now >= length else NEVER), dense


def _interpolate(stepper, dense, fraction):
    return place_at(dense.state, dense.begin + fraction * dense.length)


def _evaluations(stepper):
    return 0  # they are counted in the state


def _order_two(stepper):
    return 2


def _order_three(stepper):
    return 3


ADVANCE[Qss2] = _advance
ADVANCE[Qss3] = _advance
INTERPOLATE[Qss2] = _interpolate
INTERPOLATE[Qss3] = _interpolate
EVALUATIONS[Qss2] = _evaluations
EVALUATIONS[Qss3] = _evaluations
ORDER[Qss2] = _order_two
ORDER[Qss3] = _order_three
