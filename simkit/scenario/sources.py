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
    """A spectrum of kinetic energies.

    From `min_MeV` to `max_MeV`: "uniform" is flat in E, "log-uniform" flat in ln E, "power" falls as
    E**-index. "table": `energies_MeV` with as many relative `weights` (lines), or one fewer (flat bins).
    """

    kind: Literal["uniform", "log-uniform", "power", "table"]
    min_MeV: Energy | None = None
    max_MeV: Energy | None = None
    index: Annotated[float, Field(ge=-20.0, le=20.0)] | None = None
    energies_MeV: tuple[Energy, ...] | None = None
    weights: tuple[Annotated[float, Field(ge=0.0)], ...] | None = None

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
    """`per_event` particles of one kind in every event; energies are kinetic.

    They start at `position_mm` with a shift along each axis, drawn uniformly within +- `spread_mm`
    or, with `spread` "gaussian", with that standard deviation. They fly along `direction` (any length, or
    "isotropic"; default +x) or, instead, flat in pseudorapidity about z within `eta_range` and in azimuth
    within `phi_range` (rad).
    """

    source: Literal["gun"]
    particle: Literal["gamma", "e-", "e+"] = "e-"
    energy_MeV: Energy | None = None
    spectrum: Spectrum | None = None
    direction: Annotated[Vector | Literal["isotropic"] | None, BeforeValidator(_direction)] = None
    eta_range: Interval | None = None
    phi_range: Interval = (-math.pi, math.pi)
    position_mm: Vector = (0.0, 0.0, 0.0)
    spread_mm: Annotated[Vector, BeforeValidator(_spread)] = (0.0, 0.0, 0.0)
    spread: Literal["uniform", "gaussian"] = "uniform"
    per_event: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    count: Count = 100

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
    """Final-state particles of the events in a HepMC3 file (plain or gzipped).

    `path` empty: the packaged top-quark pair sample. `count` None: all events of the file. Only particles
    with |eta| <= `eta_max` (None: all) and kinetic energies from `energy_min_MeV` enter the simulation.
    """

    source: Literal["hepmc3"]
    path: Annotated[str, BeforeValidator(_as_text)] = ""
    count: Count | None = None
    eta_max: Annotated[float, Field(gt=0.0, le=100.0)] | None = None
    energy_min_MeV: Annotated[float, Field(ge=0.0)] = 0.0


Source = Annotated[Gun | HepMC3File, Field(discriminator="source")]
