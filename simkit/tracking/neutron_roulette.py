"""Russian roulette of soft neutrons at their birth: few are followed, each for many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from simkit.particles import NEUTRON
from simkit.tracking.policies import AT_BIRTH, Policy
from simkit.tracking.roulette import RouletteSection, enabled_regions, play


class NeutronRoulette(RouletteSection):
    """`[tracking.neutron_roulette]`: Russian roulette on soft neutrons."""


class SoftNeutrons(NamedTuple):
    """Russian roulette of new neutrons below `threshold` (MeV): one in `factor` survives, heavier.

    One that has that weight already does not play again. enabled: int64[regions].
    """

    threshold: float
    factor: float
    enabled: np.ndarray


def build_neutron_roulette(section: NeutronRoulette, regions: Sequence[str]) -> SoftNeutrons | None:
    """Return the params of a section."""
    if section.threshold_MeV == 0.0:
        return None
    return SoftNeutrons(
        float(section.threshold_MeV), float(section.weight), enabled_regions(section, regions)
    )


def _play(roulette, tally, rng, track, region):
    if track.kind != NEUTRON or track.weight >= roulette.factor:
        return track, True
    return play(roulette, tally, rng, track, region)


AT_BIRTH[SoftNeutrons] = _play

POLICY = Policy("neutron_roulette", NeutronRoulette, build_neutron_roulette)
