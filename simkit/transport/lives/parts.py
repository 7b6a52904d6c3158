"""What the host knows of a life, and what it is made of."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from simkit.geometry.detector import Detector
from simkit.physics.couple import Couple
from simkit.tracking.range_cut import HeavyThresholds, Thresholds


class WorldParts(NamedTuple):
    """What all lives of a world share: its scenario, detector, couples, thresholds, policies and propagator.

    couples: in the order of the detector's, as `volume_couple` numbers them. heavy_thresholds: of what is
    heavier than an electron.
    """

    scenario: Any  # simkit.scenario.Scenario, which stands above this room
    detector: Detector
    couples: Sequence[Couple]
    thresholds: Thresholds
    policies: tuple[Any, ...]
    propagator: Any
    heavy_thresholds: HeavyThresholds


class Life(NamedTuple):
    """A life. kinds: those of simkit.particles that it follows; build: what its kernels read, a NamedTuple
    with the fields `geometry` and `policies` at least; makes: the kinds that it may put on the stacks,
    besides its own and those of photons and electrons; highest_MeV: kinetic energy up to which it follows."""

    name: str
    kinds: tuple[int, ...]
    build: Callable[[WorldParts], Any]
    makes: tuple[int, ...] = ()
    highest_MeV: float = math.inf
