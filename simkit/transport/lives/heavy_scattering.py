"""Multiple scattering at the end of a heavy particle's step."""

from __future__ import annotations

import math

from simkit.geometry import safety
from simkit.jit import inlined, kernel
from simkit.physics.directions import rotate
from simkit.physics.heavy.scattering import sample_scattering, sample_sideways
from simkit.physics.heavy.tables import UNSCATTERED
from simkit.physics.tables import TRANSPORT_PATH
from simkit.tracks import placed, turned
from simkit.transport.lives.electron_scattering import SAFETY_MARGIN


@inlined
def scatter(life, rng, track, row, couple, step, near, crosses, loss):
    """Return the track turned by a step at its mean energy, and displaced where no boundary is near."""
    tables = life.tables
    if tables.rows[row, 0, TRANSPORT_PATH] >= UNSCATTERED:
        return track
    u, v, w, sideways = sample_scattering(
        rng, tables.scattering, couple, track.energy - 0.5 * loss, tables.mass[track.kind],
        tables.charge[track.kind], tables.electron_cut[couple], step, track.u, track.v, track.w,
    )  # fmt: skip
    if not crosses:
        track = _displaced(life.geometry, rng, track, step, near, u, v, w, sideways)
    return turned(track, track.energy, u, v, w)


@kernel
def _displaced(geometry, rng, track, step, near, u, v, w, sideways):
    """Return the track where a step ends that took half of it in the direction it is turned to.

    near: safety where the step began (mm). Never beyond the volume.
    """
    p, q = sample_sideways(rng, sideways)
    a, b, c = rotate(p, q, 0.0, track.u, track.v, track.w)
    a += 0.5 * step * (u - track.u)
    b += 0.5 * step * (v - track.v)
    c += 0.5 * step * (w - track.w)
    length = math.sqrt(a * a + b * b + c * c)
    scale = 1.0
    if length > near - step:
        room = SAFETY_MARGIN * safety(geometry, track.volume, track.x, track.y, track.z)
        if length > room:
            scale = room / length
    return placed(track, track.x + scale * a, track.y + scale * b, track.z + scale * c, track.volume)
