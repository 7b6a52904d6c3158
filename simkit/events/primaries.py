"""The particles that start an event, as flat arrays, and what the events held besides."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simkit.errors import BadInput
from simkit.events.not_simulated import NotSimulated

HIGHEST_PRIMARY_ENERGY = 1e7  # MeV, kinetic: the tables end at 16.8 TeV
HIGHEST_EVENT_ENERGY = 4e9  # MeV: an event's energies are counted in 64-bit integers of 2^-30 MeV


class Primaries(NamedTuple):
    """Primary particles, one row each, sorted by event and then by number.

    event: int64, position of the event in its source, from 0.
    number: int64, number of the particle within its event. (event, number) names the particle's stream of
    random numbers, so taking a subset of the rows changes nothing for those that stay.
    pdg: int64, of the particle table. energy: kinetic energy (MeV). x, y, z: mm. u, v, w: unit direction.
    time: since the event began (ns).
    """

    event: np.ndarray
    number: np.ndarray
    pdg: np.ndarray
    energy: np.ndarray
    x: np.ndarray
    y: np.ndarray
    z: np.ndarray
    u: np.ndarray
    v: np.ndarray
    w: np.ndarray
    time: np.ndarray


class Events(NamedTuple):
    """Events ready to be simulated.

    primaries: of all events, what a life follows.
    n_events: how many events, those without any primary included.
    untransported: per event, total energy (MeV, rest mass included) of every other final-state species by
    its name, within the cuts.
    outside_cuts: per event, the same for what the cuts removed, of every species.
    not_simulated: what else a file held and is not simulated.
    """

    primaries: Primaries
    n_events: int
    untransported: tuple[dict[str, float], ...]
    outside_cuts: tuple[dict[str, float], ...]
    not_simulated: NotSimulated | None = None


def check_inside(primaries: Primaries, volumes: np.ndarray) -> None:
    """Raise BadInput when a primary starts outside the world.

    volumes: int64[n], the volume that holds each primary's start, negative outside.
    """
    outside = np.flatnonzero(volumes < 0)
    if len(outside):
        row = outside[0]
        x, y, z = (float(values[row]) for values in (primaries.x, primaries.y, primaries.z))
        raise BadInput(
            f"event {primaries.event[row]}, particle {primaries.number[row]}: starts at "
            f"({x:g}, {y:g}, {z:g}) mm, outside the world; move it inside or make the detector larger"
        )


def check_energies(primaries: Primaries) -> None:
    """Raise BadInput when a primary, or all of an event together, has more energy than can be simulated."""
    high = np.flatnonzero(~(primaries.energy <= HIGHEST_PRIMARY_ENERGY))
    if len(high):
        row = high[0]
        raise BadInput(
            f"event {primaries.event[row]}, particle {primaries.number[row]}: has "
            f"{float(primaries.energy[row]):g} MeV, allowed up to {HIGHEST_PRIMARY_ENERGY:g} MeV; take it out"
        )
    events, place = np.unique(primaries.event, return_inverse=True)
    total = np.bincount(place, weights=primaries.energy)
    high = np.flatnonzero(total > HIGHEST_EVENT_ENERGY)
    if len(high):
        raise BadInput(
            f"event {events[high[0]]}: its particles have {float(total[high[0]]):g} MeV together, allowed up "
            f"to {HIGHEST_EVENT_ENERGY:g} MeV; spread them over more events"
        )
