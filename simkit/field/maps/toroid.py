"""A toroid: the field circles an axis and falls as 1 / r, between two radii and two ends; outside it is zero.

That of many turns of wire around the tube (Ampere's law); its edges are sharp.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

import numpy as np

from simkit.field import FIELD_AT
from simkit.field.maps.potential import VECTOR_POTENTIAL
from simkit.field.maps.section import SHORTEST_SCALE, Axis, Strength, unit_vector
from simkit.field.stepping import Stepping
from simkit.sections import KeyPath, Length, Vector


class ToroidField(Stepping):
    """`[field] kind = "toroid"`: B = strength inner / r around an axis, within a tube."""

    kind: Literal["toroid"]
    """The field."""
    strength_T: Strength
    """At the inner radius, where it is largest. Positive: from x to y where the axis is z."""
    inner_mm: Length
    """The inner radius."""
    outer_mm: Length
    """The outer radius."""
    length_mm: Length
    """Of the tube, half of it on each side of the centre."""
    axis: Axis = "z"
    """"x", "y", "z" or a direction of any length."""
    centre_mm: Vector = (0.0, 0.0, 0.0)
    """The centre of the tube."""

    def problems(self) -> Iterator[tuple[KeyPath, str]]:
        """See simkit.sections.Section."""
        if self.outer_mm <= self.inner_mm:
            yield (
                ("outer_mm",),
                f"found {self.outer_mm:g}; must be more than inner_mm, which is {self.inner_mm:g}",
            )

    def scale_mm(self, built: Any) -> float:
        """See simkit.field.maps.section.FieldMap."""
        return max(SHORTEST_SCALE, 0.25 * min(self.outer_mm - self.inner_mm, self.length_mm))

    def build(self) -> Toroid:
        """See simkit.field.maps.section.FieldMap."""
        return Toroid(
            *self.centre_mm,
            *unit_vector(self.axis),
            inner_square=self.inner_mm * self.inner_mm,
            outer_square=self.outer_mm * self.outer_mm,
            half_length=0.5 * self.length_mm,
            strength=self.strength_T * self.inner_mm,
        )


class Toroid(NamedTuple):
    """What the kernel knows: centre (mm), unit axis, radii squared (mm^2), half length (mm), B r (T mm)."""

    x: float
    y: float
    z: float
    u: float
    v: float
    w: float
    inner_square: float
    outer_square: float
    half_length: float
    strength: float


def _toroid(field, x, y, z):
    x, y, z = x - field.x, y - field.y, z - field.z
    along = field.u * x + field.v * y + field.w * z
    x, y, z = x - along * field.u, y - along * field.v, z - along * field.w
    square = x * x + y * y + z * z
    if not (field.inner_square <= square <= field.outer_square and abs(along) <= field.half_length):
        return 0.0, 0.0, 0.0
    k = field.strength / square
    return (
        k * (field.v * z - field.w * y),
        k * (field.w * x - field.u * z),
        k * (field.u * y - field.v * x),
    )


def _toroid_potential(field: Toroid, point: np.ndarray) -> np.ndarray:
    """A = -k ln(r / 1 mm) along the axis, within the tube."""
    axis = np.array([field.u, field.v, field.w])
    offset = point - np.array([field.x, field.y, field.z])
    across = offset - (offset @ axis) * axis
    return -field.strength * 0.5 * np.log(across @ across) * axis


FIELD_AT[Toroid] = _toroid
VECTOR_POTENTIAL[Toroid] = _toroid_potential
