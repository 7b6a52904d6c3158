"""Tracks by quantised state systems: the same circles and helices, surfaces and corners as by steps."""

import math

import numpy as np
import pytest
from test_in_field_surfaces import ENDS, RADII, circles, helices
from tracks_in_field import (
    CROSSINGS,
    EXCESS,
    GEANT4,
    RADIUS,
    STRENGTH,
    STUCK,
    TRAVELLED,
    TURN,
    VOLUME,
    alone,
    followed,
    in_field,
    on_circle,
    planes,
    rings,
)

from simkit.field.maps.uniform import Uniform
from simkit.field.steppers.qss import Qss2, Qss3
from simkit.tally import DRIFT_UNIT

CHORD, INTERSECTION = GEANT4.delta_chord, GEANT4.delta_intersection
# Errors are linear in the quanta: of the end after two turns, mm.
STEPPERS = {
    "qss2": (Qss2(1e-5, 1e-5, 1e-5, 20.0, 100_000), 0.02),
    "qss3": (Qss3(1e-6, 1e-6, 1e-6, 20.0, 100_000), 1e-3),
}
every = pytest.mark.parametrize("name", STEPPERS)


def quantised(name, driver=GEANT4):
    return in_field(Uniform(0.0, 0.0, STRENGTH), STEPPERS[name][0], driver)


@every
@pytest.mark.parametrize("count", [14, 15])
def test_circles_through_planes(name, count):
    n = 1000
    error = STEPPERS[name][1]
    rng = np.random.default_rng(count)
    edges = np.arange(count + 1) * (4.0 * RADIUS / 10)
    centre, starts = circles(n, edges, rng)
    found = followed(quantised(name), planes(edges), starts, 2.0 * TURN, crossings=8)

    assert not found.report[:, STUCK].any()
    assert (found.report[:, VOLUME] >= 0).all()
    assert found.report[:, TRAVELLED] == pytest.approx(2.0 * TURN, rel=1e-12)
    assert found.counters["limited_steps"] == found.counters["outside_field"] == 0
    assert found.report[:, EXCESS].max() <= CHORD + INTERSECTION
    away = np.abs(edges - centre[:, None])
    on = np.abs(edges - starts[:, :1]).min(axis=1) <= error
    crossings = found.report[:, CROSSINGS]
    assert (crossings >= 4 * (away < RADIUS - CHORD - error).sum(axis=1) - on).all()
    assert (crossings <= 4 * (away < RADIUS + error).sum(axis=1) + 2 * on).all()
    assert (crossings[~on] % 2 == 0).all()
    assert np.abs(found.ends[:, :3] - starts[:, :3]).max() < error
    x, y = found.met[..., 0], found.met[..., 1]
    met = np.isfinite(x)
    assert np.abs(x[met][:, None] - edges).min(axis=1).max() <= INTERSECTION
    assert np.abs(np.hypot(x - centre[:, None], y)[met] - RADIUS).max() < error


@every
@pytest.mark.parametrize("most", [math.inf, TURN / 7], ids=["whole", "sevenths"])
def test_helices_through_tubes(name, most):
    n = 600
    starts = helices(n, np.random.default_rng(4))[2]
    found = followed(quantised(name), rings(RADII, ENDS), starts, 2.0 * TURN, most=most, crossings=4)
    assert not found.report[:, STUCK].any()
    assert (found.report[:, VOLUME] >= 0).all()
    assert found.report[:, TRAVELLED] == pytest.approx(2.0 * TURN, rel=1e-12)
    assert found.report[:, EXCESS].max() <= CHORD + INTERSECTION
    x, y, z, _ = np.moveaxis(found.met, -1, 0)
    met = np.isfinite(x)
    off = np.abs(np.hypot(x, y)[met][:, None] - RADII[1:]).min(axis=1)
    assert np.minimum(off, np.abs(z[met][:, None] - ENDS).min(axis=1)).max() <= INTERSECTION


@every
def test_without_a_boundary_near_the_geometry_is_not_asked(name):
    geometry = alone()
    found = followed(quantised(name), geometry, on_circle(0.3), TURN)
    assert geometry.asked[0] == 0
    assert found.counters["qss_events_u"] > 10
    assert found.counters["qss_events_z"] == found.counters["qss_events_w"] == 0
    assert found.counters["field_evaluations"] > 1


@every
def test_too_many_events_end_a_step_where_it_is(name):
    stepper = STEPPERS[name][0]._replace(most_events=50)
    propagator = in_field(Uniform(0.0, 0.0, STRENGTH), stepper, GEANT4)
    found = followed(propagator, alone(), on_circle(0.3), TURN)
    assert found.report[0, TRAVELLED] == pytest.approx(TURN, rel=1e-12)  # in many steps
    assert found.counters["limited_steps"] > 3
    assert np.abs(found.ends[0, :3] - on_circle(0.3)[:3]).max() < 2.0 * STEPPERS[name][1]


@every
def test_the_drift_is_counted_where_a_boundary_ends_the_step_too(name):
    stepper = STEPPERS[name][0]
    coarse = stepper._replace(relative_quantum=1e-3, least_direction_quantum=1e-3)
    propagator = in_field(Uniform(0.0, 0.0, STRENGTH), coarse)
    edges = np.arange(15) * (4.0 * RADIUS / 10)
    found = followed(propagator, planes(edges), on_circle(0.3, edges[7]), TURN, crossings=1)
    ended = found.report[0, CROSSINGS] + 1
    assert found.report[0, 0] == ended  # every step but the last ends at a plane
    assert found.counters["momentum_drift"] * DRIFT_UNIT > 1e-6
