"""Tracks that are taken and kept: where the soft part of showers begins. Libraries are made of it."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field

from simkit.fastsim.models.in_kernel import LATER, SHOWER, blank, hide, outcome
from simkit.fastsim.models.rule import SHOWERING, Rule, Surroundings
from simkit.jit import kernel
from simkit.sections import NotNegative
from simkit.tally import ENERGY_UNIT, IN
from simkit.tracks import N_FIELDS, put_track


class SoftRule(Rule):
    """A rule for the soft part of a shower: what has less than a share of the energy that came in."""

    only = SHOWERING
    ratio: Annotated[float, Field(gt=1.0, le=1e6)] = 40.0
    """Tracks are taken below the event's energy over this ..."""
    most_MeV: NotNegative = 8000.0
    """... and below this."""


class TakenTracks(SoftRule):
    """`[[fastsim]] model = "taken-tracks"`: soft parts are left out, what they begin as is kept."""

    model: Literal["taken-tracks"]
    """The model."""
    places: Annotated[int, Field(ge=1, le=100_000_000)] = 1_000_000
    """Tracks that there is room for; the first ones are kept."""

    def build(self, surroundings: Surroundings) -> KeptTracks:
        """See simkit.fastsim.models.rule.Rule."""
        words = np.zeros((self.places, N_FIELDS), dtype=np.int64)
        return KeptTracks(words, np.zeros(1, dtype=np.int64), 1.0 / self.ratio, self.most_MeV)


class KeptTracks(NamedTuple):
    """words: int64[places, N_FIELDS], tracks. taken: int64[1], how many were, on one thread.

    share, most: as in `soft`.
    """

    words: np.ndarray
    taken: np.ndarray
    share: float
    most: float


@kernel
def soft(tally, track, share, most):
    """Return whether a track has no more than a share of what came in with its event, and `most` (MeV)."""
    came = tally.counts[track.slot, tally.first.balance + IN] * ENERGY_UNIT
    return track.energy <= min(came * share, most)


def _keep(model, place, tally, stacks, rng, track, energy):
    if not soft(tally, track, model.share, model.most):
        return track, outcome(blank(), LATER)
    taken = model.taken[0]
    if taken < len(model.words):
        put_track(model.words, taken, track)
    model.taken[0] = taken + 1
    return track, hide(tally, track, blank(), energy)


SHOWER[KeptTracks] = _keep
