"""The flight of a photon to its next interaction: from boundary to boundary, or Woodcock's way.

Woodcock tracking (E. Woodcock et al., ANL-7050 (1965) 557) flies through an envelope of many volumes with the
largest cross section of any material in it, and accepts a tentative point with the ratio of the local cross
section to that majorant; boundaries inside the envelope are never looked at.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from simkit.geometry import OUTSIDE, distance_to_boundary, distance_to_envelope, locate
from simkit.jit import by_type, kernel
from simkit.physics.elementary import quick_log
from simkit.physics.grid import energy_bin
from simkit.physics.tables import photon_total
from simkit.rng import uniform
from simkit.scores import MAJORANT_VIOLATIONS, VIRTUAL_COLLISIONS, arrive_step, count, count_step, enter_step
from simkit.tracking.interaction import CHOOSE, distance_to_interaction, draw_paths, paths_after
from simkit.tracks import GAMMA, MOST_STEPS

LEFT = -1  # in place of a process: the photon left the world
HOPPED = -2  # in place of a process: it crossed as many boundaries as it was to
# How far before the end of the envelope a flight hands over to boundary steps (mm); a flight not longer than
# that is not begun, because rounding could put it back into the volume it has just left, for ever.
STOP_SHORT = 1e-6
MOST_VIRTUAL = 1_000_000  # collisions of a flight, after which it goes on from boundary to boundary


class BoundaryTracking(NamedTuple):
    """From boundary to boundary. `interaction`: GeneralProcess or PerProcess."""

    interaction: Any


class WoodcockTracking(NamedTuple):
    """Woodcock tracking in the enabled envelopes, boundary tracking elsewhere.

    majorant: float64[envelopes, N_NODES - 1, 2], of `majorant_lines`; enabled: int64[envelopes];
    lowest_energy: MeV, below it boundary tracking is used, because virtual collisions would be too many.
    """

    interaction: Any
    majorant: np.ndarray
    enabled: np.ndarray
    lowest_energy: float


def fly(tracking, geometry, cross_sections, scores, slot, rng, energy, x, y, z, u, v, w, volume):
    """Fly to the next interaction; return (x, y, z, volume, process).

    process: LEFT when it left the world, HOPPED when it has no end: MOST_STEPS boundaries crossed.
    """
    return FLY[type(tracking)](
        tracking, geometry, cross_sections, scores, slot, rng, energy, x, y, z, u, v, w, volume
    )


FLY = by_type(fly)


@kernel
def fly_boundaries(
    interaction, geometry, cross_sections, scores, slot, rng, energy, x, y, z, u, v, w, volume, hops
):
    """Fly from boundary to boundary, at most `hops` of them; returns as `fly`, HOPPED after the last."""
    a, b, c, d = draw_paths(interaction, rng)
    for _ in range(hops):
        couple = geometry.volume_couple[volume]
        enter_step(scores, GAMMA, geometry.volume_region[volume])
        distance, process = distance_to_interaction(interaction, cross_sections, couple, energy, a, b, c, d)
        boundary, next_volume = distance_to_boundary(geometry, volume, x, y, z, u, v, w)
        count_step(scores, slot, GAMMA, geometry.volume_region[volume])
        if distance < boundary:
            return x + distance * u, y + distance * v, z + distance * w, volume, process
        a, b, c, d = paths_after(interaction, cross_sections, couple, energy, boundary, a, b, c, d)
        x += boundary * u
        y += boundary * v
        z += boundary * w
        volume = next_volume
        if volume == OUTSIDE:
            return x, y, z, volume, LEFT
    return x, y, z, volume, HOPPED


def _boundary_fly(tracking, geometry, cross_sections, scores, slot, rng, energy, x, y, z, u, v, w, volume):
    return fly_boundaries(
        tracking.interaction,
        geometry,
        cross_sections,
        scores,
        slot,
        rng,
        energy,
        x,
        y,
        z,
        u,
        v,
        w,
        volume,
        MOST_STEPS,
    )


def _woodcock_fly(tracking, geometry, cross_sections, scores, slot, rng, energy, x, y, z, u, v, w, volume):
    for _ in range(MOST_STEPS):
        enter_step(scores, GAMMA, geometry.volume_region[volume])
        envelope = geometry.volume_envelope[volume]
        if energy >= tracking.lowest_energy and envelope >= 0 and tracking.enabled[envelope] != 0:
            end = distance_to_envelope(geometry, volume, x, y, z, u, v, w) - STOP_SHORT
            bin_ = energy_bin(energy)
            majorant = tracking.majorant[envelope, bin_, 0] + energy * tracking.majorant[envelope, bin_, 1]
            flown = 0.0
            virtual = 0
            while end > STOP_SHORT:
                flown -= quick_log(uniform(rng)) / majorant
                if not flown < end:
                    break
                volume = locate(geometry, x + flown * u, y + flown * v, z + flown * w)
                sigma = photon_total(cross_sections, geometry.volume_couple[volume], energy)
                if sigma > majorant * (1.0 + 1e-12):
                    count(scores, slot, MAJORANT_VIOLATIONS, 1)
                if uniform(rng) * majorant < sigma:
                    count(scores, slot, VIRTUAL_COLLISIONS, virtual)
                    count_step(scores, slot, GAMMA, geometry.volume_region[volume])
                    arrive_step(scores, GAMMA, geometry.volume_region[volume])
                    return x + flown * u, y + flown * v, z + flown * w, volume, CHOOSE
                virtual += 1
                if virtual == MOST_VIRTUAL:
                    end = flown
                    break
            count(scores, slot, VIRTUAL_COLLISIONS, virtual)
            if end > STOP_SHORT:
                x += end * u
                y += end * v
                z += end * w
                volume = locate(geometry, x, y, z)
                if volume == OUTSIDE:  # a rounding error beyond a far end
                    return x, y, z, volume, LEFT
            hops = MOST_STEPS if virtual == MOST_VIRTUAL else 1  # the last hair to the end of the envelope
        else:
            hops = 1 if energy >= tracking.lowest_energy else MOST_STEPS
        x, y, z, volume, process = fly_boundaries(
            tracking.interaction,
            geometry,
            cross_sections,
            scores,
            slot,
            rng,
            energy,
            x,
            y,
            z,
            u,
            v,
            w,
            volume,
            hops,
        )
        if process != HOPPED or hops > 1:
            return x, y, z, volume, process
    return x, y, z, volume, HOPPED


FLY[BoundaryTracking] = _boundary_fly
FLY[WoodcockTracking] = _woodcock_fly
