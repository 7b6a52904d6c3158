"""Every type of field that kernels can meet, and the function that kernels of tests call."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from made import COIL, TOROID, WITH_RETURN, built

from simkit.field import magnetic_field
from simkit.field.maps.tabulate import tabulate
from simkit.jit import kernel

EVEN, UNEVEN = np.linspace(0.0, 1900.0, 20), 1900.0 * np.linspace(0.0, 1.0, 20) ** 2
AXES = {
    "r, z": {"r": EVEN, "z": EVEN},
    "r, z uneven": {"r": UNEVEN, "z": EVEN},
    "x, y, z": {"x": EVEN, "y": EVEN, "z": EVEN},
    "x, y, z uneven": {"x": UNEVEN, "y": UNEVEN, "z": UNEVEN},
}
NAMES = ("uniform", "solenoid", "solenoid with return", "toroid", *AXES)


class Places(NamedTuple):
    """Points and the field there, float64[n, 3]; in a tuple, which the simulator hands on as it is."""

    points: np.ndarray
    values: np.ndarray


@kernel
def fill_one(field, places, i):
    """Put the field at point `i` into the values."""
    points, values = places.points, places.values
    x, y, z = magnetic_field(field, points[i, 0], points[i, 1], points[i, 2])
    values[i, 0], values[i, 1], values[i, 2] = x, y, z


def every_field(folder: Path) -> dict[str, Any]:
    """Return the params of a field by each of NAMES; tables are written to `folder`."""
    fields = {
        "uniform": built({"kind": "uniform", "strength_T": 1.0, "axis": [1.0, 2.0, 3.0]}),
        "solenoid": built(COIL),
        "solenoid with return": built(WITH_RETURN | {"axis": [1.0, 2.0, 3.0]}),
        "toroid": built(TOROID),
    }
    for name, axes in AXES.items():
        path = folder / f"{name}.npz"
        tabulate(fields["solenoid"], path, axes)
        fields[name] = built({"kind": "table", "path": str(path), "outside": "zero"})
    return fields
