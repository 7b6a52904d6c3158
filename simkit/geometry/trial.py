"""Tries a plug-in's detector out before kernels, which check no index, are let loose on it.

Points all over it go through the verbs of simkit.geometry and simkit.readout, called as plain Python: nothing
is compiled for that. What raises there and not in a kernel, such as a division by zero, is passed over.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import numpy as np

from simkit.errors import BadInput, shown
from simkit.geometry import (
    OUTSIDE,
    distance_to_boundary,
    distance_to_envelope,
    locate,
    locate_all,
    safety,
)
from simkit.geometry.detector import Box, Detector
from simkit.readout import cell

POINTS = 300
FARTHEST_MM = 1e5  # of points around the origin, where a shape does not say where it is
TOUCHING = 1e-9  # relative


def try_out(what: str, detector: Detector, bounds: Box | None) -> None:
    """Raise BadInput where a shape's verbs give what cannot be."""
    last = len(detector.params.volume_region) - 1
    stuck = inside = 0
    for (x, y, z), direction in zip(_points(bounds), _directions()):
        with _passed_over(what, "its verbs", x, y, z):
            volume = locate(detector.params, x, y, z)
            _check_number(f"{what}: locate", volume, OUTSIDE, last, x, y, z)
            if volume == OUTSIDE:
                continue
            point = detector.params, int(volume), x, y, z
            distance, behind = distance_to_boundary(*point, *direction)
            _check_length(f"{what}: distance_to_boundary", distance, volume, x, y, z)
            _check_number(f"{what}: the volume that distance_to_boundary", behind, OUTSIDE, last, x, y, z)
            _check_length(
                f"{what}: distance_to_envelope", distance_to_envelope(*point, *direction), volume, x, y, z
            )
            near = safety(*point)
            _check_length(f"{what}: safety", near, volume, x, y, z)
            if near > distance * (1.0 + TOUCHING) + TOUCHING:
                raise BadInput(
                    f"{what}: safety is {near:g} mm at {_place(x, y, z)} in volume {volume}, a boundary "
                    f"{distance:g} mm away; it must not be more than the distance to the nearest"
                )
            inside += 1
            stuck += distance == 0.0
    if stuck > inside / 2:
        raise BadInput(f"{what}: distance_to_boundary is 0 at most points, where no boundary is; correct it")


def try_out_cells(what: str, detector: Detector, bounds: Box | None) -> None:
    """Raise BadInput where a readout gives no cell of the region that a point is in."""
    points = np.array(list(_points(bounds)))
    volumes = np.zeros(len(points), dtype=np.int64)
    locate_all(detector.params, *np.ascontiguousarray(points.T), volumes)
    regions = detector.params.volume_region
    for (x, y, z), volume in zip(points.tolist(), volumes.tolist()):
        if volume == OUTSIDE:
            continue
        with _passed_over(what, "cell", x, y, z):
            found = cell(detector.readout, volume, x, y, z)
            _check_number(f"{what}: cell", found, 0, len(detector.cell_region) - 1, x, y, z)
            if detector.cell_region[found] != regions[volume]:
                of, wanted = (detector.regions[i] for i in (detector.cell_region[found], regions[volume]))
                raise BadInput(
                    f"{what}: cell is {found} at {_place(x, y, z)}, of region {of!r}; volume {volume} "
                    f"there is of {wanted!r}"
                )


class _passed_over(suppress):
    """Passes over what Python alone raises; an index beyond an array is a fault."""

    def __init__(self, what: str, verb: str, x: float, y: float, z: float) -> None:
        super().__init__(Exception)
        self._place = f"{what}: {verb} at {_place(x, y, z)}"

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        if isinstance(error, BadInput):
            return False
        if isinstance(error, IndexError):
            raise BadInput(f"{self._place}: {error}; correct it") from error
        return bool(super().__exit__(kind, error, trace))


def _points(bounds: Box | None) -> Iterator[tuple[float, float, float]]:
    """Yield points (mm) within bounds, or at all distances from the origin."""
    random = np.random.default_rng(1)
    if bounds is None:
        radii = 10.0 ** random.uniform(-1.0, math.log10(FARTHEST_MM), POINTS)
        points = np.array(list(_directions(2))) * radii[:, None]
    else:
        low, high = np.array(bounds, dtype=float).T
        points = random.uniform(low, high, (POINTS, 3))
    yield from map(tuple, points.tolist())


def _directions(seed: int = 3) -> Iterator[tuple[float, float, float]]:
    normal = np.random.default_rng(seed).normal(size=(POINTS, 3))
    yield from map(tuple, (normal / np.linalg.norm(normal, axis=1)[:, None]).tolist())


def _check_number(what: str, found: Any, low: int, high: int, x: float, y: float, z: float) -> None:
    if not isinstance(found, (int, np.integer)):
        raise BadInput(f"{what} gives {shown(found)} at {_place(x, y, z)}; it must be a whole number")
    if not low <= found <= high:
        raise BadInput(f"{what} gives {found} at {_place(x, y, z)}, allowed {low}..{high}")


def _check_length(what: str, found: Any, volume: int, x: float, y: float, z: float) -> None:
    if not 0.0 <= found < math.inf:
        raise BadInput(
            f"{what} is {found:g} at {_place(x, y, z)} in volume {volume}; it must be finite, 0 or more"
        )


def _place(x: float, y: float, z: float) -> str:
    return f"({x:g}, {y:g}, {z:g}) mm"
