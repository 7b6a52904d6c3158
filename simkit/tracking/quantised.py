"""A charged track's way through a field by a quantised state system (simkit.field.steppers.qss).

There are no substeps to accept: the track goes from event to event, and in between its place is a polynomial
of the path. A boundary is looked for piece by piece, where one can be near, and met without a field call. Of
the driver's values DeltaChord and DeltaIntersection count.
"""

from __future__ import annotations

import math

from simkit.field.steppers import TrackPoint, Turning
from simkit.field.steppers.qss import Qss2, Qss3, Segment, begin, place_at, step_to_event
from simkit.geometry import NEVER
from simkit.jit import inlined
from simkit.tally import (
    BOUNDARY_ITERATIONS,
    DRIFT_UNIT,
    FIELD_EVALUATIONS,
    LIMITED_STEPS,
    MOMENTUM_DRIFT,
    U_EVENTS,
    V_EVENTS,
    W_EVENTS,
    X_EVENTS,
    Y_EVENTS,
    Z_EVENTS,
    count,
)
from simkit.tracking.boundary import Substep, first_boundary, room, unit
from simkit.tracking.in_field import TRACE, beyond_table
from simkit.tracks import steered


@inlined
def _is_known(state):
    """Return whether the field was known where it was asked for last."""
    b = state.field
    return b.x.c0 + b.y.c0 + b.z.c0 < NEVER


@inlined
def _count_events(tally, slot, state):
    count(tally, slot, FIELD_EVALUATIONS, state.field.taken)
    count(tally, slot, X_EVENTS, state.x.events)
    count(tally, slot, Y_EVENTS, state.y.events)
    count(tally, slot, Z_EVENTS, state.z.events)
    count(tally, slot, U_EVENTS, state.u.events)
    count(tally, slot, V_EVENTS, state.v.events)
    count(tally, slot, W_EVENTS, state.w.events)


def _by_events(stepper, propagator, geometry, tally, track, bend, length, near):
    field, driver, volume = propagator.field, propagator.driver, track.volume
    point = TrackPoint(track.x, track.y, track.z, track.u, track.v, track.w)
    behind, met = volume, False
    began = 0.0  # the path at which the system began; all others but `length` count from there
    travelled = 0.0  # what has been looked at
    clear = near  # up to here there is no boundary, whatever the way
    events, looks, drift = 0, 0, 0.0
    settled = state = begin(stepper, field, bend, point)
    known = _is_known(state)
    while began + travelled < length and not met and events < stepper.most_events:
        if not known:
            # The field ends here. On with a straight piece, behind which the system begins anew.
            lost = Turning(math.nan, math.nan, math.nan)
            left = length - (began + travelled)
            met, point, path, behind = beyond_table(driver, geometry, tally, track, point, lost, left, left)
            began = length if not met and path >= left else began + travelled + path
            _count_events(tally, track.slot, state)
            travelled, clear = 0.0, 0.0
            events += 1
            settled = state = begin(stepper, field, bend, point)
            known = _is_known(state)
            continue
        settled = state
        state = step_to_event(stepper, field, bend, state, length - began)
        events += 1
        known = _is_known(state)
        if state.now < clear:
            travelled = state.now
            if not known:
                point = unit(place_at(settled, travelled))[0]
            continue
        # The chord of a piece is no farther from the track than the driver allows.
        u, v, w = settled.u.path.c1, settled.v.path.c1, settled.w.path.c1
        curvature = math.sqrt(u * u + v * v + w * w)
        longest = state.now - settled.now
        if longest * longest * curvature > 8.0 * driver.delta_chord:
            longest = math.sqrt(8.0 * driver.delta_chord / curvature)
        point = unit(place_at(settled, travelled))[0]
        while travelled < state.now and not met:
            clear = travelled + room(geometry, volume, point)
            end = min(travelled + longest, state.now)
            if state.now - end < 1e-9 * longest:
                end = state.now
            if clear > end:
                travelled = min(clear, state.now)
                point = unit(place_at(settled, travelled))[0]
                continue
            a = point
            b, drift = unit(place_at(settled, end))
            piece = Segment(settled, travelled, end - travelled)
            substep = Substep(stepper, piece, end - travelled, 0, field, bend, a, Turning(u, v, w))
            met, point, path, behind, tries = first_boundary(
                geometry, volume, substep, a, b, driver.delta_intersection
            )
            looks += tries
            travelled = end if path >= end - travelled else travelled + path
    if not met:
        if began + travelled < length:
            count(tally, track.slot, LIMITED_STEPS, 1)
        if travelled > 0.0:
            point, drift = unit(place_at(state if known else settled, travelled))
    _count_events(tally, track.slot, state)
    count(tally, track.slot, BOUNDARY_ITERATIONS, looks)
    count(tally, track.slot, MOMENTUM_DRIFT, drift * (1.0 / DRIFT_UNIT))
    return steered(track, point.x, point.y, point.z, point.u, point.v, point.w), began + travelled, behind


TRACE[Qss2] = TRACE[Qss3] = _by_events
