"""Russian roulette of soft photons: few are followed, each for many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, NamedTuple

import numpy as np
from pydantic import Field

from simkit.particles import GAMMA
from simkit.rng import uniform
from simkit.sections import Section
from simkit.tally import ROULETTE, ROULETTE_KILLED, ROULETTE_SURVIVED, book, count
from simkit.tracking.policies import AT_BIRTH, Policy
from simkit.tracks import weighted


class GammaRoulette(Section):
    """`[tracking.gamma_roulette]`: Russian roulette on soft photons."""

    threshold_MeV: Annotated[float, Field(ge=0.0)] = 0.0
    """Photons made below it take part; 0: off."""
    weight: Annotated[float, Field(ge=1.0, le=1e6)] = 10.0
    """One in so many survives, its weight multiplied by it."""
    regions: tuple[str, ...] = ()
    """Where; empty: everywhere."""


class Roulette(NamedTuple):
    """Russian roulette of new photons below `threshold` (MeV; 0 is off): one in `factor` survives, heavier.

    enabled: int64[regions].
    """

    threshold: float
    factor: float
    enabled: np.ndarray


def build_roulette(section: GammaRoulette, regions: Sequence[str]) -> Roulette:
    """Return the params of a section."""
    chosen = section.regions or regions
    on = [section.threshold_MeV > 0.0 and name in chosen for name in regions]
    enabled = np.array(on, dtype=np.int64)
    return Roulette(float(section.threshold_MeV), float(section.weight), enabled)


def _play(roulette, tally, rng, track, region):
    if track.kind != GAMMA or track.energy >= roulette.threshold or roulette.enabled[region] == 0:
        return track, True
    if uniform(rng) * roulette.factor >= 1.0:
        count(tally, track.slot, ROULETTE_KILLED, 1)
        book(tally, track.slot, ROULETTE, track.energy, track.weight)
        return track, False
    count(tally, track.slot, ROULETTE_SURVIVED, 1)
    book(tally, track.slot, ROULETTE, track.energy, track.weight * (1.0 - roulette.factor))
    return weighted(track, track.weight * roulette.factor), True


AT_BIRTH[Roulette] = _play

POLICY = Policy("gamma_roulette", GammaRoulette, build_roulette)
