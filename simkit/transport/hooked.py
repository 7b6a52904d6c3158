"""A life whose tracks fast simulation is asked about where they begin and where they enter a region.

It stands around another life. Where no rule names a particle of a life, that is followed as it is, and
nothing of this is compiled.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from simkit.fastsim.hook.asking import BACK, GONE, IN_FULL, Hook, ask
from simkit.fastsim.models.on_host import OnHost
from simkit.particles import GAMMA
from simkit.tracking.flight import Watched
from simkit.transport.life import BEGIN, STEP, begin, step
from simkit.transport.lives.photon import PhotonLife
from simkit.transport.setup import Setup

NOWHERE = -1  # the region asked in, of a track that has not begun
FOLLOWED = -2  # of a track that is not asked about again


class Hooked(NamedTuple):
    """A life and the hook that is asked about its tracks."""

    geometry: Any
    policies: tuple[Any, ...]
    life: Any
    hook: Hook


class HookedState(NamedTuple):
    """state: of the life; region: where the track was asked about last, NOWHERE or FOLLOWED."""

    state: Any
    region: int


def with_hook(
    lives: Sequence[tuple[tuple[int, ...], Any]], hook: Hook | None
) -> list[tuple[tuple[int, ...], Any]]:
    """Return the lives, each (kinds, params), with the hook around those whose particles it takes."""
    if hook is None:
        return list(lives)
    waits = hook.domains.waits
    found = []
    for kinds, params in lives:
        if waits[list(kinds)].any():
            if isinstance(params, PhotonLife):
                tracking = params.tracking._replace(watch=Watched(waits[GAMMA].copy()))
                params = params._replace(tracking=tracking)
            params = Hooked(params.geometry, params.policies, params, hook)
        found.append((kinds, params))
    return found


def with_tray(setup: Setup, tray: np.ndarray, filled: np.ndarray, returned: np.ndarray) -> Setup:
    """Return the setup with a tray for what models on the host take; the arrays are those of OnHost."""

    def own(params: Any) -> Any:
        if not isinstance(params, Hooked):
            return params
        models = tuple(
            model._replace(tray=tray, filled=filled, returned=returned)
            if isinstance(model, OnHost)
            else model
            for model in params.hook.models
        )
        return params._replace(hook=params.hook._replace(models=models))

    return setup._replace(lives=tuple(map(own, setup.lives)))


def _begin(life, track):
    return HookedState(begin(life.life, track), NOWHERE)


def _take_step(life, tally, stacks, rng, track, state):
    region = life.geometry.volume_region[track.volume]
    asked = state.region
    if asked != FOLLOWED and asked != region:
        track, became = ask(life.hook, tally, stacks, rng, track, region)
        if became == GONE:
            return track, state, False
        if became == BACK:
            return track, HookedState(begin(life.life, track), region), True
        asked = FOLLOWED if became == IN_FULL else region
    track, inner, alive = step(life.life, tally, stacks, rng, track, state.state)
    return track, HookedState(inner, asked), alive


BEGIN[Hooked] = _begin
STEP[Hooked] = _take_step
