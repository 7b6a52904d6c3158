"""A calorimeter of repeated layers as fast simulation sees it: the same few slabs, again and again.

Slabs along x or tubes around z. What happened behind one layer can be put behind another.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from simkit.errors import BadInput
from simkit.geometry.detector import Detector
from simkit.geometry.slab_stack import SlabStackParams
from simkit.geometry.tubes import R_IN, R_OUT, Z_HIGH, Z_LOW, Tubes
from simkit.jit import inlined, merged

ROUNDING = 1e-6  # mm, between layers that are alike
MEND = "take a slab_stack or a tube_stack"


class Stack(NamedTuple):
    """The layers, each of `slabs` volumes that follow each other from `first` on.

    curved: 1 for tubes around z, else 0. surfaces: float64[volumes + 1], their radii or x (mm). half: how far
    the stack reaches to both sides (mm), in z for tubes.
    """

    curved: int
    surfaces: np.ndarray
    first: int
    slabs: int
    half: float


def build_stack(detector: Detector) -> Stack:
    """Return the layers of a detector. Errors: BadInput where there are none that repeat."""
    params = detector.params
    if isinstance(params, SlabStackParams):
        return Stack(0, params.surfaces, 0, params.slabs, params.half_width)
    if not isinstance(params, Tubes):
        raise BadInput(f"fastsim: layers that repeat are needed, not a {type(params).__name__}; {MEND}")
    inside = [detector.regions.index(name) for name in detector.calorimeter]
    volumes = np.flatnonzero(np.isin(params.volume_region, inside))
    bounds = params.bounds.reshape(-1, 4)[volumes]
    touching = np.abs(bounds[1:, R_IN] - bounds[:-1, R_OUT]) < ROUNDING
    alike = (bounds[:, Z_LOW] == -bounds[:, Z_HIGH]) & (bounds[:, Z_HIGH] == bounds[0, Z_HIGH])
    if not (touching.all() and alike.all() and (np.diff(volumes) == 1).all()):
        raise BadInput(f"fastsim: layers that repeat are needed, these tubes do not; {MEND}")
    surfaces = np.append(bounds[:, R_IN], bounds[-1, R_OUT])
    couples, thickness = params.volume_couple[volumes], np.diff(surfaces)
    for slabs in range(1, len(volumes) + 1):
        layers = len(volumes) // slabs
        if (
            layers * slabs == len(volumes)
            and (couples.reshape(layers, slabs) == couples[:slabs]).all()
            and np.ptp(thickness.reshape(layers, slabs), axis=0).max() < ROUNDING
        ):
            break
    return Stack(1, np.ascontiguousarray(surfaces), int(volumes[0]), slabs, float(bounds[0, Z_HIGH]))


def slabs_of(detector: Detector, stack: Stack) -> list[tuple[str, float]]:
    """Return (material, thickness in mm) of the slabs of a layer."""
    couples = detector.params.volume_couple[stack.first : stack.first + stack.slabs]
    thickness = np.diff(stack.surfaces[: stack.slabs + 1])
    return [(detector.couples[c][0], round(float(t), 6)) for c, t in zip(couples, thickness)]


@inlined
def frame(stack, track):
    """Return (depth, cosine, sine) of the place of a track: radius and azimuth, or x and no azimuth."""
    if stack.curved == 0:
        return track.x, 1.0, 0.0
    radius = math.sqrt(track.x * track.x + track.y * track.y)
    return radius, track.x / radius, track.y / radius


@inlined
def across(stack, cosine, sine, track):
    """Return a track's direction in the frame: along the normal of its layer, then two across."""
    return track.u * cosine + track.v * sine, track.v * cosine - track.u * sine, track.w


@merged
def spot(stack, cosine, sine, track, depth, a, b):
    """Return (x, y, z, inside) of a point at a depth, (a, b) mm across from where a track is."""
    if stack.curved == 0:
        y, z = track.y + a, track.z + b
        return depth, y, z, abs(y) <= stack.half and abs(z) <= stack.half
    along = math.sqrt(max(depth * depth - a * a, 0.0))
    z = track.z + b
    return along * cosine - a * sine, along * sine + a * cosine, z, abs(z) <= stack.half
