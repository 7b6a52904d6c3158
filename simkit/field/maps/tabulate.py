"""Any field at many points, and as a table: a costly field becomes a cheap one, with the table's error."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from simkit.errors import BadInput
from simkit.field import magnetic_field
from simkit.field.maps.table_file import AXES, write_table
from simkit.jit import kernel

SYMMETRIC = 1e-9  # of the largest field: what a field around an axis may differ by when it is turned
ASIDE = 0.381966  # of a step: points between those of the table, which may lie on a sheet of current
TURNED = ((1.0, 0.0), (-0.6, 0.8), (5.0 / 13.0, -12.0 / 13.0))


@kernel
def _fill(field, x, y, z, values):
    for i in range(len(x)):
        values[i, 0], values[i, 1], values[i, 2] = magnetic_field(field, x[i], y[i], z[i])


def field_at_points(field: Any, points: np.ndarray) -> np.ndarray:
    """Return the field, float64[n, 3] (tesla), of a params tuple at points, float64[n, 3] (mm)."""
    x, y, z = np.ascontiguousarray(np.asarray(points, dtype=np.float64).reshape(-1, 3).T)
    values = np.empty((len(x), 3))
    _fill(field, x, y, z, values)
    return values


def tabulate(
    field: Any, path: Path | str, axes: Mapping[str, Any], *, axis: str = "z", about: str = ""
) -> None:
    """Write the table of a field to a file, as `write_table` does.

    field: the params tuple that a section builds. axes: the points, ascending, in mm: {"r": ..., "z": ...}
    for a field around the coordinate axis `axis`, or {"x": ..., "y": ..., "z": ...}. Linear between points, a
    table widens a sheet of current to one step; two points close to it on either side keep it thin.
    Errors: BadInput, also for a field that is not symmetric around the axis or has no value at a point.
    """
    names = AXES["rz" if "r" in axes else "xyz"]
    if set(axes) != set(names) or axis not in ("x", "y", "z"):
        raise BadInput('tabulate: the axes are r and z, or x, y and z; axis is "x", "y" or "z"; give these')
    try:
        lists = [np.asarray(axes[name], dtype=np.float64) for name in names]
    except (TypeError, ValueError):
        raise BadInput("tabulate: an axis is no list of numbers; give lists") from None
    if any(values.ndim != 1 or len(values) < 2 for values in lists):
        raise BadInput("tabulate: an axis is no list of two or more numbers; give longer lists")
    grid = np.stack(np.meshgrid(*lists, indexing="ij"), axis=-1)
    if names == AXES["xyz"]:
        values = field_at_points(field, grid).reshape(grid.shape)
        components = {f"b_{name}": values[..., i] for i, name in enumerate(names)}
    else:
        frame = np.roll(np.eye(3), {"x": 1, "y": 2, "z": 0}[axis], axis=1)  # two across, then the axis
        _check_symmetric(field, lists, frame, axis)
        values = _turned(field, grid, frame, (1.0, 0.0))
        components = {"b_r": values[..., 0], "b_z": values[..., 2]}
    write_table(path, dict(zip(names, lists)), components, axis=axis, about=about)


def _turned(field: Any, grid: np.ndarray, frame: np.ndarray, turn: tuple[float, float]) -> np.ndarray:
    """Return (b_r, b_phi, b_z) at points (r, z), in the half plane at the azimuth of `turn`."""
    cosine, sine = turn
    radial = cosine * frame[0] + sine * frame[1]
    around = cosine * frame[1] - sine * frame[0]
    values = field_at_points(field, grid[..., :1] * radial + grid[..., 1:] * frame[2])
    return (values @ np.stack([radial, around, frame[2]], axis=1)).reshape(*grid.shape[:-1], 3)


def _check_symmetric(field: Any, lists: list[np.ndarray], frame: np.ndarray, axis: str) -> None:
    between = [values[:-1] + ASIDE * np.diff(values) for values in lists]
    grid = np.stack(np.meshgrid(*between, indexing="ij"), axis=-1)
    first, *others = (_turned(field, grid, frame, turn) for turn in TURNED)
    allowed = SYMMETRIC * np.nanmax(np.abs(first), initial=0.0)
    if any(np.nanmax(np.abs(other - first), initial=0.0) > allowed for other in others) or (
        np.nanmax(np.abs(first[..., 1]), initial=0.0) > allowed
    ):
        raise BadInput(f"tabulate: the field is not one around the {axis} axis in r and z; take x, y and z")
