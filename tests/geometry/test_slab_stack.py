"""Rays through a stack of slabs: where they go, how far, and that none is caught on a surface."""

import math

import numpy as np
import pytest

from simkit.geometry import (
    OUTSIDE,
    distance_to_boundary,
    distance_to_envelope,
    locate,
    safety,
)
from simkit.geometry.slab_stack import build_slab_stack
from simkit.jit import kernel
from simkit.readout import cell

MOST_STEPS = 10_000
SLABS = [("absorber", "G4_Pb", 2.3), ("gap", "G4_lAr", 5.7)]
THIRDS = [("a", "G4_Pb", 0.1), ("b", "G4_lAr", 0.2), ("a", "G4_Pb", 1.0 / 3.0)]

STACKS = {
    "testem3": build_slab_stack(50, SLABS, 400.0),
    "thin": build_slab_stack(200, THIRDS, 10.0),
    "one": build_slab_stack(1, [("all", "G4_Pb", 1e4)], 1.0),
}


@kernel
def walk(geometry, volume, x, y, z, u, v, w, lengths, out, row):
    """Follow a ray out; fill a row with (steps, steps of length 0, distance, last point); 0 steps: caught."""
    total = 0.0
    standing = 0
    for step in range(1, MOST_STEPS + 1):
        distance, next_volume = distance_to_boundary(geometry, volume, x, y, z, u, v, w)
        if not distance >= 0.0:
            return
        if distance == 0.0:
            standing += 1
        lengths[volume] += distance
        total += distance
        x += distance * u
        y += distance * v
        z += distance * w
        volume = next_volume
        if volume == OUTSIDE:
            out[row, 0] = step
            out[row, 1] = standing
            out[row, 2] = total
            out[row, 3] = x
            out[row, 4] = y
            out[row, 5] = z
            return


@kernel
def answers(geometry, readout, x, y, z, u, v, w, out):
    """Fill rows with volume, cell, safety and the distances to the boundary and to the envelope."""
    for i in range(len(x)):
        volume = locate(geometry, x[i], y[i], z[i])
        out[i, 0] = volume
        out[i, 1] = cell(readout, volume, x[i], y[i], z[i])
        out[i, 2] = safety(geometry, volume, x[i], y[i], z[i])
        out[i, 3], _ = distance_to_boundary(geometry, volume, x[i], y[i], z[i], u[i], v[i], w[i])
        out[i, 4] = distance_to_envelope(geometry, volume, x[i], y[i], z[i], u[i], v[i], w[i])


@kernel
def walk_all(geometry, x, y, z, u, v, w, out, lengths):
    for i in range(len(x)):
        volume = locate(geometry, x[i], y[i], z[i])
        walk(geometry, volume, x[i], y[i], z[i], u[i], v[i], w[i], lengths, out, i)


def walked(geometry, points, directions):
    out = np.zeros((len(points), 6))
    lengths = np.zeros(len(geometry.surfaces) - 1)
    walk_all(geometry, *points.T, *directions.T, out, lengths)
    return out, lengths


def way_out(geometry, points, directions):
    """Return the distance to the box's surface, a component below 1e-30 taken as none."""
    half = geometry.half_width
    low = np.array([0.0, -half, -half])
    high = np.array([geometry.surfaces[-1], half, half])
    with np.errstate(all="ignore"):
        ahead = np.where(directions > 0.0, high - points, low - points) / directions
    return np.where(np.abs(directions) < 1e-30, np.inf, ahead).min(axis=1)


def random_rays(geometry, n, seed=1):
    random = np.random.default_rng(seed)
    half = geometry.half_width
    points = random.uniform([0.0, -half, -half], [geometry.surfaces[-1], half, half], (n, 3))
    directions = random.standard_normal((n, 3))
    return points, directions / np.linalg.norm(directions, axis=1)[:, None]


AXES = np.concatenate([np.eye(3), -np.eye(3)])
TILTS = (1e-300, 5e-324, 1e-160, 1e-17, 1e-9)


def adversarial_directions():
    """Along the axes, in the planes, and a hair off both, in every sign."""
    rows = [*AXES]
    root = math.sqrt(0.5)
    for signs in np.array(np.meshgrid([1, -1], [1, -1], [1, -1])).reshape(3, -1).T:
        rows += [signs * np.array(d) for d in ((root, root, 0.0), (0.0, root, root), (root, 0.0, root))]
        rows += [signs * np.full(3, 1.0 / math.sqrt(3.0))]
        for tilt in TILTS:
            rows += [signs * np.array(d) for d in ((tilt, 1.0, 0.0), (1.0, tilt, 0.0), (0.0, tilt, 1.0))]
            rows += [signs * np.array(d) for d in ((tilt, tilt, 1.0), (1.0, tilt, tilt))]
    return np.array(rows)


def adversarial_points(geometry):
    """Planes, faces, edges and corners, exactly and a rounding error beside them."""
    half = geometry.half_width
    n = len(geometry.surfaces) - 1
    planes = geometry.surfaces[sorted({0, 1, n // 3, n // 2, n - 1, n})]
    xs = np.concatenate([planes, np.nextafter(planes, -np.inf), np.nextafter(planes, np.inf)])
    across = np.array([0.0, half, -half, np.nextafter(half, 0.0), -np.nextafter(half, 0.0)])
    points = np.array(np.meshgrid(xs, across, across)).reshape(3, -1).T
    inside = (points[:, 0] >= 0.0) & (points[:, 0] <= geometry.surfaces[-1])
    return points[inside]


@pytest.mark.parametrize("name", STACKS)
def test_random_rays(name):
    geometry = STACKS[name].params
    points, directions = random_rays(geometry, 20_000)
    out, lengths = walked(geometry, points, directions)
    exact = way_out(geometry, points, directions)
    assert (out[:, 0] > 0).all()
    assert out[:, 2] == pytest.approx(exact, rel=1e-10, abs=1e-9)
    assert out[:, 3:] == pytest.approx(points + exact[:, None] * directions, abs=1e-8)
    # one step for each volume on the way
    ends = points[:, 0] + exact * directions[:, 0]
    planes = geometry.surfaces[1:-1]
    crossed = np.abs(np.searchsorted(planes, points[:, 0]) - np.searchsorted(planes, ends))
    assert np.mean(out[:, 0] != 1 + crossed) < 1e-3  # but for ends in a corner
    assert out[:, 1].sum() == 0
    assert lengths.sum() == pytest.approx(exact.sum(), rel=1e-12)


@pytest.mark.parametrize("name", STACKS)
def test_length_in_each_slab_is_its_share(name):
    # Rays of a uniform isotropic flux inside a convex body cross its parts in proportion to their volume.
    # 20000 rays; slabs of each region together; 5 standard errors of the ray-to-ray spread.
    detector = STACKS[name]
    geometry = detector.params
    points, directions = random_rays(geometry, 20_000, seed=2)
    thickness = np.diff(geometry.surfaces)
    expected = np.bincount(geometry.volume_region, thickness) / thickness.sum()
    share = np.zeros((20, len(expected)))
    for group in range(20):
        rows = slice(1000 * group, 1000 * (group + 1))
        _, lengths = walked(geometry, points[rows], directions[rows])
        share[group] = np.bincount(geometry.volume_region, lengths) / lengths.sum()
    error = share.std(axis=0, ddof=1) / math.sqrt(20)
    assert (np.abs(share.mean(axis=0) - expected) <= 5.0 * error + 1e-12).all()


@pytest.mark.parametrize("name", STACKS)
def test_adversarial_rays_get_out(name):
    geometry = STACKS[name].params
    points = adversarial_points(geometry)
    for direction in adversarial_directions():
        directions = np.tile(direction, (len(points), 1))
        out, _ = walked(geometry, points, directions)
        assert (out[:, 0] > 0).all(), direction
        assert (out[:, 1] <= 2).all(), direction  # on a surface: once to cross it, once at a corner to leave
        # The end lies on the ray and on the surface; how far along, a rounding error over a tilt leaves open.
        ends = out[:, 3:]
        assert ends == pytest.approx(points + out[:, 2:3] * directions, abs=1e-9), direction
        depth = geometry.surfaces[-1]
        beside = np.abs(np.abs(ends[:, 1:]) - geometry.half_width).min(axis=1)
        assert np.minimum(beside, np.abs(ends[:, 0] * (ends[:, 0] - depth)) / depth).max() < 1e-9, direction
        if not ((np.abs(direction) > 1e-30) & (np.abs(direction) < 1e-3)).any():
            exact = way_out(geometry, points, directions)
            assert out[:, 2] == pytest.approx(exact, rel=1e-10, abs=1e-9), direction


@pytest.mark.parametrize("name", STACKS)
def test_a_point_a_hair_past_the_surface_just_crossed(name):
    # The volume index holds the truth: a track in `volume` whose x lies a rounding error outside of it.
    geometry = STACKS[name].params
    for volume in {0, (len(geometry.surfaces) - 1) // 2, len(geometry.surfaces) - 2}:
        low, high = geometry.surfaces[volume : volume + 2]
        for x, u in ((low * (1 - 1e-15) - 1e-15, 1.0), (high * (1 + 1e-15) + 1e-15, -1.0)):
            distance, next_volume = distance_to_boundary(geometry, volume, x, 0.0, 0.0, u, 0.0, 0.0)
            assert distance == pytest.approx(high - low, rel=1e-9)
            assert next_volume in (volume + int(u), OUTSIDE)
            # and back across the surface it came through
            distance, next_volume = distance_to_boundary(geometry, volume, x, 0.0, 0.0, -u, 0.0, 0.0)
            assert distance == 0.0
            assert next_volume in (volume - int(u), OUTSIDE)
            assert safety(geometry, volume, x, 0.0, 0.0) == 0.0
        past = geometry.half_width * (1 + 1e-15)
        assert distance_to_boundary(geometry, volume, low, past, 0.0, 0.0, 1.0, 0.0) == (0.0, OUTSIDE)
        distance, _ = distance_to_boundary(geometry, volume, low, past, 0.0, 0.0, -1.0, 0.0)
        assert distance == pytest.approx(2.0 * geometry.half_width)


@pytest.mark.parametrize("name", STACKS)
def test_locate_cell_and_safety(name):
    geometry = STACKS[name].params
    points, directions = random_rays(geometry, 50_000, seed=3)
    planes = adversarial_points(geometry)
    points = np.concatenate([points, planes])
    directions = np.concatenate([directions, np.tile([1.0, 0.0, 0.0], (len(planes), 1))])
    out = np.zeros((len(points), 5))
    answers(geometry, STACKS[name].readout, *points.T, *directions.T, out)
    volume = np.searchsorted(geometry.surfaces, points[:, 0], side="right") - 1
    volume = np.minimum(volume, len(geometry.surfaces) - 2)  # the back face belongs to the last slab
    assert (out[:, 0] == volume).all()
    assert (out[:, 1] == volume).all()
    assert (out[:, 2] >= 0.0).all()
    assert (out[:, 2] <= out[:, 3] * (1 + 1e-12) + 1e-12).all()  # safety is a lower bound
    assert (out[:, 3] <= out[:, 4] * (1 + 1e-12) + 1e-12).all()  # the envelope is not nearer
    assert out[:, 4] == pytest.approx(way_out(geometry, points, directions), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    "point",
    [(-1e-9, 0, 0), (400.0 + 1e-9, 0, 0), (1, 200.0 + 1e-9, 0), (1, 0, -200.0 - 1e-9)],
)
def test_outside(point):
    geometry = STACKS["testem3"].params
    assert locate(geometry, *map(float, point)) == OUTSIDE


def test_layout():
    detector = STACKS["testem3"]
    assert detector.regions == ("absorber", "gap", "world")
    assert detector.couples == (("G4_Pb", "absorber"), ("G4_lAr", "gap"))
    assert detector.layer_cells["gap"][:3] == ((1,), (3,), (5,))
    assert len(detector.layer_cells["absorber"]) == 50
    surfaces = detector.params.surfaces
    assert surfaces[-1] == 400.0
    assert np.abs(surfaces[::2] - 8.0 * np.arange(51)).max() == 0.0  # no rounding piles up
    # a region of two slabs has both in its layer; a material with one region is one couple
    thin = STACKS["thin"]
    assert thin.layer_cells["a"][1] == (3, 5)
    assert thin.couples == (("G4_Pb", "a"), ("G4_lAr", "b"))
