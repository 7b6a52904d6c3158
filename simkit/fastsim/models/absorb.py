"""Absorption on the spot: all of a track's energy stays where it is taken. The least model there is.

It is right for what does not leave its cell, and shows what the hook itself costs.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from simkit.fastsim.models.in_kernel import SHOWER, blank, put_in
from simkit.fastsim.models.rule import Rule, Surroundings


class Absorb(Rule):
    """`[[fastsim]] model = "absorb"`: tracks are deposited where they are taken."""

    model: Literal["absorb"]
    """The model."""

    def build(self, surroundings: Surroundings) -> AbsorbParams:
        """See simkit.fastsim.models.rule.Rule."""
        return AbsorbParams(1)


class AbsorbParams(NamedTuple):
    """Nothing to know. (The field keeps the tuple from being empty.)"""

    spots: int


def _absorb(model, place, tally, stacks, rng, track, energy):
    ledger = blank()
    return track, put_in(place, tally, track, ledger, track.volume, track.x, track.y, track.z, energy)


SHOWER[AbsorbParams] = _absorb
