"""The `[events]` section: where the primaries come from."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from simkit.scenario.values import Section, Vector

GUN_PARTICLES = ("gamma", "e-", "e+")

Energy = Annotated[float, Field(ge=1e-3, le=1e8)]


class Spectrum(Section):
    """A spectrum of kinetic energies between `min_MeV` and `max_MeV`.

    "uniform" is flat in E, "log-uniform" flat in ln E, "power" falls as E**-index.
    """

    kind: Literal["uniform", "log-uniform", "power"]
    min_MeV: Energy
    max_MeV: Energy
    index: Annotated[float, Field(ge=0.0, le=20.0)] = 2.0

    @model_validator(mode="after")
    def _ordered(self) -> Spectrum:
        if self.max_MeV <= self.min_MeV:
            raise ValueError(f"max_MeV must be greater than min_MeV ({self.min_MeV})")
        return self


class Gun(Section):
    """One particle per event. Energies are kinetic (MeV).

    The start point is `position_mm` plus, along each axis, a shift drawn uniformly within
    +- `spread_mm`; `direction` need not be normalised.
    """

    source: Literal["gun"]
    particle: Literal["gamma", "e-", "e+"] = "e-"
    energy_MeV: Energy | None = None
    spectrum: Spectrum | None = None
    direction: Vector = (1.0, 0.0, 0.0)
    position_mm: Vector = (0.0, 0.0, 0.0)
    spread_mm: Vector = (0.0, 0.0, 0.0)
    count: Annotated[int, Field(ge=1, le=2**31 - 1)] = 100

    @field_validator("direction")
    @classmethod
    def _not_null(cls, value: tuple[float, float, float]) -> tuple[float, float, float]:
        if not 0.0 < math.hypot(*value) < math.inf:
            raise ValueError("a direction needs a length greater than 0")
        return value

    @field_validator("spread_mm")
    @classmethod
    def _not_negative(cls, value: tuple[float, float, float]) -> tuple[float, float, float]:
        if min(value) < 0.0:
            raise ValueError("a spread must not be negative")
        return value

    @model_validator(mode="after")
    def _one_energy(self) -> Gun:
        if (self.energy_MeV is None) == (self.spectrum is None):
            raise ValueError("give energy_MeV or spectrum, and not both")
        return self


def _as_text(value: Any) -> Any:
    return str(value) if hasattr(value, "__fspath__") else value


class HepMC3File(Section):
    """Final-state particles of the events in a HepMC3 file (plain or gzipped).

    `path` empty: the packaged top-quark pair sample. `count` None: all events of the file. Only particles
    with |eta| <= `eta_max` (None: all) enter the simulation.
    """

    source: Literal["hepmc3"]
    path: Annotated[str, BeforeValidator(_as_text)] = ""
    count: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    eta_max: Annotated[float, Field(gt=0.0, le=100.0)] | None = None


Source = Annotated[Gun | HepMC3File, Field(discriminator="source")]
