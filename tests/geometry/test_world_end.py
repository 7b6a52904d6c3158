"""At the end of the world a track is gone when it heads out, and only then, whatever the rounding."""

import numpy as np
import pytest
from walks import isotropic, turn_at_the_end, unit

from simkit.geometry.atlas_like import OUTER_R, OUTER_Z, build_atlas_like
from simkit.geometry.slab_stack import build_slab_stack
from simkit.transport.lives.electron import ON_SURFACE

N = 20_000
DEPTH, WIDTH = 8.0 * 7, 30.0


def slabs():
    return build_slab_stack(7, [("a", "G4_Pb", 2.3), ("b", "G4_lAr", 5.7)], WIDTH).params


def slab_normals(points):
    """Return the outward normals of the faces that the points are on, float64[faces, n, 3]; 0 where not."""
    normals = np.zeros((6, len(points), 3))
    for face, (axis, sign, at) in enumerate(
        ((0, -1, 0.0), (0, 1, DEPTH), *((a, s, 0.5 * WIDTH) for a in (1, 2) for s in (-1, 1)))
    ):
        near = np.abs(sign * points[:, axis] - at) < 1e-10
        normals[face, near, axis] = sign
    return normals


def tube_normals(points):
    r = np.hypot(points[:, 0], points[:, 1])
    side, end = np.abs(r - OUTER_R[1]) < 1e-10, np.abs(np.abs(points[:, 2]) - OUTER_Z) < 1e-10
    normals = np.zeros((2, len(points), 3))
    normals[0, side, :2] = points[side, :2] / r[side, None]
    normals[1, end, 2] = np.sign(points[end, 2])
    return normals


@pytest.mark.parametrize("shape", ["slabs", "tubes"])
@pytest.mark.parametrize("turn", ["any way", "nearly along the surface", "towards an edge"])
def test_gone_is_what_heads_out(shape, turn):
    random = np.random.default_rng(3)
    if shape == "slabs":
        geometry, normals_of = slabs(), slab_normals
        starts = random.uniform((0.0, -0.5 * WIDTH, -0.5 * WIDTH), (DEPTH, 0.5 * WIDTH, 0.5 * WIDTH), (N, 3))
        edge = np.array([DEPTH, 0.5 * WIDTH, 0.0]) - starts
    else:
        geometry, normals_of = build_atlas_like().params, tube_normals
        starts = random.uniform(-1.0, 1.0, (N, 3)) * [0.7 * OUTER_R[1], 0.7 * OUTER_R[1], OUTER_Z]
        radial = unit(starts * [1.0, 1.0, 0.0])
        edge = radial * OUTER_R[1] + [0.0, 0.0, OUTER_Z] - starts
    directions = unit(edge) if turn == "towards an edge" else isotropic(random, N)
    report = np.zeros((N, 5))
    # first to find the points, then with the turns that belong to them
    turn_at_the_end(geometry, starts, directions, directions, ON_SURFACE, report)
    normals = normals_of(report[:, :3])
    assert (np.abs(normals).sum(axis=(0, 2)) > 0.5).all()  # all are on the end of the world
    turns = isotropic(random, N)
    if turn == "nearly along the surface":
        normal = unit(normals.sum(axis=0))
        tangent = unit(np.cross(normal, turns))
        turns = unit(
            tangent + 10.0 ** random.uniform(-14.0, -2.0, (N, 1)) * random.choice([-1, 1], (N, 1)) * normal
        )
    report[:] = 0.0
    turn_at_the_end(geometry, starts, directions, turns, ON_SURFACE, report)
    heading = np.where(normals.any(axis=2), (normals * turns).sum(axis=2), -np.inf)
    outward = heading.max(axis=0)  # of the face that it heads out of most
    gone = report[:, 3] == 1.0
    assert gone[outward > 0.2].all()  # 1e-10 mm from a face is on it
    assert not gone[outward < -1e-9].any()
    assert (outward < -1e-9).sum() > N // 20
    # What is not gone at once walks on through the volumes before it, and has no more than those to cross.
    assert (report[:, 4] < 10_000).all()
    assert (report[outward > 1e-6, 4] <= 3).all()
