"""Russian roulette of soft particles at their birth: few are followed, each for many. And of photons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, NamedTuple

import numpy as np
from pydantic import Field

from simkit.jit import inlined
from simkit.particles import GAMMA
from simkit.rng import uniform
from simkit.sections import Section
from simkit.tally import ROULETTE, ROULETTE_KILLED, ROULETTE_SURVIVED, book, count
from simkit.tracking.policies import AT_BIRTH, Policy
from simkit.tracks import weighted


class RouletteSection(Section):
    """Russian roulette on the soft particles of a kind."""

    threshold_MeV: Annotated[float, Field(ge=0.0)] = 0.0
    """Those made below it take part; 0: off."""
    weight: Annotated[float, Field(ge=1.0, le=1e6)] = 10.0
    """One in so many survives, its weight multiplied by it."""
    regions: tuple[str, ...] = ()
    """Where; empty: everywhere."""


class GammaRoulette(RouletteSection):
    """`[tracking.gamma_roulette]`: Russian roulette on soft photons."""


class Roulette(NamedTuple):
    """Russian roulette of new photons below `threshold` (MeV; 0 is off): one in `factor` survives, heavier.

    enabled: int64[regions].
    """

    threshold: float
    factor: float
    enabled: np.ndarray


def enabled_regions(section: RouletteSection, regions: Sequence[str]) -> np.ndarray:
    """Return int64[regions], 1 where a roulette is played."""
    chosen = section.regions or regions
    return np.array([section.threshold_MeV > 0.0 and name in chosen for name in regions], dtype=np.int64)


def build_roulette(section: GammaRoulette, regions: Sequence[str]) -> Roulette:
    """Return the params of a section."""
    return Roulette(float(section.threshold_MeV), float(section.weight), enabled_regions(section, regions))


@inlined
def play(roulette, tally, rng, track, region):
    """Play for a secondary; returns (track, whether it is to be followed)."""
    if track.energy >= roulette.threshold or roulette.enabled[region] == 0:
        return track, True
    if uniform(rng) * roulette.factor >= 1.0:
        count(tally, track.slot, ROULETTE_KILLED, 1)
        book(tally, track.slot, ROULETTE, track.energy, track.weight)
        return track, False
    count(tally, track.slot, ROULETTE_SURVIVED, 1)
    book(tally, track.slot, ROULETTE, track.energy, track.weight * (1.0 - roulette.factor))
    return weighted(track, track.weight * roulette.factor), True


def _play(roulette, tally, rng, track, region):
    if track.kind != GAMMA:
        return track, True
    return play(roulette, tally, rng, track, region)


AT_BIRTH[Roulette] = _play

POLICY = Policy("gamma_roulette", GammaRoulette, build_roulette)
