"""The vector product."""

from __future__ import annotations

from simkit.jit import kernel


@kernel
def cross(u, v, w, x, y, z):
    """Return the vector product of (u, v, w) and (x, y, z)."""
    return v * z - w * y, w * x - u * z, u * y - v * x
