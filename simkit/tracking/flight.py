"""The flight of a photon to its next interaction: from boundary to boundary, or Woodcock's way.

Woodcock tracking (E. Woodcock et al., ANL-7050 (1965) 557) flies through an envelope of many volumes with the
largest cross section of any material in it, and accepts a tentative point with the ratio of the local cross
section to that majorant; boundaries inside the envelope are never looked at.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from simkit.errors import BadInput
from simkit.geometry import OUTSIDE, distance_to_boundary, distance_to_envelope, locate_in_envelope
from simkit.geometry.detector import Detector
from simkit.jit import by_type, inlined
from simkit.physics.elementary import quick_log
from simkit.physics.grid import energy_bin
from simkit.physics.tables import GammaTables, majorant_lines, photon_total
from simkit.rng import uniform
from simkit.tally import MAJORANT_VIOLATIONS, VIRTUAL_COLLISIONS, arrive_step, count, count_step, enter_step
from simkit.tracking.interaction import CHOOSE, distance_to_interaction, draw_paths, paths_after
from simkit.tracks import MOST_STEPS, advanced, placed
from simkit.units import SPEED_OF_LIGHT

LEFT = -1  # in place of a process: the photon left the world
HOPPED = -2  # in place of a process: it crossed as many boundaries as it was to
CROSSED = -4  # in place of a process: it entered a region where somebody waits for it
# How far before the end of the envelope a flight hands over to boundary steps (mm); a flight not longer than
# that is not begun, because rounding could put it back into the volume it has just left, for ever.
STOP_SHORT = 1e-6
MOST_VIRTUAL = 1_000_000  # collisions of a flight, after which it goes on from boundary to boundary


class Unwatched(NamedTuple):
    """Nobody waits for photons. (The field keeps the tuple from being empty.)"""

    regions: int


class Watched(NamedTuple):
    """A flight stops where it enters a region that somebody waits in who did not before.

    waits: int64[regions], a set of bits for who waits.
    """

    waits: np.ndarray


UNWATCHED = Unwatched(0)


class BoundaryTracking(NamedTuple):
    """From boundary to boundary. `interaction`: GeneralProcess or PerProcess; watch: who waits for them."""

    interaction: Any
    watch: Any = UNWATCHED


class WoodcockTracking(NamedTuple):
    """Woodcock tracking in the enabled envelopes, boundary tracking elsewhere.

    majorant: float64[envelopes, N_NODES - 1, 2], of `majorant_lines`; enabled: int64[envelopes];
    lowest_energy: MeV, below it boundary tracking is used, because virtual collisions would be too many.
    """

    interaction: Any
    majorant: np.ndarray
    enabled: np.ndarray
    lowest_energy: float
    watch: Any = UNWATCHED


def majorants(detector: Detector, gamma: GammaTables) -> np.ndarray:
    """Return the majorant of each Woodcock envelope, over the couples in it, as WoodcockTracking wants it."""
    params = detector.params
    inside = [params.volume_couple[params.volume_envelope == i] for i in range(len(detector.envelopes))]
    return np.array([majorant_lines(gamma.cross_sections[np.unique(couples)]) for couples in inside])


def woodcock_envelopes(asked: set[str], detector: Detector) -> np.ndarray | None:
    """Return which envelopes are flown through Woodcock's way, int64[envelopes]; None for none.

    asked: the regions that do. An envelope is, whose regions all ask for it. Raises BadInput where that
    leaves none: the regions that ask are then flown through together with others, or lie in no envelope.
    """
    if not asked:
        return None
    params = detector.params
    envelopes = {
        name: {detector.regions[region] for region in params.volume_region[params.volume_envelope == i]}
        for i, name in enumerate(detector.envelopes)
    }
    enabled = np.array([inside <= asked for inside in envelopes.values()], dtype=np.int64)
    if not enabled.any():
        known = "; ".join(f"{name}: {', '.join(sorted(inside))}" for name, inside in envelopes.items())
        raise BadInput(
            f"tracking: Woodcock is asked for in {', '.join(sorted(asked))}, but flies through whole "
            f"envelopes only; ask for all regions of one ({known})"
        )
    return enabled


def fly(tracking, geometry, cross_sections, tally, rng, track):
    """Fly to the next interaction; return (track, process).

    process: LEFT when it left the world, HOPPED when it has no end: MOST_STEPS boundaries crossed; CROSSED
    where somebody waits, `is_watched` of its tracking.
    """
    return FLY[type(tracking)](tracking, geometry, cross_sections, tally, rng, track)


def enters(watch, region, following):
    """Return whether a flight from `region` into the `following` one stops there."""
    return ENTERS[type(watch)](watch, region, following)


def is_watched(watch):
    """Return whether a flight may stop where it enters a region."""
    return IS_WATCHED[type(watch)](watch)


FLY = by_type(fly, merged=True)
ENTERS = by_type(enters)
IS_WATCHED = by_type(is_watched)


def _never_enters(watch, region, following):
    return False


def _enters(watch, region, following):
    return watch.waits[following] & ~watch.waits[region] != 0


def _no(watch):
    return False


def _yes(watch):
    return True


ENTERS[Unwatched], ENTERS[Watched] = _never_enters, _enters
IS_WATCHED[Unwatched], IS_WATCHED[Watched] = _no, _yes


@inlined
def fly_boundaries(tracking, geometry, cross_sections, tally, rng, track, hops):
    """Fly from boundary to boundary, at most `hops` of them; returns as `fly`, HOPPED after the last."""
    interaction = tracking.interaction
    a, b, c, d = draw_paths(interaction, rng)
    energy = track.energy
    for _ in range(hops):
        region = geometry.volume_region[track.volume]
        couple = geometry.volume_couple[track.volume]
        enter_step(tally, track.kind, region)
        distance, process = distance_to_interaction(interaction, cross_sections, couple, energy, a, b, c, d)
        boundary, next_volume = distance_to_boundary(
            geometry, track.volume, track.x, track.y, track.z, track.u, track.v, track.w
        )
        count_step(tally, track.slot, track.kind, region)
        if distance < boundary:
            return advanced(track, distance, track.volume, 1.0 / SPEED_OF_LIGHT), process
        a, b, c, d = paths_after(interaction, cross_sections, couple, energy, boundary, a, b, c, d)
        track = advanced(track, boundary, next_volume, 1.0 / SPEED_OF_LIGHT)
        if next_volume == OUTSIDE:
            return track, LEFT
        if is_watched(tracking.watch) and enters(tracking.watch, region, geometry.volume_region[next_volume]):
            return track, CROSSED
    return track, HOPPED


def _boundary_fly(tracking, geometry, cross_sections, tally, rng, track):
    return fly_boundaries(tracking, geometry, cross_sections, tally, rng, track, MOST_STEPS)


def _woodcock_fly(tracking, geometry, cross_sections, tally, rng, track):
    energy = track.energy
    for _ in range(MOST_STEPS):
        enter_step(tally, track.kind, geometry.volume_region[track.volume])
        envelope = geometry.volume_envelope[track.volume]
        if energy >= tracking.lowest_energy and envelope >= 0 and tracking.enabled[envelope] != 0:
            end = (
                distance_to_envelope(
                    geometry, track.volume, track.x, track.y, track.z, track.u, track.v, track.w
                )
                - STOP_SHORT
            )
            bin_ = energy_bin(energy)
            majorant = tracking.majorant[envelope, bin_, 0] + energy * tracking.majorant[envelope, bin_, 1]
            flown = 0.0
            virtual = 0
            while end > STOP_SHORT:
                flown -= quick_log(uniform(rng)) / majorant
                if not flown < end:
                    break
                point = advanced(track, flown, track.volume, 1.0 / SPEED_OF_LIGHT)
                volume = locate_in_envelope(geometry, track.volume, point.x, point.y, point.z)
                sigma = photon_total(cross_sections, geometry.volume_couple[volume], energy)
                if sigma > majorant * (1.0 + 1e-12):
                    count(tally, track.slot, MAJORANT_VIOLATIONS, 1)
                if uniform(rng) * majorant < sigma:
                    region = geometry.volume_region[volume]
                    count(tally, track.slot, VIRTUAL_COLLISIONS, virtual)
                    count_step(tally, track.slot, track.kind, region)
                    arrive_step(tally, track.kind, region)
                    return placed(point, point.x, point.y, point.z, volume), CHOOSE
                virtual += 1
                if virtual == MOST_VIRTUAL:
                    end = flown
                    break
            count(tally, track.slot, VIRTUAL_COLLISIONS, virtual)
            if end > STOP_SHORT:
                track = advanced(track, end, track.volume, 1.0 / SPEED_OF_LIGHT)
                volume = locate_in_envelope(geometry, track.volume, track.x, track.y, track.z)
                track = placed(track, track.x, track.y, track.z, volume)
                if track.volume == OUTSIDE:  # a rounding error beyond a far end
                    return track, LEFT
            hops = MOST_STEPS if virtual == MOST_VIRTUAL else 1  # the last hair to the end of the envelope
        else:
            hops = 1 if energy >= tracking.lowest_energy else MOST_STEPS
        track, process = fly_boundaries(tracking, geometry, cross_sections, tally, rng, track, hops)
        if process != HOPPED or hops > 1:
            return track, process
    return track, HOPPED


FLY[BoundaryTracking] = _boundary_fly
FLY[WoodcockTracking] = _woodcock_fly
