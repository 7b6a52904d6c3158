"""A charged track's way through a field by a quantised state system (simkit.field.steppers.qss).

There are no substeps to accept: the track goes from event to event, and in between its place is a polynomial
of the path. A boundary is looked for piece by piece, where one can be near, and met without a field call.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from simkit.field.driver import Driver
from simkit.field.steppers import TrackPoint, Turning
from simkit.field.steppers.qss import Segment, begin, place_at, step_to_event
from simkit.tally import (
    BOUNDARY_ITERATIONS,
    FIELD_EVALUATIONS,
    LIMITED_STEPS,
    MOMENTUM_DRIFT,
    OUTSIDE_FIELD,
    U_EVENTS,
    V_EVENTS,
    W_EVENTS,
    X_EVENTS,
    Y_EVENTS,
    Z_EVENTS,
    count,
)
from simkit.tracking.boundary import Substep, first_boundary, room, unit
from simkit.tracking.in_field import DRIFT_UNIT, bend_of
from simkit.tracking.propagation import MIDDLE, PROPAGATE, chord_middle, straight
from simkit.tracks import steered


class InQuantisedField(NamedTuple):
    """As simkit.tracking.in_field.InField, its stepper a Qss2 or Qss3. Of the driver's values delta_chord and
    delta_intersection count."""

    field: Any
    stepper: Any
    driver: Driver
    kinds: np.ndarray
    off_for: np.ndarray
    off_within: np.ndarray


def _in_quantised_field(propagator, geometry, tally, track, length, near):
    bend = bend_of(propagator, geometry, track)
    if bend == 0.0:
        return straight(geometry, track, length, near)
    field, stepper, driver = propagator.field, propagator.stepper, propagator.driver
    volume = track.volume
    start = TrackPoint(track.x, track.y, track.z, track.u, track.v, track.w)
    point, behind = start, volume
    travelled = 0.0  # what has been looked at
    clear = near  # up to here there is no boundary, whatever the way
    met, events, looks = False, 0, 0
    state = begin(stepper, field, bend, start)
    while travelled < length and not met and events < stepper.most_events:
        settled = state
        state = step_to_event(stepper, field, bend, state, length)
        events += 1
        if state.now < clear:
            travelled = state.now
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
            b = unit(place_at(settled, end))[0]
            piece = Segment(settled, travelled, end - travelled)
            substep = Substep(stepper, piece, end - travelled, 0, field, bend, a, Turning(u, v, w))
            met, point, path, behind, tries = first_boundary(
                geometry, volume, substep, a, b, driver.delta_intersection
            )
            looks += tries
            travelled = end if path >= end - travelled else travelled + path
    if not met and travelled < length:
        count(tally, track.slot, LIMITED_STEPS, 1)
    last = place_at(state, travelled)
    if last.x != last.x:
        count(tally, track.slot, OUTSIDE_FIELD, 1)
        return straight(geometry, track, length, near)
    drift = 0.0
    if not met:
        point, drift = unit(last)
    count(tally, track.slot, FIELD_EVALUATIONS, state.field.taken)
    count(tally, track.slot, BOUNDARY_ITERATIONS, looks)
    count(tally, track.slot, MOMENTUM_DRIFT, drift * (1.0 / DRIFT_UNIT))
    count(tally, track.slot, X_EVENTS, state.x.events)
    count(tally, track.slot, Y_EVENTS, state.y.events)
    count(tally, track.slot, Z_EVENTS, state.z.events)
    count(tally, track.slot, U_EVENTS, state.u.events)
    count(tally, track.slot, V_EVENTS, state.v.events)
    count(tally, track.slot, W_EVENTS, state.w.events)
    return steered(track, point.x, point.y, point.z, point.u, point.v, point.w), travelled, behind


PROPAGATE[InQuantisedField] = _in_quantised_field
MIDDLE[InQuantisedField] = chord_middle
