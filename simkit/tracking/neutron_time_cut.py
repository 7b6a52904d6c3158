"""The time cut of neutrons: what comes later than a readout cares for is not followed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from simkit.particles import NEUTRON
from simkit.sections import NotNegative, Section
from simkit.tally import KILLED, KILLED_TRACKS, book, count
from simkit.tracking.policies import AT_STEP, Policy


class NeutronTimeCut(Section):
    """`[tracking.neutron_time_cut]`: ends late neutrons."""

    after_ns: NotNegative = 0.0
    """Those later than so long after the event began; 0: off."""


class LatestNeutron(NamedTuple):
    """Ends neutrons later than `time` (ns)."""

    time: float


def build_time_cut(section: NeutronTimeCut, regions: Sequence[str]) -> LatestNeutron | None:
    """Return the params of a section."""
    return LatestNeutron(float(section.after_ns)) if section.after_ns > 0.0 else None


def _is_in_time(policy, tally, track):
    if track.kind != NEUTRON or track.time <= policy.time:
        return True
    count(tally, track.slot, KILLED_TRACKS, 1)
    book(tally, track.slot, KILLED, track.energy, track.weight)
    return False


AT_STEP[LatestNeutron] = _is_in_time

POLICY = Policy("neutron_time_cut", NeutronTimeCut, build_time_cut)
