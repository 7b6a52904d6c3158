"""The particles that start an event, as flat arrays, and what the events held besides."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from simkit.errors import BadInput

GAMMA, ELECTRON, POSITRON = 22, 11, -11


class Primaries(NamedTuple):
    """Primary particles, one row each, sorted by event and then by number.

    event: int64, position of the event in its source, from 0.
    number: int64, number of the particle within its event. (event, number) names the particle's stream of
    random numbers, so taking a subset of the rows changes nothing for those that stay.
    pdg: int64, 22, 11 or -11. energy: kinetic energy (MeV). x, y, z: mm. u, v, w: unit direction.
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


class Events(NamedTuple):
    """Events ready to be simulated.

    primaries: gamma, e- and e+ of all events.
    n_events: how many events, those without any primary included.
    untransported: per event, total energy (MeV, rest mass included) of every other final-state species by
    its name, within the cuts.
    outside_cuts: per event, the same for what the cuts removed, of every species.
    """

    primaries: Primaries
    n_events: int
    untransported: tuple[dict[str, float], ...]
    outside_cuts: tuple[dict[str, float], ...]


def check_inside(primaries: Primaries, locate_volume: Callable[[float, float, float], int]) -> None:
    """Raise BadInput when a primary starts outside the world.

    `locate_volume(x, y, z)` returns the index of the volume that holds a point (mm), negative outside.
    """
    points = np.stack([primaries.x, primaries.y, primaries.z], axis=1)
    places, first = np.unique(points, axis=0, return_index=True)
    for row in sorted(int(i) for (x, y, z), i in zip(places, first) if locate_volume(x, y, z) < 0):
        x, y, z = (float(value) for value in points[row])
        raise BadInput(
            f"event {primaries.event[row]}, particle {primaries.number[row]}: starts at "
            f"({x:g}, {y:g}, {z:g}) mm, outside the world; move it inside or make the detector larger"
        )
