"""A charged track's way through a magnetic field.

A step is made of substeps that the stepper integrates and the driver accepts. Where a substep could reach a
boundary, its chord is asked for one: the track is at most DeltaChord from it, and what the track does in
between is not seen. The boundary is met by regula falsi along the substep, on the stepper's dense output or
by integrating anew, until it lies DeltaIntersection from the track; the track goes on from there.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import numpy as np

from simkit.errors import unknown
from simkit.field import BEND, turning
from simkit.field.catalogue import build_stepper
from simkit.field.driver import Driver
from simkit.field.maps.fields import build_field
from simkit.field.maps.section import FieldMap
from simkit.field.steppers import TrackPoint, Turning, advance, evaluations, interpolate, order
from simkit.field.stepping import FieldOff, Stepping
from simkit.geometry import distance_to_boundary, safety
from simkit.jit import fma, inlined, kernel
from simkit.particles import PARTICLES, species
from simkit.physics.elementary import exp, log
from simkit.tally import COUNTERS, count
from simkit.tracking.propagation import MIDDLE, PROPAGATE, Straight, straight
from simkit.tracks import steered

FIELD_EVALUATIONS = COUNTERS.add("field_evaluations")
FIELD_SUBSTEPS = COUNTERS.add("field_substeps")
REJECTED_SUBSTEPS = COUNTERS.add("rejected_substeps")
BOUNDARY_ITERATIONS = COUNTERS.add("boundary_iterations")
LIMITED_STEPS = COUNTERS.add("limited_steps")
OUTSIDE_FIELD = COUNTERS.add("outside_field")
MOMENTUM_DRIFT = COUNTERS.add("momentum_drift")

DRIFT_UNIT = 2.0**-40
"""The drift of |p| that was taken out, relative, is counted in units of this."""
MOST_LOOKS = 64
"""Of a boundary search; from a quarter of them on every other one halves."""
LOOK_AROUND = 15
"""After so many substeps, and again after as many, a track that goes round asks how near a boundary is."""
WITHIN = 0.999  # of the safety
NEVER = 1e30
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


@inlined
def _is_known(place, error):
    """Return whether a substep that ends at a place met a field all along."""
    return error < NEVER and place.x + place.u == place.x + place.u


@inlined
def _chord(a, b):
    """Return (length, direction) of the chord from place a to b."""
    x = b.x - a.x
    y = b.y - a.y
    z = b.z - a.z
    length = math.sqrt(x * x + y * y + z * z)
    inverse = 1.0 / length if length > 0.0 else 0.0
    return length, x * inverse, y * inverse, z * inverse


@kernel
def _boundary_on_chord(geometry, volume, a, b):
    """Return (distance to the boundary along the chord from place a to b, NEVER beyond b; volume behind)."""
    length, u, v, w = _chord(a, b)
    distance, behind = distance_to_boundary(geometry, volume, a.x, a.y, a.z, u, v, w)
    return (distance, behind) if distance <= length and length > 0.0 else (NEVER, volume)


@kernel
def _room(geometry, volume, place):
    """Return a distance (mm) within which a place has no boundary, by more than rounding."""
    return WITHIN * safety(geometry, volume, place.x, place.y, place.z)


@kernel
def _unit(place):
    """Return (the place with a direction of unit length, how far it was from it)."""
    off = place.u * place.u + place.v * place.v + place.w * place.w - 1.0
    inverse = 1.0 - 0.5 * off
    if abs(off) > 1e-8:  # else that is the inverse square root to the last bit
        inverse = 1.0 / math.sqrt(1.0 + off)
    unit = TrackPoint(place.x, place.y, place.z, place.u * inverse, place.v * inverse, place.w * inverse)
    return unit, 0.5 * abs(off)


@kernel
def _sagitta(stepper, dense, a, b):
    """Return how far the middle of a substep is from its chord."""
    _, u, v, w = _chord(a, b)
    mid = interpolate(stepper, dense, 0.5)
    x = mid.x - a.x
    y = mid.y - a.y
    z = mid.z - a.z
    along = x * u + y * v + z * w
    return math.sqrt(max(x * x + y * y + z * z - along * along, 0.0))


@kernel
def _on_substep(propagator, bend, a, turn, dense, length, path):
    """Return the place at a path (mm) from a on a substep, a being its start: as the driver looks for it."""
    if path <= 0.0:
        return a
    if propagator.driver.dense == 0:
        point, error, _ = advance(propagator.stepper, propagator.field, bend, a, turn, path)
        if _is_known(point, error):  # else a stage of it lies beyond a table that no stage of the whole left
            return point
    return interpolate(propagator.stepper, dense, path / length)


@kernel
def _meet_boundary(propagator, geometry, volume, bend, a, turn, b, length, dense, distance, behind):
    """Return (whether a boundary is met, place, path from a, volume behind, looks) on a substep.

    a, b: the substep's ends, `length` (mm) of path apart; distance, behind: what its chord found. Where the
    chord cuts a corner that the track goes round no boundary is met, and the track goes on from the place.
    """
    most = propagator.driver.delta_intersection
    inside, outside = a, b
    low, high = 0.0, length
    path = distance
    for look in range(1, MOST_LOOKS):
        # A boundary right where the chord begins says nothing of where the track leaves.
        if distance <= most or (4 * look > MOST_LOOKS and look & 1):
            path = 0.5 * (low + high)
        else:
            path = low + (high - low) * distance / _chord(inside, outside)[0]
        point = _on_substep(propagator, bend, a, turn, dense, length, path)
        distance, found = _boundary_on_chord(geometry, volume, inside, point)
        if distance < NEVER:
            gap = distance - _chord(inside, point)[0]
            outside, high = point, path
        else:
            distance, found = _boundary_on_chord(geometry, volume, point, outside)
            if distance == NEVER:
                return False, _unit(point)[0], path, volume, look
            gap = distance
            inside, low = point, path
        behind = found
        if abs(gap) <= most or high - low <= most:
            path = min(max(path + gap, 0.0), length)
            break
    # On the track, not on the surface: what the search leaves open is not added up from boundary to boundary.
    point = _on_substep(propagator, bend, a, turn, dense, length, path)
    return True, _unit(point)[0], path, behind, look + 1


@kernel
def _beyond_table(driver, geometry, tally, track, a, turn, length, left):
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
    return met, _unit(end)[0], path, behind if met else track.volume


def _in_field(propagator, geometry, tally, track, length, near):
    volume = track.volume
    energy = track.energy
    kinds = propagator.kinds
    momentum = math.sqrt(energy * (energy + 2.0 * kinds[track.kind, _MASS]))
    charge = kinds[track.kind, _CHARGE]
    if charge == 0.0 or _is_off(propagator, track, geometry.volume_region[volume], momentum):
        return straight(geometry, track, length, near)
    driver = propagator.driver
    stepper = propagator.stepper
    bend = BEND * charge / momentum
    a = TrackPoint(track.x, track.y, track.z, track.u, track.v, track.w)
    behind = volume
    travelled = 0.0
    trial = min(length, driver.largest_step)
    substeps, rejected, looks, evaluated = 0, 0, 0, 0
    drift = 0.0
    met = False
    while travelled < length and not met:
        if substeps + rejected >= driver.most_substeps:
            break
        turn = _turning_at(propagator.field, bend, a)
        evaluated += 1
        curvature = math.sqrt(turn.u * turn.u + turn.v * turn.v + turn.w * turn.w)
        h = min(length - travelled, trial)
        # Within `near` of where the step began there is no boundary, whatever the way.
        if travelled + h >= near and h * h * curvature > 8.0 * driver.delta_chord:
            if substeps & LOOK_AROUND == LOOK_AROUND:
                near = travelled + _room(geometry, volume, a)
            h = min(h, max(near - travelled, math.sqrt(8.0 * driver.delta_chord / curvature)))
        while True:
            b, error, dense = advance(stepper, propagator.field, bend, a, turn, h)
            evaluated += evaluations(stepper)
            allowed = min(max(driver.delta_one_step / h, driver.epsilon_min), driver.epsilon_max)
            ratio = error / allowed
            known = _is_known(b, error)
            shrink = 1.0
            if not known:
                # Only the trial goes beyond a table, and is not so short that a parabola is as good.
                if h > driver.delta_chord or h * h * curvature > 2.0 * driver.delta_intersection:
                    shrink = 0.5
            elif ratio > 1.0:
                shrink = max(0.1, 0.9 * exp(-log(ratio) / order(stepper)))
            elif error > 0.0 and travelled + h >= near:  # the helix keeps its curvature
                sagitta = _sagitta(stepper, dense, a, b)
                if sagitta > driver.delta_chord:
                    shrink = min(0.98 * math.sqrt(driver.delta_chord / sagitta), 0.98)
            rejected += shrink != 1.0
            if shrink == 1.0 or substeps + rejected >= driver.most_substeps:
                break
            h *= shrink
        if shrink != 1.0:
            break
        substeps += 1
        if not known:
            met, a, path, behind = _beyond_table(
                driver, geometry, tally, track, a, turn, h, length - travelled
            )
            travelled = length if not met and path >= length - travelled else travelled + path
            trial = h
            continue
        trial = 5.0 * h
        if ratio > 1e-4:
            trial = h * min(5.0, 0.9 * exp(-log(ratio) / (order(stepper) + 1.0)))
        trial = min(trial, driver.largest_step)
        b, off = _unit(b)
        drift += off
        path = h
        if travelled + h >= near:
            distance, found = _boundary_on_chord(geometry, volume, a, b)
            if distance < NEVER:
                heading_out = distance <= driver.delta_intersection
                if heading_out:
                    ahead, _ = distance_to_boundary(geometry, volume, a.x, a.y, a.z, a.u, a.v, a.w)
                    heading_out = ahead <= driver.delta_intersection
                if heading_out:
                    met, path, behind = True, distance, found
                    b = _unit(_on_substep(propagator, bend, a, turn, dense, h, path))[0]
                    tries = 1
                else:
                    met, b, path, behind, tries = _meet_boundary(
                        propagator, geometry, volume, bend, a, turn, b, h, dense, distance, found
                    )
                    looks += tries
                if driver.dense == 0:
                    evaluated += tries * evaluations(stepper)
        travelled = length if not met and path >= length - travelled else travelled + path
        a = b
    if travelled < length and not met:
        count(tally, track.slot, LIMITED_STEPS, 1)
    count(tally, track.slot, FIELD_EVALUATIONS, evaluated)
    count(tally, track.slot, FIELD_SUBSTEPS, substeps)
    count(tally, track.slot, REJECTED_SUBSTEPS, rejected)
    count(tally, track.slot, BOUNDARY_ITERATIONS, looks)
    count(tally, track.slot, MOMENTUM_DRIFT, drift * (1.0 / DRIFT_UNIT))
    return steered(track, a.x, a.y, a.z, a.u, a.v, a.w), travelled, behind


def _chord_middle(propagator, before, after, travelled):
    return 0.5 * (before.x + after.x), 0.5 * (before.y + after.y), 0.5 * (before.z + after.z)


def build_propagator(section: FieldMap, regions: Sequence[str], off_in: Collection[str] = ()) -> Any:
    """Return what moves charged tracks in the field of a scenario: Straight where it has none.

    regions: names, in the order of `volume_region`; off_in: those without a field. Errors: BadInput.
    """
    field = build_field(section)
    if field is None or not isinstance(section, Stepping):
        return Straight(0)
    rules = [*section.off, *([FieldOff(regions=tuple(off_in))] if off_in else ())]
    off_for = np.zeros((len(rules), len(PARTICLES), len(regions)), dtype=np.int64)
    off_within = np.zeros((len(rules), 4))
    for i, rule in enumerate(rules):
        for name in (*rule.particles, *rule.except_particles):
            if name not in PARTICLES:
                raise unknown("particle", name, PARTICLES, f"field.off.{i}")
        for name in rule.regions:
            if name not in regions:
                raise unknown("region", name, regions, f"field.off.{i}.regions")
        applies = [
            (not rule.particles or name in rule.particles) and name not in rule.except_particles
            for name in PARTICLES
        ]
        places = [not rule.regions or name in rule.regions for name in regions]
        off_for[i] = np.outer(applies, places)
        limits = (rule.below_MeV, rule.r_min_mm, rule.r_max_mm, rule.z_max_mm)
        off_within[i] = [math.inf if limit is None else limit for limit in limits]
    kinds = np.array([(species(name).charge, species(name).mass) for name in PARTICLES], dtype=np.float64)
    return InField(field, build_stepper(section), section.build_driver(), kinds, off_for, off_within)


PROPAGATE[InField] = _in_field
MIDDLE[InField] = _chord_middle
