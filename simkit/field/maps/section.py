"""Fields as the host sees them: sections of the scenario, and what they have in common."""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from simkit.sections import Section, Vector, numbers

SHORTEST_SCALE = 20.0  # mm; no field makes more substeps than one each such length


class FieldMap(Section):
    """The `[field]` section of one field; `kind` names it.

    A field derives from this, and registers in `simkit.field.FIELD_AT` what the field is at a point for the
    params it builds. Where its kernel has no value it returns NaN, which the driver counts and reports.
    """

    kind: str

    @abstractmethod
    def build(self) -> Any | None:
        """Return the NamedTuple that the kernels get; None for no field at all. Errors: BadInput."""

    def scale_mm(self, built: Any) -> float:
        """Return a length (mm) in which the field may change by itself, or begin and end; built: by `build`.

        No substep is longer, unless the scenario gives another: one that begins where there is no field and
        looks at a few points only would not see it.
        """
        return SHORTEST_SCALE


NAMED_AXES = {"x": (1.0, 0.0, 0.0), "y": (0.0, 1.0, 0.0), "z": (0.0, 0.0, 1.0)}


def _axis(value: Any) -> Any:
    if isinstance(value, str) and value in NAMED_AXES:
        return value
    vector = numbers(value, 3)
    if vector is None or not 1e-100 < math.hypot(*vector) < 1e100:
        raise ValueError('must be "x", "y", "z" or three finite numbers, not all 0')
    return vector


# A direction: a coordinate axis or a vector of any length.
Axis = Annotated[Literal["x", "y", "z"] | Vector, BeforeValidator(_axis)]

Strength = Annotated[float, Field(ge=-1000.0, le=1000.0)]  # tesla; far above any magnet's


def unit_vector(axis: str | Vector) -> Vector:
    """Return a direction as a vector of length 1."""
    if isinstance(axis, str):
        return NAMED_AXES[axis]
    length = math.hypot(*axis)
    return axis[0] / length, axis[1] / length, axis[2] / length
