"""A particle gun: one species, energies, directions and positions drawn from simple distributions.

Random numbers are counter-based (simkit.rng.philox): what event i gets depends on the seed, on i and on
the settings, not on how many events are asked for.
"""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticKnownError, core_schema

from simkit.errors import BadInput
from simkit.events.primaries import HIGHEST_PRIMARY_ENERGY, Events, Primaries
from simkit.events.source import EventCount, Source
from simkit.particles import PARTICLES, species
from simkit.sections import Section, Vector, numbers

MOST_PRIMARIES = 50_000_000  # at 88 bytes each, and the counts of their events besides

# Blocks of the counter: each quantity has its own, so that one setting does not move another's numbers.
_ENERGY, _DIRECTION, _POSITION_XY, _POSITION_Z = 0, 1, 2, 3

Energy = Annotated[float, Field(ge=1e-9, le=HIGHEST_PRIMARY_ENERGY)]


class _InTable:
    """Annotates the name of a particle: one of the particle table, to which plug-ins add."""

    @staticmethod
    def _validate(name: Any) -> str:
        if not isinstance(name, str) or name not in PARTICLES:
            raise PydanticKnownError("literal_error", {"expected": ", ".join(map(repr, PARTICLES))})
        return name

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self._validate)

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> Any:
        return {"type": "string", "enum": list(PARTICLES)}


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

    def energies(self, random: np.ndarray) -> np.ndarray:
        """Return energies (MeV) for numbers uniform in (0, 1)."""
        if self.energies_MeV is not None and self.weights is not None:
            energies = np.array(self.energies_MeV, dtype=np.float64)
            weights = np.array(self.weights, dtype=np.float64)
            cumulative = np.concatenate([[0.0], np.cumsum(weights)]) / weights.sum()
            # The first weight that is not 0 is the lowest a number in (0, 1) falls on, the last the highest.
            i = np.searchsorted(cumulative, random, side="left") - 1
            if len(energies) == len(weights):
                return energies[i]
            fraction = (random - cumulative[i]) / (cumulative[i + 1] - cumulative[i])
            return energies[i] + fraction * (energies[i + 1] - energies[i])
        low, high = float(self.min_MeV or 0.0), float(self.max_MeV or 0.0)
        if self.kind == "uniform":
            return low + (high - low) * random
        index = 1.0 if self.index is None else float(self.index)
        # The integral of the power law, inverted: (E/low)**(1-index) is uniform, or ln E for index 1.
        power = 1.0 - index
        stretch = math.log(high / low)
        if abs(power * stretch) < 1e-12:
            return low * np.exp(random * stretch)
        return low * np.exp(np.log1p(random * math.expm1(power * stretch)) / power)


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
        raise ValueError("must be [low, high], two finite numbers with low <= high")
    return pair


def _spread(value: Any) -> Any:
    vector = (value,) * 3 if isinstance(value, (int, float)) else value
    vector = numbers(vector, 3)
    if vector is None or min(vector) < 0.0:
        raise ValueError("must be a number, or three, not below 0")
    return vector


Interval = Annotated[tuple[float, float], BeforeValidator(_interval)]


class Gun(Source):
    """Particles of one kind, the same number in every event."""

    source: Literal["gun"]
    """Where events come from."""
    particle: Annotated[str, _InTable()] = "e-"
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
    count: EventCount = 100
    """Events, where -n does not say."""

    @model_validator(mode="after")
    def _one_of_each(self) -> Gun:
        if (self.energy_MeV is None) == (self.spectrum is None):
            raise ValueError("give energy_MeV or spectrum, and not both")
        if self.direction is not None and self.eta_range is not None:
            raise ValueError("give direction or eta_range, and not both")
        return self

    def load(self, n_events: int | None = None, seed: int = 1) -> Events:
        """See simkit.events.source.Source."""
        from simkit.transport.lives import followed  # with the engine, which records do not need

        if self.particle not in (names := followed()):
            raise BadInput(
                f"events.particle: no life follows {self.particle!r}; take one of {', '.join(names)}, or a "
                "plug-in with a life for it"
            )
        n = self.count if n_events is None else n_events
        primaries = self.primaries(n, seed)
        if (found := float(primaries.energy.max())) > names[self.particle]:
            raise BadInput(
                f"events: {self.particle} of {found:g} MeV, followed up to {names[self.particle]:g} MeV; "
                "lower energy_MeV or the spectrum"
            )
        nothing: tuple[dict[str, float], ...] = ({},) * n
        return Events(primaries, n, nothing, nothing)

    def kinds(self) -> tuple[int, ...]:
        """See simkit.events.source.Source."""
        return (PARTICLES.index(self.particle),)

    def primaries(self, n_events: int, seed: int) -> Primaries:
        """Return the primaries of `n_events` events. Errors: BadInput for none, or more than memory holds."""
        if n_events < 1:
            raise BadInput(f"events: found {n_events}, the gun needs at least 1; raise events.count (-n)")
        if n_events * self.per_event > MOST_PRIMARIES:
            raise BadInput(
                f"events: {n_events} events of {self.per_event} primaries are more than {MOST_PRIMARIES} "
                "together; take fewer (-n, events.per_event), in several runs with other seeds"
            )
        event = np.repeat(np.arange(n_events, dtype=np.int64), self.per_event)
        number = np.tile(np.arange(self.per_event, dtype=np.int64), n_events)

        def uniforms(block: int) -> tuple[np.ndarray, np.ndarray]:
            return _uniforms(seed, event, number, block)

        pdg = np.full(len(event), species(self.particle).pdg, dtype=np.int64)
        energy = self._energies(uniforms(_ENERGY)[0])
        u, v, w = self._directions(*uniforms(_DIRECTION))
        offsets = self._offsets(*uniforms(_POSITION_XY), *uniforms(_POSITION_Z))
        x, y, z = (centre + offset for centre, offset in zip(self.position_mm, offsets))
        return Primaries(event, number, pdg, energy, x, y, z, u, v, w, np.zeros(len(event)))

    def _energies(self, random: np.ndarray) -> np.ndarray:
        if self.spectrum is not None:
            return self.spectrum.energies(random)
        return np.full(len(random), float(self.energy_MeV or 0.0))

    def _directions(
        self, polar: np.ndarray, azimuth: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        if self.eta_range is None and self.direction != "isotropic":
            vector = np.array((1.0, 0.0, 0.0) if self.direction is None else self.direction, dtype=np.float64)
            vector = vector / np.abs(vector).max()  # before squaring, so that no length over- or underflows
            u, v, w = vector / math.sqrt(float(vector @ vector))
            return np.full(len(polar), u), np.full(len(polar), v), np.full(len(polar), w)
        if self.eta_range is None:
            w = 2.0 * polar - 1.0
            transverse = 2.0 * np.sqrt(polar * (1.0 - polar))
            phi = 2.0 * math.pi * azimuth
        else:
            low, high = self.eta_range
            eta = low + (high - low) * polar
            w = np.tanh(eta)
            transverse = 1.0 / np.cosh(eta)
            low, high = self.phi_range
            phi = low + (high - low) * azimuth
        return transverse * np.cos(phi), transverse * np.sin(phi), w

    def _offsets(self, *random: np.ndarray) -> tuple[np.ndarray, ...]:
        a, b, c, d = random
        width = self.spread_mm
        if self.spread == "uniform":
            shifts = (2.0 * a - 1.0, 2.0 * b - 1.0, 2.0 * c - 1.0)
        else:  # Box and Muller, Ann. Math. Stat. 29 (1958) 610
            radius = np.sqrt(-2.0 * np.log(a))
            angle = 2.0 * math.pi * b
            z = np.sqrt(-2.0 * np.log(c)) * np.cos(2.0 * math.pi * d)
            shifts = (radius * np.cos(angle), radius * np.sin(angle), z)
        return width[0] * shifts[0], width[1] * shifts[1], width[2] * shifts[2]


def gun_primaries(n_events: int, seed: int, **settings: Any) -> Primaries:
    """Return the primaries of `n_events` events of a gun with these keys of `Gun`. Errors: BadInput."""
    return Gun.read({"source": "gun", **settings}, "events").primaries(n_events, seed)


def _uniforms(seed: int, event: np.ndarray, number: np.ndarray, block: int) -> tuple[np.ndarray, np.ndarray]:
    """Return two arrays uniform in (0, 1), a pair for each particle.

    The track word of the counter is the complement of the particle's number: far from the numbers that
    transport uses for the same particle's track.
    """
    from simkit.rng import philox  # with numba, which who reads records of events does not need

    mask = np.uint64(0xFFFFFFFF)
    shift = np.uint64(32)
    key = np.uint64(seed)
    track = ~number.astype(np.uint64)
    words = philox.py_func(
        np.full(len(event), block, dtype=np.uint64),
        event.astype(np.uint64) & mask,
        track & mask,
        track >> shift,
        key & mask,
        key >> shift,
    )
    high = (words[0] << shift) | words[1]
    low = (words[2] << shift) | words[3]
    first, second = (((bits >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52 for bits in (high, low))
    return first, second
