"""The `[events]` section: where the primaries come from."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from simkit.events.primaries import HIGHEST_ENERGY
from simkit.scenario.values import Section, Vector, numbers

Energy = Annotated[float, Field(ge=1e-3, le=HIGHEST_ENERGY)]
Count = Annotated[int, Field(ge=1, le=2**31 - 1)]


class Spectrum(Section):
    """A spectrum of kinetic energies."""

    kind: Literal["uniform", "log-uniform", "power", "table"]
    """"uniform": flat in E; "log-uniform": flat in ln E; "power": falls as E**-index; "table": as listed."""
    min_MeV: Energy | None = None
    """Lower end, but for a table."""
    max_MeV: Energy | None = None
    """Upper end, but for a table."""
    index: Annotated[float, Field(ge=-20.0, le=20.0)] | None = None
    """Of "power"."""
    energies_MeV: tuple[Energy, ...] | None = None
    """Of "table": lines, or the edges of flat bins."""
    weights: tuple[Annotated[float, Field(ge=0.0)], ...] | None = None
    """Of "table": relative, as many as energies (lines) or one fewer (bins)."""

    @model_validator(mode="after")
    def _complete(self) -> Spectrum:
        needed = {"energies_MeV", "weights"} if self.kind == "table" else {"min_MeV", "max_MeV"}
        needed |= {"index"} if self.kind == "power" else set()
        given = {name for name in type(self).model_fields if getattr(self, name) is not None} - {"kind"}
        if given != needed:
            raise ValueError(f"a {self.kind!r} spectrum takes {', '.join(sorted(needed))}")
        if self.min_MeV is not None and self.max_MeV is not None and self.max_MeV <= self.min_MeV:
            raise ValueError("max_MeV must be greater than min_MeV")
        if self.energies_MeV is not None and self.weights is not None:
            pairs = zip(self.energies_MeV, self.energies_MeV[1:])
            if any(high <= low for low, high in pairs) or not sum(self.weights) > 0.0:
                raise ValueError("energies_MeV must ascend, and weights must not all be 0")
            if len(self.energies_MeV) - len(self.weights) not in (0, 1):
                raise ValueError("there must be as many weights as energies_MeV (lines), or one fewer (bins)")
        return self


def _direction(value: Any) -> Any:
    if value is None or value == "isotropic":
        return value
    vector = numbers(value, 3)
    if vector is None or not 0.0 < math.hypot(*vector) < math.inf:
        raise ValueError('must be three finite numbers, not all 0, or "isotropic"')
    return vector


def _interval(value: Any) -> Any:
    pair = numbers(value, 2)
    if pair is None or pair[0] > pair[1]:
        raise ValueError("must be [low, high]")
    return pair


def _spread(value: Any) -> Any:
    vector = (value,) * 3 if isinstance(value, (int, float)) else value
    vector = numbers(vector, 3)
    if vector is None or min(vector) < 0.0:
        raise ValueError("must be a number, or three, not below 0")
    return vector


Interval = Annotated[tuple[float, float], BeforeValidator(_interval)]


class Gun(Section):
    """Particles of one kind, the same number in every event."""

    source: Literal["gun"]
    """Where events come from."""
    particle: Literal["gamma", "e-", "e+"] = "e-"
    """The kind."""
    energy_MeV: Energy | None = None
    """Kinetic energy; or give `spectrum`."""
    spectrum: Spectrum | None = None
    """Of kinetic energies; or give `energy_MeV`."""
    direction: Annotated[Vector | Literal["isotropic"] | None, BeforeValidator(_direction)] = None
    """Of any length, or "isotropic"; default +x; or give `eta_range`."""
    eta_range: Interval | None = None
    """Flat in pseudorapidity about z, instead of `direction`."""
    phi_range: Interval = (-math.pi, math.pi)
    """Flat in azimuth (rad), with `eta_range`."""
    position_mm: Vector = (0.0, 0.0, 0.0)
    """Where they start ..."""
    spread_mm: Annotated[Vector, BeforeValidator(_spread)] = (0.0, 0.0, 0.0)
    """... with a shift along each axis, one number or three ..."""
    spread: Literal["uniform", "gaussian"] = "uniform"
    """... drawn uniformly within +- it, or "gaussian" with that standard deviation."""
    per_event: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    """Particles an event."""
    count: Count = 100
    """Events, where -n does not say."""

    @model_validator(mode="after")
    def _one_of_each(self) -> Gun:
        if (self.energy_MeV is None) == (self.spectrum is None):
            raise ValueError("give energy_MeV or spectrum, and not both")
        if self.direction is not None and self.eta_range is not None:
            raise ValueError("give direction or eta_range, and not both")
        return self


def _as_text(value: Any) -> Any:
    return str(value) if hasattr(value, "__fspath__") else value


class HepMC3File(Section):
    """Final-state particles of the events in a HepMC3 file (plain or gzipped)."""

    source: Literal["hepmc3"]
    """Where events come from."""
    path: Annotated[str, BeforeValidator(_as_text)] = ""
    """The file, seen from the scenario's; empty: the packaged top-quark pair sample."""
    count: Count | None = None
    """Events, where -n does not say; without: all of the file."""
    eta_max: Annotated[float, Field(gt=0.0, le=100.0)] | None = None
    """Only particles with |eta| up to it; without: all."""
    energy_min_MeV: Annotated[float, Field(ge=0.0)] = 0.0
    """Only particles with kinetic energies from it on."""


Source = Annotated[Gun | HepMC3File, Field(discriminator="source")]
