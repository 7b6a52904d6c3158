"""The killer near the beam line: soft tracks at high pseudorapidity end where they begin."""

from __future__ import annotations

from typing import NamedTuple

from simkit.tally import KILLED, KILLED_TRACKS, book, count
from simkit.tracking.policies import AT_START


class Killer(NamedTuple):
    """Kills tracks near the beam line, at their start: |cos(polar angle)| > cosine, transverse energy
    < energy (MeV) and |z| > z (mm). An energy of 0 is off."""

    cosine: float
    energy: float
    z: float


def _kill(killer, tally, track):
    if killer.energy <= 0.0 or abs(track.w) <= killer.cosine or abs(track.z) < killer.z:
        return True
    if track.energy * track.energy * (1.0 - track.w * track.w) >= killer.energy * killer.energy:
        return True
    count(tally, track.slot, KILLED_TRACKS, 1)
    book(tally, track.slot, KILLED, track.energy, track.weight)
    return False


AT_START[Killer] = _kill
