"""A plug-in: a ball of one material around the origin, a shape that simkit does not have."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import numpy as np

from simkit.geometry import (
    DISTANCE_TO_BOUNDARY,
    DISTANCE_TO_ENVELOPE,
    LOCATE,
    OUTSIDE,
    SAFETY,
    distance_to_envelope,
)
from simkit.geometry.detector import Detector, Shape
from simkit.readout.volumes import VolumeCells
from simkit.sections import Length


class BallParams(NamedTuple):
    """What the kernels know of it; mm."""

    radius: float
    volume_couple: np.ndarray
    volume_region: np.ndarray
    volume_envelope: np.ndarray


class Ball(Shape):
    """A ball around the origin."""

    kind: Literal["ball"]
    """The shape."""
    radius_mm: Length
    """Its radius."""
    material: str = "G4_Pb"
    """What it is made of."""

    def regions(self):
        return ("ball",)

    def materials(self):
        return {("material",): self.material}

    def bounds(self):
        return ((-self.radius_mm, self.radius_mm),) * 3

    def build(self):
        first = np.zeros(1, dtype=np.int64)
        return Detector(
            params=BallParams(float(self.radius_mm), first, first, first),
            readout=VolumeCells(1),
            regions=("ball", "world"),
            couples=((self.material, "ball"),),
            calorimeter=("ball",),
            sensitive=("ball",),
            cell_region=first,
            layer_cells={"ball": ((0,),)},
            envelopes=("ball",),
        )


def ball_locate(geometry, x, y, z):
    return 0 if x * x + y * y + z * z <= geometry.radius * geometry.radius else OUTSIDE


def ball_distance_to_envelope(geometry, volume, x, y, z, u, v, w):
    along = x * u + y * v + z * w
    inside = geometry.radius * geometry.radius - (x * x + y * y + z * z)
    return max(math.sqrt(max(along * along + inside, 0.0)) - along, 0.0)


def ball_distance_to_boundary(geometry, volume, x, y, z, u, v, w):
    return distance_to_envelope(geometry, volume, x, y, z, u, v, w), OUTSIDE


def ball_safety(geometry, volume, x, y, z):
    return max(geometry.radius - math.sqrt(x * x + y * y + z * z), 0.0)


LOCATE[BallParams] = ball_locate
DISTANCE_TO_BOUNDARY[BallParams] = ball_distance_to_boundary
DISTANCE_TO_ENVELOPE[BallParams] = ball_distance_to_envelope
SAFETY[BallParams] = ball_safety
SHAPES = [Ball]
