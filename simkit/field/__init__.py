"""Magnetic fields, the steppers that integrate a track through them, and the driver that accepts their steps.

Lengths in mm, fields in tesla, momenta in MeV/c. Along a path s a track's direction t turns as
dt/ds = bend (t x B), bend = 0.299792458 charge / p (1/(mm T)): exact where the speed does not change.
"""

from __future__ import annotations

from simkit.jit import by_type, kernel
from simkit.units import SPEED_OF_LIGHT

BEND = SPEED_OF_LIGHT / 1000.0
"""Curvature (1/mm) of a particle of unit charge and 1 MeV/c across 1 T."""


def magnetic_field(field, x, y, z):
    """Return (bx, by, bz) in tesla at a point (mm); NaN where the field has no value, beyond a table."""
    return FIELD_AT[type(field)](field, x, y, z)


FIELD_AT = by_type(magnetic_field)


@kernel
def turning(field, bend, x, y, z, u, v, w):
    """Return dt/ds (1/mm) of the direction (u, v, w) at a point: one evaluation of the field."""
    bx, by, bz = magnetic_field(field, x, y, z)
    return bend * (v * bz - w * by), bend * (w * bx - u * bz), bend * (u * by - v * bx)
