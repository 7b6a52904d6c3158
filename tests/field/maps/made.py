"""Fields as a scenario names them, and what Maxwell's equations ask of them."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

from simkit.field.maps.fields import FIELDS, build_field
from simkit.field.maps.section import FieldMap
from simkit.field.maps.tabulate import field_at_points
from simkit.sections import Section

COIL = {"kind": "solenoid", "strength_T": 2.0, "radius_mm": 1230.0, "length_mm": 5300.0}
WITH_RETURN = COIL | {"return_radii_mm": [2280.0, 4250.0], "return_length_mm": 5640.0}
TOROID = {"kind": "toroid", "strength_T": 1.0, "inner_mm": 500.0, "outer_mm": 2000.0, "length_mm": 4000.0}


class _Holding(Section):
    field: Annotated[FieldMap, FIELDS]


def section(keys: dict[str, Any]) -> FieldMap:
    """Return the section `[field]` with these keys."""
    return _Holding.read({"field": keys}, "").field


def built(keys: dict[str, Any]) -> Any:
    """Return the params of the field with these keys."""
    return build_field(section(keys))


def at(field: Any, *point: float) -> np.ndarray:
    """Return the field at one point."""
    return field_at_points(field, np.array(point))[0]


def derivatives(field: Any, points: np.ndarray, step: float = 2.0) -> np.ndarray:
    """Return dB_i / dx_j, [n, i, j] in T/mm, by central differences of fourth order."""
    columns = []
    for axis in np.eye(3):
        one, two = (
            field_at_points(field, points + k * step * axis)
            - field_at_points(field, points - k * step * axis)
            for k in (1, 2)
        )
        columns.append((8.0 * one - two) / (12.0 * step))
    return np.stack(columns, axis=-1)


def divergence(matrix: np.ndarray) -> np.ndarray:
    """Return div B of each matrix of derivatives."""
    return np.trace(matrix, axis1=1, axis2=2)


def curl(matrix: np.ndarray) -> np.ndarray:
    """Return curl B of each matrix of derivatives."""
    return np.stack(
        [matrix[:, (i + 2) % 3, (i + 1) % 3] - matrix[:, (i + 1) % 3, (i + 2) % 3] for i in range(3)], 1
    )
