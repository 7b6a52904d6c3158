"""Rays and walks through a detector of tubes, for tests."""

import math

import numpy as np

from simkit.geometry import distance_to_boundary, locate, safety
from simkit.jit import kernel

# Where a step is shorter than this (mm), its middle may be nearer to a surface than rounding is.
SHORT = 1e-2


@kernel
def in_another_volume(geometry, volume, x, y, z):
    """Return whether a point is located in another volume, and that not because it lies on the surface."""
    if locate(geometry, x, y, z) == volume:
        return False
    bounds = geometry.bounds
    r = math.hypot(x, y)
    across = min(r - bounds[4 * volume], bounds[4 * volume + 1] - r)
    along = min(z - bounds[4 * volume + 2], bounds[4 * volume + 3] - z)
    return abs(min(across, along)) > 1e-9


@kernel
def walk_straight(geometry, starts, directions, report, lengths):
    """Walk each ray to the end of the world; report its (length, steps, steps of no length, disagreements).

    A disagreement is a step whose middle is not in the volume that the step was made in, or whose safety is
    larger than the step. Lengths by volume are added up.
    """
    for i in range(starts.shape[0]):
        x, y, z = starts[i]
        u, v, w = directions[i]
        volume = locate(geometry, x, y, z)
        while volume >= 0 and report[i, 1] < 10_000:
            near = safety(geometry, volume, x, y, z)
            distance, behind = distance_to_boundary(geometry, volume, x, y, z, u, v, w)
            half = 0.5 * distance
            elsewhere = in_another_volume(geometry, volume, x + half * u, y + half * v, z + half * w)
            report[i, 0] += distance
            report[i, 1] += 1
            report[i, 2] += distance < 1e-9
            report[i, 3] += (distance > SHORT and elsewhere) or near > distance + 1e-9
            lengths[volume] += distance
            x += distance * u
            y += distance * v
            z += distance * w
            volume = behind


@kernel
def walk_with_turns(geometry, starts, directions, turns, stops, report):
    """Walk as above, but turn to turns[i, k] after the k-th step, which ends at the fraction stops[i, k].

    A stop of 1 is on the boundary, with the volume behind it entered. The walk ends straight. Reports (steps,
    disagreements, 1 if it ended outside the world).
    """
    for i in range(starts.shape[0]):
        x, y, z = starts[i]
        u, v, w = directions[i]
        volume = locate(geometry, x, y, z)
        steps = 0
        while volume >= 0 and steps < 10_000:
            distance, behind = distance_to_boundary(geometry, volume, x, y, z, u, v, w)
            half = 0.5 * distance
            elsewhere = in_another_volume(geometry, volume, x + half * u, y + half * v, z + half * w)
            report[i, 1] += distance > SHORT and elsewhere
            part = stops[i, steps] if steps < stops.shape[1] else 1.0
            x += part * distance * u
            y += part * distance * v
            z += part * distance * w
            if part == 1.0:
                volume = behind
            if steps < turns.shape[1]:
                u, v, w = turns[i, steps]
            steps += 1
        report[i, 0] = steps
        report[i, 2] = volume < 0


@kernel
def turn_at_the_end(geometry, starts, directions, turns, on_surface, report):
    """Walk each ray to the end of the world and turn it there to turns[i]; walk on as long as it is not gone.

    It is gone as for an electron: where OUTSIDE is not farther than on_surface (mm). Reports (x, y, z at the
    end of the world, 1 if it was gone there at once, boundaries at which it was not gone before it was).
    """
    for i in range(starts.shape[0]):
        x, y, z = starts[i]
        u, v, w = directions[i]
        volume = locate(geometry, x, y, z)
        turned = False
        while report[i, 4] < 10_000:
            distance, behind = distance_to_boundary(geometry, volume, x, y, z, u, v, w)
            if turned and behind < 0 and distance <= on_surface:
                report[i, 3] = report[i, 4] == 0
                break
            report[i, 4] += turned
            x += distance * u
            y += distance * v
            z += distance * w
            if behind >= 0:
                volume = behind
            elif not turned:
                turned = True
                u, v, w = turns[i]
                report[i, 0] = x
                report[i, 1] = y
                report[i, 2] = z


def straight_length(starts, directions, radius, half_length):
    """Return the lengths of rays from inside a cylinder to its surface."""
    a = directions[:, 0] ** 2 + directions[:, 1] ** 2
    b = starts[:, 0] * directions[:, 0] + starts[:, 1] * directions[:, 1]
    r = np.hypot(starts[:, 0], starts[:, 1])
    root = np.sqrt(np.maximum(b * b - a * (r - radius) * (r + radius), 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        across = np.where(b > 0.0, (radius - r) * (radius + r) / (root + b), (root - b) / a)
        along = (np.copysign(half_length, directions[:, 2]) - starts[:, 2]) / directions[:, 2]
    return np.fmin(np.where(a > 0.0, across, math.inf), np.where(directions[:, 2] != 0.0, along, math.inf))


def isotropic(rng, *shape):
    """Return random directions, float64[*shape, 3]."""
    vectors = rng.normal(size=(*shape, 3))
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def unit(vectors):
    """Return the vectors with length 1."""
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
