"""Follows tracks in a field through `propagate` alone, as a life does but without any physics, for tests."""

import math
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from simkit.field import BEND
from simkit.field.driver import PRESETS
from simkit.field.maps.uniform import Uniform
from simkit.field.steppers.bogacki_shampine import BogackiShampine
from simkit.field.steppers.dormand_prince import DormandPrince
from simkit.field.steppers.helix import Helix
from simkit.field.steppers.nystrom import Nystrom
from simkit.field.steppers.rk4 import RK4
from simkit.geometry import DISTANCE_TO_BOUNDARY, LOCATE, SAFETY, locate, safety
from simkit.geometry.slab_stack import SlabStackParams, build_slab_stack
from simkit.geometry.tube_layout import Layer, Zone, build_tubes
from simkit.geometry.tubes import Tubes
from simkit.jit import by_type, kernel
from simkit.particles import ELECTRON, PARTICLES
from simkit.tally import COUNTERS, make_tally, tally_columns
from simkit.tracking.in_field import InField
from simkit.tracking.propagation import propagate
from simkit.tracking.propagators import charged_kinds
from simkit.tracks import Track, placed
from simkit.units import ELECTRON_MASS

STEPPERS = {
    "rk4": RK4(),
    "nystrom": Nystrom(),
    "dormand-prince": DormandPrince(),
    "bogacki-shampine": BogackiShampine(),
    "helix": Helix(),
}
ENERGY = 50.0  # MeV
MOMENTUM = math.sqrt(ENERGY * (ENERGY + 2.0 * ELECTRON_MASS))
STRENGTH = 2.0  # T
RADIUS = MOMENTUM / (BEND * STRENGTH)  # mm, of a circle in Uniform(0, 0, STRENGTH)
TURN = 2.0 * math.pi * RADIUS
GEANT4 = PRESETS["geant4"]
STEPS, CROSSINGS, STUCK, EXCESS, TRAVELLED, VOLUME = range(6)  # columns of a report
STILL = 20  # steps that together go nowhere: stuck


class Alone(NamedTuple):
    """A shape without surfaces but a sphere far away. radius: mm; asked: int64[1], distances asked for."""

    radius: float
    asked: np.ndarray
    volume_couple: np.ndarray
    volume_region: np.ndarray
    volume_envelope: np.ndarray


def alone(radius=1e9):
    zero = np.zeros(1, dtype=np.int64)
    return Alone(radius, np.zeros(1, dtype=np.int64), zero, zero, zero)


def _alone_distance(geometry, volume, x, y, z, u, v, w):
    geometry.asked[0] += 1
    b = x * u + y * v + z * w
    c = geometry.radius * geometry.radius - (x * x + y * y + z * z)
    return max(math.sqrt(max(b * b + c, 0.0)) - b, 0.0), -1


LOCATE[Alone] = lambda geometry, x, y, z: 0
DISTANCE_TO_BOUNDARY[Alone] = _alone_distance
SAFETY[Alone] = lambda geometry, volume, x, y, z: max(geometry.radius - math.sqrt(x * x + y * y + z * z), 0.0)


def excess(geometry, volume, x, y, z):
    """Return how far a point is outside a volume."""
    return EXCESS_OF[type(geometry)](geometry, volume, x, y, z)


EXCESS_OF = by_type(excess)


def _slab_excess(geometry, volume, x, y, z):
    return max(geometry.surfaces[volume] - x, x - geometry.surfaces[volume + 1])


def _tube_excess(geometry, volume, x, y, z):
    r = math.sqrt(x * x + y * y)
    bounds = geometry.bounds
    across = max(bounds[4 * volume] - r, r - bounds[4 * volume + 1])
    return max(across, max(bounds[4 * volume + 2] - z, z - bounds[4 * volume + 3]))


EXCESS_OF[SlabStackParams] = _slab_excess
EXCESS_OF[Tubes] = _tube_excess
EXCESS_OF[Alone] = lambda geometry, volume, x, y, z: 0.0


@kernel
def follow(propagator, geometry, tally, kind, energy, starts, total, most, near_too, report, ends, met):
    """Follow tracks, starts float64[n, 6], for `total` mm in steps of at most `most`, or out of the world.

    near_too: 0 where no step is told how near the boundary is. Fills, for each track, `report` (as the
    columns above), `ends` (float64[n, 6]), and of its first crossings met[n, crossings, 4]: x, y, z, path.
    """
    for i in range(len(starts)):
        x, y, z, u, v, w = starts[i]
        volume = locate(geometry, x, y, z)
        track = Track(kind, energy, x, y, z, u, v, w, 0.0, 1.0, volume, np.uint64(1), 0)
        travelled = 0.0
        steps, crossings, still, stuck = 0, 0, 0, 0
        worst = 0.0
        while travelled < total and volume >= 0:
            near = near_too * safety(geometry, volume, track.x, track.y, track.z)
            track, path, behind = propagate(
                propagator, geometry, tally, track, min(most, total - travelled), near
            )
            travelled += path
            steps += 1
            still = still + 1 if path < 1e-9 else 0
            if still > STILL or steps > 1_000_000:
                stuck = 1
                break
            worst = max(worst, excess(geometry, volume, track.x, track.y, track.z))
            if behind != volume:
                if crossings < met.shape[1]:
                    met[i, crossings, 0], met[i, crossings, 1] = track.x, track.y
                    met[i, crossings, 2], met[i, crossings, 3] = track.z, travelled
                crossings += 1
                volume = behind
                track = placed(track, track.x, track.y, track.z, volume)
                if volume >= 0:
                    worst = max(worst, excess(geometry, volume, track.x, track.y, track.z))
        report[i, 0], report[i, 1], report[i, 2] = steps, crossings, stuck
        report[i, 3], report[i, 4], report[i, 5] = worst, travelled, volume
        ends[i, 0], ends[i, 1], ends[i, 2] = track.x, track.y, track.z
        ends[i, 3], ends[i, 4], ends[i, 5] = track.u, track.v, track.w


@kernel
def wander(propagator, geometry, tally, kind, energy, starts, lengths, turns, report):
    """Follow tracks as `follow`, and turn each after every step: starts float64[n, 6], turns [n, steps, 3].

    Those that hold no direction leave it alone (above 4) or turn the track along the nearest cylinder (2 to
    4). Columns of the report: as above, but `TRAVELLED` is the most steps in a row that went nowhere.
    """
    for i in range(len(starts)):
        x, y, z, u, v, w = starts[i]
        volume = locate(geometry, x, y, z)
        track = Track(kind, energy, x, y, z, u, v, w, 0.0, 1.0, volume, np.uint64(1), 0)
        steps, crossings, still, worst = 0, 0, 0, 0.0
        for k in range(lengths.shape[1]):
            near = safety(geometry, volume, track.x, track.y, track.z)
            track, path, behind = propagate(propagator, geometry, tally, track, lengths[i, k], near)
            steps += 1
            still = still + 1 if path < 1e-9 else 0
            report[i, 4] = max(report[i, 4], still)
            worst = max(worst, excess(geometry, volume, track.x, track.y, track.z))
            if behind != volume:
                crossings += 1
                volume = behind
                if volume < 0:
                    break
                worst = max(worst, excess(geometry, volume, track.x, track.y, track.z))
            u, v, w = turns[i, k]
            if u > 4.0:
                u, v, w = track.u, track.v, track.w
            elif u > 1.0:
                r = math.sqrt(track.x * track.x + track.y * track.y)
                u, v, w = -track.y / r, track.x / r, 0.0
            track = Track(
                kind, energy, track.x, track.y, track.z, u, v, w, 0.0, 1.0, volume, np.uint64(1), 0
            )  # fmt: skip
        report[i, 0], report[i, 1], report[i, 3], report[i, 5] = steps, crossings, worst, volume


class Followed(NamedTuple):
    """What came of tracks: arrays as `follow` fills them, and the counters by name."""

    report: np.ndarray
    ends: np.ndarray
    met: np.ndarray
    counters: dict[str, int]


def in_field(field, stepper, driver=GEANT4, regions=1, off_for=None, off_within=None):
    """Return the propagator."""
    if off_for is None:
        off_for, off_within = np.zeros((0, len(PARTICLES), regions), dtype=np.int64), np.zeros((0, 4))
    return InField(field, stepper, driver, charged_kinds(), off_for, off_within)


def followed(
    propagator, geometry, starts, total, most=math.inf, near_too=1.0, crossings=0, energy=ENERGY,
    kind=ELECTRON,
):  # fmt: skip
    starts = np.atleast_2d(np.asarray(starts, dtype=np.float64))
    n = len(starts)
    report, ends, met = np.zeros((n, 6)), np.zeros((n, 6)), np.full((n, crossings, 4), np.nan)
    tally = make_tally(1, int(geometry.volume_region.max()) + 2, 1)
    follow(
        propagator, geometry, tally, kind, energy, starts, float(total), float(min(most, 1e30)), near_too,
        report, ends, met,
    )  # fmt: skip
    counts = tally.counts[0, tally_columns(tally.regions, 1)["counters"]]
    return Followed(report, ends, met, dict(zip(COUNTERS, map(int, counts), strict=True)))


def wandered(propagator, geometry, starts, lengths, turns, energy):
    """Return (report, counters) of tracks that are turned after every step."""
    report = np.zeros((len(starts), 6))
    tally = make_tally(1, int(geometry.volume_region.max()) + 2, 1)
    wander(propagator, geometry, tally, ELECTRON, energy, starts, lengths, turns, report)
    counts = tally.counts[0, tally_columns(tally.regions, 1)["counters"]]
    return report, dict(zip(COUNTERS, map(int, counts), strict=True))


def on_circle(angle, x_centre=0.0, y_centre=0.0, radius=RADIUS):
    """Return a start at an angle of the circle about a centre, float64[6] or [n, 6]; an electron goes there
    anticlockwise in a field along +z."""
    c, s, zero = np.cos(angle), np.sin(angle), np.zeros_like(angle)
    return np.stack([x_centre + radius * c, y_centre + radius * s, zero, -s, c, zero], axis=-1)


def planes(edges):
    """Return slabs of vacuum between the planes, which are evenly spaced from x = 0."""
    return build_slab_stack(len(edges) - 1, [("a", "G4_Galactic", float(edges[1]))], 1e5).params


def uniform(stepper, driver=GEANT4):
    return in_field(Uniform(0.0, 0.0, STRENGTH), stepper, driver)


def reintegrating(driver):
    return driver._replace(dense=0)


def rings(radii, ends):
    """Return tubes of vacuum between the cylinders and planes given, the first cylinder being the axis."""
    layers = tuple(Layer(float(r), "G4_Galactic", "a") for r in radii[1:])
    zones = [
        Zone(float(radii[0]), float(radii[-1]), float(low), float(high), layers)
        for low, high in pairwise(ends)
    ]
    return build_tubes(zones, ("a",), ("a",), ("a",), 8).params
