"""A plug-in: a tracking of one's own for some particles in some regions, as a hook of fast simulation.

What Geant4 11 calls a specialised tracking manager: electrons go straight through the rule's regions and lose
a fixed energy per length, a step from boundary to boundary; where they come out they are followed as others.
"""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field

from simkit.fastsim.models.in_kernel import FAILED, SHOWER, blank, living_on, outcome, put_in
from simkit.fastsim.models.rule import Rule
from simkit.geometry import OUTSIDE, distance_to_boundary
from simkit.tally import count_length, count_step
from simkit.tracks import MOST_STEPS, advanced, slowness, turned
from simkit.units import ELECTRON_MASS


class Straight(Rule):
    """`[[fastsim]] model = "straight"`: electrons go straight and lose a fixed energy per length."""

    model: Literal["straight"]
    """The model."""
    loss_MeV_mm: Annotated[float, Field(gt=0.0)] = 1.0
    """Energy lost per length."""

    def build(self, surroundings):
        inside = np.zeros(len(surroundings.detector.regions), dtype=np.int64)
        inside[list(surroundings.regions)] = 1
        return StraightParams(self.loss_MeV_mm, inside)


class StraightParams(NamedTuple):
    """loss: MeV/mm. inside: int64[regions], 1 where it goes on."""

    loss: float
    inside: np.ndarray


def follow(model, place, tally, stacks, rng, track, energy):
    ledger = blank()
    geometry = place.geometry
    for _ in range(MOST_STEPS):
        region = geometry.volume_region[track.volume]
        length, behind = distance_to_boundary(
            geometry, track.volume, track.x, track.y, track.z, track.u, track.v, track.w
        )
        stops = track.energy <= model.loss * length
        loss = track.energy if stops else model.loss * length
        length = loss / model.loss
        half = advanced(track, 0.5 * length, track.volume, 0.0)
        ledger = put_in(place, tally, track, ledger, track.volume, half.x, half.y, half.z, loss)
        count_step(tally, track.slot, track.kind, region)
        count_length(tally, track.slot, region, length, track.weight)
        pace = slowness(track.energy - 0.5 * loss, ELECTRON_MASS)
        moved = advanced(track, length, track.volume if stops else behind, pace)
        track = turned(moved, track.energy - loss, track.u, track.v, track.w)
        if stops:
            return track, ledger
        if behind == OUTSIDE:
            return track, put_in(
                place, tally, track, ledger, OUTSIDE, track.x, track.y, track.z, track.energy
            )
        if model.inside[geometry.volume_region[behind]] == 0:
            return track, living_on(ledger, track.energy)
    return track, outcome(ledger, FAILED)


SHOWER[StraightParams] = follow
FASTSIM = [Straight]
