"""A rule: a table of `[[fastsim]]`, which model takes which tracks where."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, ClassVar, NamedTuple

from pydantic import Field

from simkit.geometry.detector import Detector
from simkit.materials import Material
from simkit.sections import KeyPath, NotNegative, RegionName, Section

SHOWERING = ("gamma", "e-", "e+")
"""Particles of electromagnetic showers."""
Eta = Annotated[float, Field(ge=-100.0, le=100.0)]


class Rule(Section):
    """`[[fastsim]]`: what a model takes; a model adds keys of its own.

    A model's section derives from this. Its `build` returns the model: a NamedTuple for which
    `simkit.fastsim.models.in_kernel.SHOWER` has a function, or what a model on the host is
    (simkit.fastsim.models.on_host).
    """

    only: ClassVar[tuple[str, ...]] = ()
    """The particles that its model can make showers of; empty: any."""
    model: str
    particles: Annotated[tuple[str, ...], Field(min_length=1)] = SHOWERING
    """The particles that it takes."""
    regions: tuple[RegionName, ...] = ()
    """Where it takes them: where they begin there, or enter; empty: in the whole calorimeter."""
    min_MeV: NotNegative = 0.0
    """Kinetic energy from which it takes them ..."""
    max_MeV: NotNegative = 1e7
    """... and below which."""
    eta_range: tuple[Eta, Eta] | None = None
    """[from, to], of the pseudorapidity of their direction; none: any."""
    priority: Annotated[int, Field(ge=-1000, le=1000)] = 0
    """Of rules that take the same track, the one with the highest does; equal ones are an error."""
    retries: Annotated[int, Field(ge=0, le=1000)] = 3
    """How often a shower is asked for again after no number or a negative one, before full simulation."""

    @abstractmethod
    def build(self, surroundings: Surroundings) -> Any:
        """Return the model. Errors: BadInput where it cannot be in these surroundings."""

    def problems(self) -> Iterator[tuple[KeyPath, str]]:
        """See simkit.sections.Section."""
        if self.only and (others := [name for name in self.particles if name not in self.only]):
            yield ("particles",), f"found {others[0]!r}; {self.model} takes {', '.join(self.only)} alone"
        if self.min_MeV >= self.max_MeV:
            yield ("min_MeV",), f"found {self.min_MeV:g}; must be below max_MeV ({self.max_MeV:g})"
        if self.eta_range and math.tanh(self.eta_range[0]) >= math.tanh(self.eta_range[1]):
            # directions are cosines, which cannot be told from the axis beyond an eta of 19
            yield ("eta_range",), "must be [from, to] with from < to, and not all of it beyond +-18"

    def overlaps(self, other: Rule, regions: Sequence[str]) -> bool:
        """Return whether a track can be in the domain of both; regions: of the calorimeter."""
        mine, its = (set(rule.regions or regions) for rule in (self, other))
        energies = self.min_MeV < other.max_MeV and other.min_MeV < self.max_MeV
        a, b = (rule.eta_range or (-1e9, 1e9) for rule in (self, other))
        return bool(
            set(self.particles) & set(other.particles)
            and mine & its
            and energies
            and a[0] < b[1]
            and b[0] < a[1]
        )


class Surroundings(NamedTuple):
    """What a model is built in.

    materials: of each couple of the detector. regions: the numbers of the rule's regions. start, direction: a
    point (mm) and a direction from which particles come, as far as the events tell.
    """

    detector: Detector
    materials: tuple[Material, ...]
    regions: tuple[int, ...]
    start: tuple[float, float, float]
    direction: tuple[float, float, float]
