"""Lives: one a file, for some kinds of particles, made of physics, geometry and policies."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from simkit.errors import BadInput
from simkit.particles import PARTICLES
from simkit.plugins import find_plugin, plugins
from simkit.transport.lives import electron, hadron, muon, neutral_hadron, neutron, photon
from simkit.transport.lives.parts import Life

LIVES = (
    photon.LIFE,
    electron.LIFE,
    muon.LIFE,
    hadron.LIFE,
    neutron.LIFE,
    neutral_hadron.LIFE,
)
"""simkit's own: one line a life."""

EVERYWHERE = (photon.LIFE, electron.LIFE)
"""Those that every scenario compiles: what else there is makes photons and electrons."""


def all_lives() -> Iterator[Life]:
    """Yield simkit's lives, then those of plug-ins. Errors: BadInput of a plug-in."""
    yield from LIVES
    taken = own_kinds()
    for name in plugins("lives"):
        yield find_life(name, taken)


def lives_for(kinds: Sequence[int] | None, highest_MeV: float = math.inf) -> list[Life]:
    """Return the lives that events with these kinds need (None: with any): those that every scenario has,
    those of plug-ins, and simkit's others that follow one of the kinds or what a life chosen makes.

    highest_MeV: kinetic energy that none of the particles exceeds. Neutrons are followed by the life of
    neutral hadrons where hadrons may be, of events or of a plug-in's life, and else by one of their own.
    Errors: BadInput of a plug-in.
    """
    lives = list(all_lives())  # all are loaded, and all particles known, before the first is built
    chosen = [life for life in lives if life in EVERYWHERE or life not in LIVES]
    possible = {*(kinds or ()), *(kind for life in chosen for kind in life.makes)}
    slow = highest_MeV <= neutron.LIFE.highest_MeV
    hadrons = {*hadron.LIFE.kinds, *neutral_hadron.LIFE.kinds}.difference(neutron.KINDS if slow else ())
    any_hadron = kinds is None or possible.intersection(hadrons)
    lives.remove(neutron.LIFE if any_hadron else neutral_hadron.LIFE)
    if kinds is None:
        return lives
    for _ in lives:  # each brings another, at most
        possible.update(kind for life in chosen for kind in life.makes)
        chosen += [life for life in lives if life not in chosen and possible.intersection(life.kinds)]
    return [life for life in lives if life in chosen]


def own_kinds() -> dict[int, str]:
    """Return {kind: the life of simkit's that follows it}."""
    return {kind: life.name for life in LIVES for kind in life.kinds}


def find_life(name: str, taken: dict[int, str]) -> Life:
    """Return the life of a plug-in, and add its kinds to `taken`, {kind: its life}. Errors: BadInput."""
    life = find_plugin("lives", name, [life.name for life in LIVES])
    if not isinstance(life, Life):
        raise BadInput(f"life {name!r}: the plug-in brings {life!r:.80}, not a {Life.__module__}.Life")
    if life.name != name:
        raise BadInput(
            f"life {name!r}: it calls itself {life.name!r:.80}; give it the name it is brought under"
        )
    if not isinstance(life.kinds, (tuple, list)) or not life.kinds:
        raise BadInput(
            f"life {name!r}: its kinds are {life.kinds!r:.80}; give a tuple of add_species' numbers"
        )
    for kind in life.kinds:
        if type(kind) is not int or kind not in range(len(PARTICLES)) or taken.setdefault(kind, name) != name:
            of = f"of {taken[kind]!r}" if type(kind) is int and kind in taken else "of no particle"
            raise BadInput(
                f"life {name!r}: kind {kind!r:.80} is {of}; give the kinds that add_species returned"
            )
    return life


def followed() -> dict[str, float]:
    """Return {particle that a life follows: highest kinetic energy (MeV)}. Errors: BadInput of a plug-in."""
    highest = highest_MeV(all_lives())
    return {name: float(most) for name, most in zip(PARTICLES, highest) if most > 0.0}


def highest_MeV(lives: Iterable[Life]) -> NDArray[np.float64]:
    """Return up to which kinetic energy (MeV) lives follow particles, float64[kinds]; 0: not at all."""
    highest = np.zeros(len(PARTICLES))
    for life in lives:
        kinds = list(life.kinds)
        highest[kinds] = np.maximum(highest[kinds], life.highest_MeV)
    return highest
