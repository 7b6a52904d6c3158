"""A charged track's way through a magnetic field.

A step is made of substeps that the stepper integrates and the driver accepts. Where a substep could reach a
boundary, its chord is asked for one: the track is at most DeltaChord from it, and what the track does in
between is not seen. The boundary is met by regula falsi along the substep, on the stepper's dense output or
by integrating anew, until it lies DeltaIntersection from the track; the track goes on from there.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from simkit.field import BEND, turning
from simkit.field.driver import Driver
from simkit.field.steppers import TrackPoint, Turning, advance, evaluations, interpolate, order
from simkit.geometry import NEVER, distance_to_boundary, safety
from simkit.jit import by_type, fma, inlined, kernel
from simkit.physics.elementary import exp, log
from simkit.tally import (
    BOUNDARY_ITERATIONS,
    DRIFT_UNIT,
    FIELD_EVALUATIONS,
    FIELD_SUBSTEPS,
    LIMITED_STEPS,
    MOMENTUM_DRIFT,
    OUTSIDE_FIELD,
    REJECTED_SUBSTEPS,
    count,
)
from simkit.tracking.boundary import Substep, chord, first_boundary, is_known, room, unit
from simkit.tracking.propagation import MIDDLE, PROPAGATE, chord_middle, straight
from simkit.tracks import steered

LOOK_AROUND = 15
"""After so many substeps, and again after as many, a track that goes round asks how near a boundary is."""
_CHARGE, _MASS = 0, 1  # columns of InField.kinds
_BELOW, _R_MIN, _R_MAX, _Z_MAX = range(4)  # of off_within


class InField(NamedTuple):
    """Moves tracks through a field.

    field, stepper: params of simkit.field. kinds: float64[kinds, 2], for each its charge (in units of the
    positron's) and mass (MeV). Where there is no field, by rules of which any may hold: off_for:
    int64[rules, kinds, regions], not 0 where a rule applies to a kind in a region; off_within: float64[rules,
    4], below which momentum (MeV/c), between which distances from the z axis and at which |z| (mm).
    """

    field: Any
    stepper: Any
    driver: Driver
    kinds: np.ndarray
    off_for: np.ndarray
    off_within: np.ndarray


@inlined
def _is_off(propagator, track, region, momentum):
    """Return whether a track does not feel the field where it is."""
    within = propagator.off_within
    off = False
    for rule in range(len(within)):
        if propagator.off_for[rule, track.kind, region] != 0 and momentum < within[rule, _BELOW]:
            r = math.sqrt(track.x * track.x + track.y * track.y)
            off = off or (
                within[rule, _R_MIN] <= r < within[rule, _R_MAX] and abs(track.z) < within[rule, _Z_MAX]
            )
    return off


@inlined
def _turning_at(field, bend, a):
    u, v, w = turning(field, bend, a.x, a.y, a.z, a.u, a.v, a.w)
    return Turning(u, v, w)


@kernel
def _sagitta(stepper, dense, a, b):
    """Return how far the middle of a substep is from its chord."""
    _, u, v, w = chord(a, b)
    mid = interpolate(stepper, dense, 0.5)
    x = mid.x - a.x
    y = mid.y - a.y
    z = mid.z - a.z
    along = x * u + y * v + z * w
    return math.sqrt(max(x * x + y * y + z * z - along * along, 0.0))


@inlined
def bend_of(propagator, geometry, track):
    """Return the bend of a track (see simkit.field), 0 where it feels no field."""
    momentum = math.sqrt(track.energy * (track.energy + 2.0 * propagator.kinds[track.kind, _MASS]))
    if _is_off(propagator, track, geometry.volume_region[track.volume], momentum):
        return 0.0
    return BEND * propagator.kinds[track.kind, _CHARGE] / momentum


@kernel
def beyond_table(driver, geometry, tally, track, a, turn, length, left):
    """Return (whether a boundary is met, place, path, volume behind) where the field ends on the way.

    A table may end where the world does, which a track's end meets only within DeltaIntersection: so near to
    a surface no field is no fault. It is elsewhere, and counted: the run is refused. turn: NaN beyond the
    table; length: of the trial (mm); left: of the step.
    """
    path = length
    bent = turn
    if not turn.u + turn.v + turn.w < NEVER:
        bent = Turning(0.0, 0.0, 0.0)
        path = driver.delta_chord
        if safety(geometry, track.volume, a.x, a.y, a.z) > driver.delta_intersection:
            count(tally, track.slot, OUTSIDE_FIELD, 1)
            path = left
    path = min(path, left)
    distance, behind = distance_to_boundary(geometry, track.volume, a.x, a.y, a.z, a.u, a.v, a.w)
    met = distance <= path
    path = min(distance, path)
    half = 0.5 * path
    u, v, w = fma(half, bent.u, a.u), fma(half, bent.v, a.v), fma(half, bent.w, a.w)
    end = TrackPoint(
        fma(path, u, a.x),
        fma(path, v, a.y),
        fma(path, w, a.z),
        fma(path, bent.u, a.u),
        fma(path, bent.v, a.v),
        fma(path, bent.w, a.w),
    )
    return met, unit(end)[0], path, behind if met else track.volume


def trace(stepper, propagator, geometry, tally, track, bend, length, near):
    """Move a track that feels the field as `propagate` does; bend: not 0, see simkit.field.

    A stepper may have a way of its own, registered in TRACE by the type of its params (so do quantised ones,
    simkit.tracking.quantised). Without one it makes substeps, which the driver accepts.
    """
    return TRACE.get(type(stepper), _by_substeps)(
        stepper, propagator, geometry, tally, track, bend, length, near
    )


@inlined
def _shorter(stepper, driver, dense, a, b, length, bent, known, ratio, may_meet):
    """Return what to multiply a substep's length with, 1 where it is accepted.

    bent: how far (mm) it leaves a straight line, times 8. known: whether it met a field all along. ratio:
    of its error to the allowed one. may_meet: whether a boundary may lie within it, so that its chord counts.
    """
    if not known:
        # Only the trial goes beyond a table, and is not so short that a parabola is as good.
        return 0.5 if length > driver.delta_chord or bent > 2.0 * driver.delta_intersection else 1.0
    if ratio > 1.0:
        return max(0.1, 0.9 * exp(-log(ratio) / order(stepper)))
    if ratio > 0.0 and may_meet:  # the helix keeps its curvature
        sagitta = _sagitta(stepper, dense, a, b)
        if sagitta > driver.delta_chord:
            return min(0.98 * math.sqrt(driver.delta_chord / sagitta), 0.98)
    return 1.0


@inlined
def _longer(stepper, driver, length, ratio):
    """Return the length (mm) to try next, after an accepted one whose error was `ratio` of the allowed."""
    trial = 5.0 * length
    if ratio > 1e-4:
        trial = length * min(5.0, 0.9 * exp(-log(ratio) / (order(stepper) + 1.0)))
    return min(trial, driver.largest_step)


def _by_substeps(stepper, propagator, geometry, tally, track, bend, length, near):
    field, driver, volume = propagator.field, propagator.driver, track.volume
    a = TrackPoint(track.x, track.y, track.z, track.u, track.v, track.w)
    behind, met = volume, False
    travelled, drift = 0.0, 0.0
    trial = min(length, driver.largest_step)
    substeps, rejected, looks, evaluated = 0, 0, 0, 0
    shrink = 1.0
    while travelled < length and not met and substeps + rejected < driver.most_substeps:
        turn = _turning_at(field, bend, a)
        evaluated += 1
        curvature = math.sqrt(turn.u * turn.u + turn.v * turn.v + turn.w * turn.w)
        h = min(length - travelled, trial)
        # Within `near` of where the step began there is no boundary, whatever the way.
        if travelled + h >= near and h * h * curvature > 8.0 * driver.delta_chord:
            if substeps & LOOK_AROUND == LOOK_AROUND:
                near = travelled + room(geometry, volume, a)
            h = min(h, max(near - travelled, math.sqrt(8.0 * driver.delta_chord / curvature)))
        while h > 0.0:  # what is no number ends it
            b, error, dense = advance(stepper, field, bend, a, turn, h)
            evaluated += evaluations(stepper)
            ratio = error / min(max(driver.delta_one_step / h, driver.epsilon_min), driver.epsilon_max)
            known = is_known(b, error)
            shrink = _shorter(
                stepper, driver, dense, a, b, h, h * h * curvature, known, ratio, travelled + h >= near
            )
            rejected += shrink != 1.0
            if shrink == 1.0 or substeps + rejected >= driver.most_substeps:
                break
            h *= shrink
        if shrink != 1.0:
            break
        substeps += 1
        if known:
            trial = _longer(stepper, driver, h, ratio)
            b, off = unit(b)
            drift += off
            path = h
            if travelled + h >= near:
                substep = Substep(stepper, dense, h, 1 - driver.dense, field, bend, a, turn)
                met, b, path, behind, tries = first_boundary(
                    geometry, volume, substep, a, b, driver.delta_intersection
                )
                looks += tries
                if driver.dense == 0:
                    evaluated += tries * evaluations(stepper)
            a = b
        else:
            trial = h
            met, a, path, behind = beyond_table(
                driver, geometry, tally, track, a, turn, h, length - travelled
            )
        travelled = length if not met and path >= length - travelled else travelled + path
    if travelled < length and not met:
        count(tally, track.slot, LIMITED_STEPS, 1)
    count(tally, track.slot, FIELD_EVALUATIONS, evaluated)
    count(tally, track.slot, FIELD_SUBSTEPS, substeps)
    count(tally, track.slot, REJECTED_SUBSTEPS, rejected)
    count(tally, track.slot, BOUNDARY_ITERATIONS, looks)
    count(tally, track.slot, MOMENTUM_DRIFT, drift * (1.0 / DRIFT_UNIT))
    return steered(track, a.x, a.y, a.z, a.u, a.v, a.w), travelled, behind


TRACE = by_type(trace, _by_substeps, merged=True)


def _in_field(propagator, geometry, tally, track, length, near):
    bend = bend_of(propagator, geometry, track)
    if bend == 0.0:
        return straight(geometry, track, length, near)
    return trace(propagator.stepper, propagator, geometry, tally, track, bend, length, near)


PROPAGATE[InField] = _in_field
MIDDLE[InField] = chord_middle
