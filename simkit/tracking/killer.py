"""The killer near the beam line: soft tracks at high pseudorapidity end where they begin."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from simkit.sections import NotNegative, Section
from simkit.tally import KILLED, KILLED_TRACKS, book, count
from simkit.tracking.policies import AT_START, Policy


class HighEtaKiller(Section):
    """`[tracking.high_eta_killer]`: kills soft tracks near the beam line."""

    eta_min: NotNegative = 5.0
    """Kills tracks with a larger |eta| ..."""
    et_max_MeV: NotNegative = 0.0
    """... and less transverse energy; 0: off ..."""
    z_min_mm: NotNegative = 0.0
    """... that start at |z| from here on."""


class Killer(NamedTuple):
    """Kills tracks near the beam line, at their start: |cos(polar angle)| > cosine, transverse energy
    < energy (MeV) and |z| > z (mm). An energy of 0 is off."""

    cosine: float
    energy: float
    z: float


def build_killer(section: HighEtaKiller, regions: Sequence[str]) -> Killer:
    """Return the params of a section."""
    return Killer(math.tanh(section.eta_min), float(section.et_max_MeV), float(section.z_min_mm))


def _kill(killer, tally, track):
    if killer.energy <= 0.0 or abs(track.w) <= killer.cosine or abs(track.z) < killer.z:
        return True
    if track.energy * track.energy * (1.0 - track.w * track.w) >= killer.energy * killer.energy:
        return True
    count(tally, track.slot, KILLED_TRACKS, 1)
    book(tally, track.slot, KILLED, track.energy, track.weight)
    return False


AT_START[Killer] = _kill

POLICY = Policy("high_eta_killer", HighEtaKiller, build_killer)
