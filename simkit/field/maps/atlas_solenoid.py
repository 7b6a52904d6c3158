"""ATLAS's solenoid with its return, as an option of any detector: a table that is made when a run begins.

2 T at the centre, a coil of 1.23 m radius and 5.3 m length inside the tile calorimeter with its girder, which
returns the flux (ATLAS Collaboration, JINST 3 (2008) S08003, section 2.1.1). The table takes what
simkit.field.maps.solenoid gives every 20 mm in r and 40 mm in z, so that a call costs what a table's does;
between points the coil's sheet of current is as thick as a real one. Nothing beyond the table.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal

import numpy as np

from simkit.field.maps.section import Strength
from simkit.field.maps.solenoid import SolenoidField
from simkit.field.maps.table import RzTable, build_table
from simkit.field.maps.table_file import FieldTable
from simkit.field.maps.tabulate import field_at_points
from simkit.field.stepping import Stepping

# mm
RADIUS, LENGTH = 1230.0, 5300.0
RETURN_RADII, RETURN_LENGTH = (2280.0, 4250.0), 5640.0
R_END, R_STEP = 4300.0, 20.0
Z_END, Z_STEP = 6120.0, 40.0


class AtlasSolenoidField(Stepping):
    """`[field] kind = "atlas_solenoid"`: ATLAS's solenoid with its return, along z, around the origin."""

    kind: Literal["atlas_solenoid"]
    """The field."""
    strength_T: Strength = 2.0
    """At the centre."""

    def coil(self) -> SolenoidField:
        """Return the field that the table is made of."""
        return SolenoidField(
            kind="solenoid",
            strength_T=self.strength_T,
            radius_mm=RADIUS,
            length_mm=LENGTH,
            return_radii_mm=RETURN_RADII,
            return_length_mm=RETURN_LENGTH,
        )

    def scale_mm(self, built: Any) -> float:
        """See simkit.field.maps.section.FieldMap."""
        return self.coil().scale_mm(built)

    def build(self) -> RzTable:
        """See simkit.field.maps.section.FieldMap."""
        values = self.strength_T * _values()
        axes = (np.linspace(0.0, R_END, values.shape[0]), np.linspace(-Z_END, Z_END, values.shape[1]))
        table = build_table(FieldTable("rz", axes, values, "z", ""), 0.0)
        assert isinstance(table, RzTable)
        return table


@lru_cache(maxsize=1)
def _values() -> np.ndarray:
    """Return (b_r, b_z), float64[r, z, 2], of a coil of 1 T at the centre."""
    r = np.linspace(0.0, R_END, round(R_END / R_STEP) + 1)
    z = np.linspace(-Z_END, Z_END, round(2.0 * Z_END / Z_STEP) + 1)
    grid_r, grid_z = np.meshgrid(r, z, indexing="ij")
    points = np.stack([grid_r, np.zeros_like(grid_r), grid_z], axis=-1)
    coil = AtlasSolenoidField(kind="atlas_solenoid", strength_T=1.0).coil()
    return np.ascontiguousarray(field_at_points(coil.build(), points)[:, ::2]).reshape(*grid_r.shape, 2)
