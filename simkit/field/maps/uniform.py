"""The same field everywhere."""

from __future__ import annotations

import math
from typing import Any, Literal, NamedTuple

import numpy as np

from simkit.field import FIELD_AT
from simkit.field.maps.potential import VECTOR_POTENTIAL
from simkit.field.maps.section import Axis, Strength, unit_vector
from simkit.field.stepping import Stepping


class UniformField(Stepping):
    """`[field] kind = "uniform"`: the same field everywhere."""

    kind: Literal["uniform"]
    """The field."""
    strength_T: Strength
    """Negative: against the axis."""
    axis: Axis = "z"
    """"x", "y", "z" or a direction of any length, such as [0, 1, 1]."""

    def scale_mm(self, built: Any) -> float:
        """See simkit.field.maps.section.FieldMap."""
        return math.inf

    def build(self) -> Uniform:
        """See simkit.field.maps.section.FieldMap."""
        x, y, z = unit_vector(self.axis)
        return Uniform(self.strength_T * x, self.strength_T * y, self.strength_T * z)


class Uniform(NamedTuple):
    """Components in tesla."""

    x: float
    y: float
    z: float


def _uniform(field, x, y, z):
    return field.x, field.y, field.z


def _uniform_potential(field: Uniform, point: np.ndarray) -> np.ndarray:
    """A = B x r / 2: around the axis, A_phi = B r / 2."""
    return 0.5 * np.cross([field.x, field.y, field.z], point)


FIELD_AT[Uniform] = _uniform
VECTOR_POTENTIAL[Uniform] = _uniform_potential
