"""Vector potentials of the fields that have one in closed form: what tests of steppers conserve momenta with.

On the host alone, and slow. Around the axis of a field, r p_phi + q r A_phi of a particle is constant; along
the axis of a toroid, p_z + q A_z is. With p in MeV/c, A in T mm and lengths in mm, q is simkit.field.BEND
times the charge.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

VECTOR_POTENTIAL: dict[type, Callable[[Any, np.ndarray], np.ndarray]] = {}
"""Of each params type: a function of (params, float64[3]) that `vector_potential` calls."""


def vector_potential(field: Any, x: float, y: float, z: float) -> np.ndarray:
    """Return (A_x, A_y, A_z) in T mm at a point (mm), B being its curl. Errors: KeyError for other fields."""
    return VECTOR_POTENTIAL[type(field)](field, np.array([x, y, z], dtype=np.float64))
