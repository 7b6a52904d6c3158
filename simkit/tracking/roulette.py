"""Russian roulette of soft photons: few are followed, each for many."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simkit.particles import GAMMA
from simkit.rng import uniform
from simkit.tally import ROULETTE, ROULETTE_KILLED, ROULETTE_SURVIVED, book, count
from simkit.tracking.policies import AT_BIRTH
from simkit.tracks import weighted


class Roulette(NamedTuple):
    """Russian roulette of new photons below `threshold` (MeV; 0 is off): one in `factor` survives, heavier.

    enabled: int64[regions].
    """

    threshold: float
    factor: float
    enabled: np.ndarray


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
