"""Circles and helices through planes and cylinders: no track lost, none stuck, no surface skipped.

The surfaces are touched, grazed and met at corners. In a uniform field all crossings are known exactly; those
of a surface that a track passes by less than DeltaChord may be seen or not, in pairs.
"""

import math

import numpy as np
import pytest
from tracks_in_field import (
    CROSSINGS,
    EXCESS,
    GEANT4,
    RADIUS,
    STEPPERS,
    STUCK,
    TRAVELLED,
    TURN,
    VOLUME,
    followed,
    on_circle,
    planes,
    rings,
    uniform,
    wandered,
)

from simkit.field.driver import PRESETS

PRECISE = GEANT4._replace(epsilon_min=1e-5, epsilon_max=1e-5)
CHORD, INTERSECTION = GEANT4.delta_chord, GEANT4.delta_intersection
TURNS = 2
SEARCHES = pytest.mark.parametrize("dense", [1, 0], ids=["dense output", "re-integration"])
NEAR_EXACT = 1e-3  # mm: all steppers after two turns at PRECISE


def circles(n, edges, rng):
    """Return (centres, starts): touching a plane from below or above, anywhere, and starting on a plane."""
    kind = np.arange(n) % 4
    aim = edges[rng.integers(3, len(edges) - 3, n)]
    off = rng.uniform(-CHORD, CHORD, n)
    off[::5] = 0.0
    centre = rng.uniform(edges[1] + RADIUS, edges[-2] - RADIUS, n)
    touching = np.where(kind == 0, aim - RADIUS, aim + RADIUS) + off
    fits = (kind < 2) & (edges[1] + RADIUS < touching) & (touching < edges[-2] - RADIUS)
    centre = np.where(fits, touching, centre)
    angle = rng.uniform(0.0, 2.0 * math.pi, n)
    # a third begins at the very point that touches
    angle = np.where(fits & (rng.random(n) < 0.33), np.where(kind == 0, 0.0, math.pi), angle)
    on = (kind == 3) & (np.abs(aim - centre) < RADIUS)
    across = np.clip((aim - centre) / RADIUS, -1.0, 1.0)
    angle = np.where(on, np.arccos(across) * rng.choice([-1.0, 1.0], n), angle)
    starts = on_circle(angle, centre)
    starts[on, 0] = aim[on]
    return centre, starts


@SEARCHES
@pytest.mark.parametrize("name", STEPPERS)
@pytest.mark.parametrize("count", [14, 15])
def test_circles_through_planes(name, count, dense):
    """10^5 circles through evenly spaced planes, an even and an odd number of them, of all steppers."""
    n = 5_000
    rng = np.random.default_rng(count + dense)
    edges = np.arange(count + 1) * (4.0 * RADIUS / 10)
    centre, starts = circles(n, edges, rng)
    most = rng.choice([math.inf, TURN / 7])
    propagator = uniform(STEPPERS[name], PRECISE._replace(dense=dense))
    found = followed(propagator, planes(edges), starts, TURNS * TURN, most=most, crossings=8)

    assert not found.report[:, STUCK].any()
    assert (found.report[:, VOLUME] >= 0).all()
    assert found.report[:, TRAVELLED] == pytest.approx(TURNS * TURN, rel=1e-12)
    assert found.counters["limited_steps"] == found.counters["outside_field"] == 0
    # Its volume is the one that it is in: had a plane been skipped, it would be a whole slab off.
    assert found.report[:, EXCESS].max() <= CHORD
    away = np.abs(edges - centre[:, None])
    on = np.abs(edges - starts[:, :1]).min(axis=1) <= INTERSECTION  # it may be crossed there, at both ends
    seen = 2 * TURNS * (away < RADIUS - CHORD - NEAR_EXACT).sum(axis=1)
    possible = 2 * TURNS * (away < RADIUS + NEAR_EXACT).sum(axis=1)
    crossings = found.report[:, CROSSINGS]
    assert (crossings >= seen - on).all()
    assert (crossings <= possible + 2 * on).all()
    assert (crossings[~on] % 2 == 0).all()
    assert np.abs(found.ends[:, :3] - starts[:, :3]).max() < NEAR_EXACT

    # Where it crossed: on a plane, and on the circle.
    x, y, _, path = np.moveaxis(found.met, -1, 0)
    met = np.isfinite(x)
    assert np.abs(x[met][:, None] - edges).min(axis=1).max() <= INTERSECTION
    assert np.abs(np.hypot(x - centre[:, None], y)[met] - RADIUS).max() < NEAR_EXACT
    begin = np.arctan2(starts[:, 1], starts[:, 0] - centre)[:, None]
    exact = on_circle(begin + path / RADIUS, centre[:, None])
    assert np.abs(exact[..., 0] - x)[met].max() < NEAR_EXACT
    assert np.abs(exact[..., 1] - y)[met].max() < NEAR_EXACT


RADII = np.arange(0.0, 441.0, 40.0)
ENDS = np.arange(-2000.0, 2001.0, 25.0)


def helices(n, rng):
    """Return (distance of the axis from z, radius, starts, whether it meets a corner) of helices.

    In turn: anywhere; touching a cylinder from within and from without; through corners; circles in a plane
    across; starting on a cylinder; starting on a corner.
    """
    kind = np.arange(n) % 6
    w = rng.uniform(-0.9, 0.9, n)
    w[kind == 4] = 0.0
    turning = np.sqrt(1.0 - w * w)
    radius = RADIUS * turning
    aim = RADII[rng.integers(3, 9, n)]
    off = rng.uniform(-CHORD, CHORD, n)
    off[::5] = 0.0
    away = rng.uniform(0.0, RADII[-1] - RADIUS - 5.0, n)
    touching = np.where(np.arange(n) % 12 < 6, aim - radius, aim + radius) + off
    fits = np.isin(kind, (1, 4)) & (touching > 0.0) & (touching + radius < RADII[-1] - 1.0)
    away = np.where(fits, touching, away)
    # The angle at which the cylinder `aim` is met, from the axis of the helix; 0 is straight outwards.
    cosine = (aim * aim - away * away - radius * radius) / (2.0 * away * radius)
    meets = np.abs(cosine) < 1.0
    at = np.arccos(np.clip(cosine, -1.0, 1.0)) * rng.choice([-1.0, 1.0], n)
    starts_on = meets & (kind >= 4)
    corner = meets & np.isin(kind, (2, 3, 5))
    ahead = np.where(kind == 5, 0.0, rng.uniform(0.0, TURN, n))
    angle = np.where(corner, at - ahead / RADIUS, np.where(starts_on, at, rng.uniform(0.0, 6.28, n)))
    z = np.where(corner, ENDS[rng.integers(76, 85, n)] - w * ahead, rng.uniform(-100.0, 100.0, n))
    starts = on_circle(angle, away, 0.0, radius)
    starts[:, 3:5] *= turning[:, None]
    starts[:, 5] = w
    starts[:, 2] = z
    phi = rng.choice([0.0, 0.5 * math.pi, 1.234], n)
    c, s = np.cos(phi), np.sin(phi)
    for i in (0, 3):
        x, y = starts[:, i].copy(), starts[:, i + 1].copy()
        starts[:, i], starts[:, i + 1] = c * x - s * y, s * x + c * y
    return away, radius, starts, corner


@SEARCHES
@pytest.mark.parametrize("name", ["helix", "dormand-prince"])
@pytest.mark.parametrize("most", [math.inf, TURN / 7], ids=["whole", "sevenths"])
def test_helices_through_tubes(name, dense, most):
    n = 12_000
    rng = np.random.default_rng(3 + dense)
    away, radius, starts, corner = helices(n, rng)
    geometry = rings(RADII, ENDS)
    propagator = uniform(STEPPERS[name], PRECISE._replace(dense=dense))
    found = followed(propagator, geometry, starts, TURNS * TURN, most=most, crossings=4)

    assert not found.report[:, STUCK].any()
    assert (found.report[:, VOLUME] >= 0).all()
    assert found.report[:, TRAVELLED] == pytest.approx(TURNS * TURN, rel=1e-12)
    assert found.counters["limited_steps"] == found.counters["outside_field"] == 0
    assert found.report[:, EXCESS].max() <= CHORD
    cylinders = RADII[1:]
    low, high = np.abs(away - radius)[:, None], (away + radius)[:, None]

    def between(inner, outer, margin):
        """Count cylinders that are met by more than a margin."""
        return ((cylinders > inner + margin) & (cylinders < outer - margin)).sum(axis=1)

    z = np.sort(np.stack([starts[:, 2], starts[:, 2] + TURNS * TURN * starts[:, 5]]), axis=0)[..., None]
    seen = 2 * TURNS * between(low, high, CHORD + NEAR_EXACT)
    possible = 2 * TURNS * between(low, high, -NEAR_EXACT)
    seen += ((z[0] + INTERSECTION < ENDS) & (z[1] - INTERSECTION > ENDS)).sum(axis=1)
    possible += ((z[0] - INTERSECTION < ENDS) & (z[1] + INTERSECTION > ENDS)).sum(axis=1)
    r = np.hypot(starts[:, 0], starts[:, 1])[:, None]
    on = np.abs(cylinders - r).min(axis=1) <= INTERSECTION
    crossings = found.report[:, CROSSINGS]
    assert corner.sum() > n / 6
    assert (crossings >= seen - on).all()
    assert (crossings <= possible + 2 * on).all()
    x, y, z, _ = np.moveaxis(found.met, -1, 0)
    met = np.isfinite(x)
    off = np.abs(np.hypot(x, y)[met][:, None] - cylinders).min(axis=1)
    off = np.minimum(off, np.abs(z[met][:, None] - ENDS).min(axis=1))
    assert off.max() <= INTERSECTION


THIN = np.concatenate([[0.0], np.arange(20.0, 40.0, 0.05)])  # layers thinner than DeltaChord


@SEARCHES
@pytest.mark.parametrize("energy", [50.0, 1.0, 1e-3])  # radii of 84, 2.4 and 0.05 mm
@pytest.mark.parametrize("radii", [RADII, THIN], ids=["thick", "thin"])
def test_tracks_that_scatter_at_surfaces(radii, energy, dense):
    """They turn after every step, back or along the surface too, and are always in the volume they say."""
    n, steps = 1000, 60
    rng = np.random.default_rng(17)
    r = rng.uniform(25.0, 0.95 * radii[-1], n)
    phi = rng.uniform(0.0, 2.0 * math.pi, n)
    way = rng.normal(size=(n, 3))
    way /= np.linalg.norm(way, axis=1)[:, None]
    starts = np.column_stack([r * np.cos(phi), r * np.sin(phi), rng.uniform(-9.0, 9.0, n), way])
    turns = rng.normal(size=(n, steps, 3))
    choice = rng.random((n, steps))
    turns[choice < 0.2, 2] = 0.0  # along the planes
    turns /= np.linalg.norm(turns, axis=-1)[..., None]
    turns[choice > 0.9], turns[choice < 0.1] = 9.0, 3.0
    lengths = 10.0 ** rng.uniform(-3.0, 2.0 if energy > 0.1 else 0.5, (n, steps))
    report, counters = wandered(
        uniform(STEPPERS["helix"], GEANT4._replace(dense=dense)),
        rings(radii, ENDS[60:101] if radii is RADII else np.arange(-10.0, 10.1, 2.0)),
        starts,
        lengths,
        turns,
        energy,
    )
    assert report[:, CROSSINGS].sum() > 300
    assert report[:, EXCESS].max() < 2.0 * INTERSECTION
    assert report[:, TRAVELLED].max() < 20  # a track is turned back into a surface again and again by chance
    assert counters["limited_steps"] == 0


@pytest.mark.parametrize("preset", ["strict", "intermediate", "loose"])
def test_boundaries_are_met_as_closely_as_the_driver_says(preset):
    """And where dense output and re-integration both say, to the steppers' error."""
    driver = PRESETS[preset]
    edges = np.arange(16) * (4.0 * RADIUS / 10)
    _, starts = circles(500, edges, np.random.default_rng(8))
    met = []
    for dense in (1, 0):
        propagator = uniform(STEPPERS["dormand-prince"], driver._replace(dense=dense))
        found = followed(propagator, planes(edges), starts, TURN, crossings=8)
        x = found.met[..., 0]
        off = np.abs(x[np.isfinite(x)][:, None] - edges).min(axis=1)
        assert off.max() <= driver.delta_intersection
        met.append(found)
    same = met[0].report[:, CROSSINGS] == met[1].report[:, CROSSINGS]
    assert same.mean() > 0.9  # grazing ones may be seen by one alone
    difference = np.linalg.norm(met[0].met[same] - met[1].met[same], axis=-1)
    assert np.nanmax(difference) <= driver.delta_intersection
