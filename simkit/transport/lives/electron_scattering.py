"""What multiple scattering does to an electron at the end of a step: it turns, and is displaced sideways."""

from __future__ import annotations

from simkit.geometry import safety
from simkit.jit import inlined, kernel
from simkit.particles import POSITRON
from simkit.physics.directions import deflect, rotate, sample_azimuth
from simkit.physics.multiple_scattering import urban
from simkit.physics.multiple_scattering.urban_angle import sample_cosine, sample_displacement
from simkit.physics.tables import TRANSPORT_PATH, column
from simkit.tracks import placed, turned

SMALLEST_LENGTH = 5e-8  # a displacement below it is not made (mm)
SAFETY_MARGIN = 0.99  # fraction of the safety a displacement may use


@inlined
def scatter(life, rng, track, reach, smallest, couple, step, travelled, crosses, loss):
    """Return the track turned by multiple scattering, at the mean energy after the loss, and displaced."""
    end_energy = track.energy - loss
    if step > urban.SHORT_STEP and end_energy > 0.0:
        end_mean_free_path = reach.mean_free_path
        if step > 0.01 * reach.path_range:
            end_mean_free_path = column(life.tables.rows, reach.row, end_energy, TRANSPORT_PATH)
        else:
            end_energy = track.energy
        cosine = sample_cosine(
            rng, life.tables.urban, couple, step, track.energy, reach.mean_free_path, end_energy,
            end_mean_free_path, smallest, track.kind == POSITRON,
        )  # fmt: skip
        if abs(cosine) < 1.0:
            ca, sa = sample_azimuth(rng)
            u, v, w = deflect(cosine, ca, sa, track.u, track.v, track.w)
            if reach.displaced and not crosses and step > travelled:
                track = _displaced(life.geometry, rng, track, step, travelled, reach.near, ca, sa)
            track = turned(track, track.energy, u, v, w)
    return track


@kernel
def _displaced(geometry, rng, track, step, z_length, before, ca, sa):
    """Return the track after the lateral displacement of a step, never beyond the volume.

    before: safety at the start of the step (mm); ca, sa: azimuth of the scattering angle.
    """
    radius, cp, sp = sample_displacement(rng, step, z_length)
    if radius <= SMALLEST_LENGTH:
        return track
    if radius > before - z_length:
        room = SAFETY_MARGIN * safety(geometry, track.volume, track.x, track.y, track.z)
        if radius > room:
            if room <= SMALLEST_LENGTH:
                return track
            radius = room
    a, b, c = rotate(
        radius * (ca * cp - sa * sp), radius * (sa * cp + ca * sp), 0.0, track.u, track.v, track.w
    )
    return placed(track, track.x + a, track.y + b, track.z + c, track.volume)
