"""Lives: one a file, for some kinds of particles, made of physics, geometry and policies."""

from __future__ import annotations

from simkit.transport.lives import electron, photon

LIVES = (
    photon.LIFE,
    electron.LIFE,
)
"""simkit's own: one line a life."""
