"""A field from a table: around an axis (r, z) or in space (x, y, z), linear in each between points.

One cell is looked up for a point: on an axis with even steps by a product, on others through bins
(simkit.edge_lists). Such a field is continuous, and its divergence and curl are zero only as far as the steps
are small: its error falls with their square.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
from pydantic import Field

from simkit.edge_lists import build_edge_lists, interval
from simkit.errors import shown
from simkit.field import FIELD_AT
from simkit.field.maps.section import SHORTEST_SCALE, unit_vector
from simkit.field.maps.table_file import FieldTable, read_table
from simkit.field.stepping import Stepping
from simkit.jit import by_type, fma, kernel
from simkit.sections import KeyPath

EVEN = 1e-6  # steps that differ by less than this part are the same


class TableField(Stepping):
    """`[field] kind = "table"`: a table from a file."""

    kind: Literal["table"]
    """The field."""
    path: Annotated[str, Field(min_length=1)]
    """An npz file, written by simkit.field.maps.table_file.write_table."""
    outside: Literal["error", "zero"] = "error"
    """Beyond the table: an error that ends the run, or no field."""

    def problems(self) -> Iterator[tuple[KeyPath, str]]:
        """See simkit.sections.Section."""
        if not os.path.isfile(self.path):
            yield ("path",), f"there is no file {shown(self.path)}; give the path of a field table (.npz)"

    def build(self) -> RzTable | XyzTable:
        """See simkit.field.maps.section.FieldMap."""
        return build_table(read_table(Path(self.path)), 0.0 if self.outside == "zero" else math.nan)

    def scale_mm(self, built: RzTable | XyzTable) -> float:
        """See simkit.field.maps.section.FieldMap."""
        axes = [axis for axis in built if isinstance(axis, (EvenAxis, UnevenAxis))]
        return max(SHORTEST_SCALE, min(axis.high - axis.low for axis in axes) / 20.0)


class EvenAxis(NamedTuple):
    """An axis with even steps: its ends (mm), steps to the mm, and the number of the last interval."""

    low: float
    high: float
    per_mm: float
    last: int


class UnevenAxis(NamedTuple):
    """An axis with steps of any size: its ends (mm); edges, directory: of simkit.edge_lists."""

    low: float
    high: float
    edges: np.ndarray
    directory: np.ndarray


class RzTable(NamedTuple):
    """Params of a table around an axis through the origin, (u, v, w).

    values: float64[r * z * 2], tesla: (b_r, b_z) of each point, z running faster. row: numbers from one r to
    the next. outside: each component beyond the table; NaN has it reported.
    """

    r: Any
    z: Any
    values: np.ndarray
    row: int
    u: float
    v: float
    w: float
    outside: float


class XyzTable(NamedTuple):
    """Params of a table in space.

    values: float64[x * y * z * 3], tesla: (b_x, b_y, b_z) of each point, z running fastest. row, plane:
    numbers from one y, one x to the next. outside: each component beyond the table; NaN has it reported.
    """

    x: Any
    y: Any
    z: Any
    values: np.ndarray
    row: int
    plane: int
    outside: float


def build_table(table: FieldTable, outside: float) -> RzTable | XyzTable:
    """Return the params of a table; `outside`: every component beyond it (0, or NaN to have it reported)."""
    axes = [_build_axis(values) for values in table.axes]
    values = table.values.ravel()
    row = table.values.shape[-1] * table.values.shape[-2]
    if table.coordinates == "rz":
        return RzTable(axes[0], axes[1], values, row, *unit_vector(table.axis), outside=outside)
    plane = row * table.values.shape[1]
    return XyzTable(axes[0], axes[1], axes[2], values, row, plane, outside)


def _build_axis(values: np.ndarray) -> EvenAxis | UnevenAxis:
    low, high, last = float(values[0]), float(values[-1]), len(values) - 2
    step = (high - low) / (last + 1)
    if np.abs(values - (low + step * np.arange(last + 2))).max() <= EVEN * step:
        return EvenAxis(low, high, 1.0 / step, last)
    return UnevenAxis(low, high, *build_edge_lists([values]))


def interval_at(axis, value):
    """Return (i, fraction): how far `value`, which is on the axis, is from point i to the next."""
    return INTERVAL_AT[type(axis)](axis, value)


INTERVAL_AT = by_type(interval_at)


def _even_interval(axis, value):
    position = (value - axis.low) * axis.per_mm
    i = min(int(position), axis.last)
    return i, position - i


def _uneven_interval(axis, value):
    i = interval(axis.edges, axis.directory, 0, value, False)
    low = axis.edges[i + 1]  # before the first edge stands the number of bins to the mm
    return i, (value - low) / (axis.edges[i + 2] - low)


@kernel
def _between(values, place, step, fraction):
    """Return the number between two in `values`, the second `step` after the first."""
    low = values[place]
    return fma(fraction, values[place + step] - low, low)


@kernel
def _in_square(values, place, row, step, across, along):
    """Return the number among the four corners of a cell, `across` rows and `along` a row."""
    low = _between(values, place, step, along)
    return fma(across, _between(values, place + row, step, along) - low, low)


@kernel
def _in_cube(values, place, plane, row, step, x, y, z):
    """Return the number among the eight corners of a cell."""
    low = _in_square(values, place, row, step, y, z)
    return fma(x, _in_square(values, place + plane, row, step, y, z) - low, low)


def _rz_table(field, x, y, z):
    along = field.u * x + field.v * y + field.w * z
    x, y, z = x - along * field.u, y - along * field.v, z - along * field.w
    r = math.sqrt(x * x + y * y + z * z)
    # written so that a NaN is outside
    if not (field.r.low <= r <= field.r.high and field.z.low <= along <= field.z.high):
        return field.outside, field.outside, field.outside
    i, of_r = interval_at(field.r, r)
    j, of_z = interval_at(field.z, along)
    place = i * field.row + 2 * j
    radial = _in_square(field.values, place, field.row, 2, of_r, of_z)
    axial = _in_square(field.values, place + 1, field.row, 2, of_r, of_z)
    across = radial / r if r > 0.0 else 0.0
    return axial * field.u + across * x, axial * field.v + across * y, axial * field.w + across * z


def _xyz_table(field, x, y, z):
    if not (
        field.x.low <= x <= field.x.high
        and field.y.low <= y <= field.y.high
        and field.z.low <= z <= field.z.high
    ):
        return field.outside, field.outside, field.outside
    i, of_x = interval_at(field.x, x)
    j, of_y = interval_at(field.y, y)
    k, of_z = interval_at(field.z, z)
    place = i * field.plane + j * field.row + 3 * k
    values, plane, row = field.values, field.plane, field.row
    return (
        _in_cube(values, place, plane, row, 3, of_x, of_y, of_z),
        _in_cube(values, place + 1, plane, row, 3, of_x, of_y, of_z),
        _in_cube(values, place + 2, plane, row, 3, of_x, of_y, of_z),
    )


INTERVAL_AT[EvenAxis] = _even_interval
INTERVAL_AT[UnevenAxis] = _uneven_interval
FIELD_AT[RzTable] = _rz_table
FIELD_AT[XyzTable] = _xyz_table
