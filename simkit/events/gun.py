"""A particle gun: one species, energies, directions and positions drawn from simple distributions.

Random numbers are counter-based (simkit.rng.philox): what event i gets depends on the seed, on i and on
the settings, not on how many events are asked for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from simkit.errors import BadInput, unknown
from simkit.events.primaries import ELECTRON, GAMMA, POSITRON, Primaries
from simkit.rng import philox

MOST_PRIMARIES = 50_000_000  # at 80 bytes each, and the counts of their events besides
PARTICLES = {"gamma": GAMMA, "e-": ELECTRON, "e+": POSITRON}
SPECTRA = ("uniform", "log-uniform", "power", "table")
SPREADS = ("uniform", "gaussian")

# Blocks of the counter: each quantity has its own, so that one setting does not move another's numbers.
_ENERGY, _DIRECTION, _POSITION_XY, _POSITION_Z = 0, 1, 2, 3


def gun_primaries(
    n_events: int,
    seed: int,
    *,
    particle: str | int = "gamma",
    energy_MeV: float | None = None,
    spectrum: Mapping[str, Any] | None = None,
    direction: Sequence[float] | str | None = None,
    eta_range: Sequence[float] | None = None,
    phi_range: Sequence[float] = (-math.pi, math.pi),
    position_mm: Sequence[float] = (0.0, 0.0, 0.0),
    spread_mm: float | Sequence[float] = 0.0,
    spread: str = "uniform",
    per_event: int = 1,
) -> Primaries:
    """Return the primaries of `n_events` events with `per_event` particles each.

    particle: "gamma", "e-", "e+" or their PDG numbers.
    energy_MeV: kinetic energy; or spectrum, a mapping with `kind`:
      "uniform", "log-uniform": flat in E or in ln E from `min_MeV` to `max_MeV`;
      "power": dN/dE proportional to E**-`index` from `min_MeV` to `max_MeV`;
      "table": `energies_MeV` with as many relative `weights` (lines), or one weight fewer (flat bins).
    direction: a vector (any length), or "isotropic"; default +x.
    eta_range: instead of direction, pseudorapidity about z, flat from low to high, with the azimuth flat
      in phi_range (rad).
    position_mm: centre of the start. spread_mm: one number or one per axis; half the width of the shifts
      when spread is "uniform", their standard deviation when it is "gaussian".

    Raises BadInput for anything that cannot be used.
    """
    if n_events < 1 or per_event < 1:
        raise BadInput(
            f"events: the gun needs at least 1 event of 1 particle, found {n_events} of {per_event}; "
            "raise events.count (-n) or events.per_event"
        )
    if n_events * per_event > MOST_PRIMARIES:
        raise BadInput(
            f"events: {n_events} events of {per_event} primaries are more than {MOST_PRIMARIES} together; "
            "take fewer (-n, events.per_event), in several runs with other seeds"
        )
    pdg = _particle(particle)
    if direction is not None and eta_range is not None:
        raise BadInput("events: direction and eta_range are both given; keep one")
    event = np.repeat(np.arange(n_events, dtype=np.int64), per_event)
    number = np.tile(np.arange(per_event, dtype=np.int64), n_events)

    def uniforms(block: int) -> tuple[np.ndarray, np.ndarray]:
        return _uniforms(seed, event, number, block)

    energy = _energies(energy_MeV, spectrum, uniforms(_ENERGY)[0])
    u, v, w = _directions(direction, eta_range, phi_range, *uniforms(_DIRECTION))
    centre = _vector("position_mm", position_mm)
    offsets = _offsets(spread_mm, spread, *uniforms(_POSITION_XY), *uniforms(_POSITION_Z))
    x, y, z = (c + offset for c, offset in zip(centre, offsets))
    return Primaries(event, number, np.full(len(event), pdg, dtype=np.int64), energy, x, y, z, u, v, w)


def _uniforms(seed: int, event: np.ndarray, number: np.ndarray, block: int) -> tuple[np.ndarray, np.ndarray]:
    """Return two arrays uniform in (0, 1), a pair for each particle.

    The track word of the counter is the complement of the particle's number: far from the numbers that
    transport uses for the same particle's track.
    """
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


def _particle(particle: str | int) -> int:
    text = str(particle)
    if text in PARTICLES:
        return PARTICLES[text]
    for pdg in PARTICLES.values():
        if text == str(pdg):
            return pdg
    raise unknown("particle", particle, PARTICLES, "events.particle")


def _number(name: str, value: Any, allowed: str, low: float, high: float = math.inf) -> float:
    """Return value as a float; BadInput unless low < value < high."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not low < number < high:
        raise BadInput(f"events.{name}: found {value!r}, allowed {allowed}; correct the number")
    return number


def _vector(name: str, value: Any) -> np.ndarray:
    try:
        vector = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        vector = np.zeros(0)
    if vector.shape != (3,) or not np.isfinite(vector).all():
        raise BadInput(f"events.{name}: found {value!r}, allowed three finite numbers; correct it")
    return vector


def _range(name: str, value: Any) -> tuple[float, float]:
    try:
        low, high = (float(bound) for bound in value)
    except (TypeError, ValueError):
        low, high = math.nan, math.nan
    if not (math.isfinite(low) and math.isfinite(high) and low <= high):
        raise BadInput(f"events.{name}: found {value!r}, allowed [low, high] with low <= high; correct it")
    return low, high


def _energies(energy_MeV: float | None, spectrum: Mapping[str, Any] | None, random: np.ndarray) -> np.ndarray:
    if (energy_MeV is None) == (spectrum is None):
        found = "neither" if energy_MeV is None else "both"
        raise BadInput(f"events: found {found} of energy_MeV and spectrum; give one")
    if spectrum is None:
        return np.full(len(random), _number("energy_MeV", energy_MeV, "a finite number above 0", 0.0))
    kind = spectrum.get("kind")
    if kind not in SPECTRA:
        raise unknown("spectrum", kind, SPECTRA, "events.spectrum.kind")
    if kind == "table":
        return _table_energies(spectrum, random)
    low = _number("spectrum.min_MeV", spectrum.get("min_MeV"), "a finite number above 0", 0.0)
    high = _number("spectrum.max_MeV", spectrum.get("max_MeV"), "a finite number above min_MeV", low)
    if kind == "uniform":
        return low + (high - low) * random
    index = 1.0
    if kind == "power":
        index = _number("spectrum.index", spectrum.get("index"), "a finite number", -math.inf)
    # The integral of the power law, inverted: (E/low)**(1-index) is uniform, or ln E for index 1.
    power = 1.0 - index
    stretch = math.log(high / low)
    if abs(power * stretch) < 1e-12:
        return low * np.exp(random * stretch)
    return low * np.exp(np.log1p(random * math.expm1(power * stretch)) / power)


def _number_list(values: Any, *, ascending: bool) -> np.ndarray | None:
    """Return values as an array; None unless all are finite, not negative and, if `ascending`, ascending."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        return None
    usable = array.ndim == 1 and len(array) > 0 and np.isfinite(array).all() and (array >= 0.0).all()
    return array if usable and not (ascending and (np.diff(array) <= 0.0).any()) else None


def _table_energies(spectrum: Mapping[str, Any], random: np.ndarray) -> np.ndarray:
    energies = _number_list(spectrum.get("energies_MeV"), ascending=True)
    weights = _number_list(spectrum.get("weights"), ascending=False)
    if (
        energies is None
        or weights is None
        or len(energies) - len(weights) not in (0, 1)
        or not (weights.sum() > 0.0 and energies[0] > 0.0)
    ):
        raise BadInput(
            "events.spectrum: a table needs energies_MeV (positive, ascending) and weights (not negative, "
            "not all zero), as many for lines or one fewer for bins; correct the two lists"
        )
    cumulative = np.concatenate([[0.0], np.cumsum(weights)]) / weights.sum()
    # The first weight that is not zero is the lowest a number in (0, 1) can fall on, the last the highest.
    i = np.searchsorted(cumulative, random, side="left") - 1
    if len(energies) == len(weights):
        return energies[i]
    fraction = (random - cumulative[i]) / (cumulative[i + 1] - cumulative[i])
    return energies[i] + fraction * (energies[i + 1] - energies[i])


def _directions(
    direction: Sequence[float] | str | None,
    eta_range: Sequence[float] | None,
    phi_range: Sequence[float],
    polar: np.ndarray,
    azimuth: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if eta_range is None and not isinstance(direction, str):
        vector = _vector("direction", (1.0, 0.0, 0.0) if direction is None else direction)
        largest = np.abs(vector).max()
        if largest == 0.0:
            raise BadInput("events.direction: found a vector of length 0; give one that points somewhere")
        vector = vector / largest  # before squaring, so that no length over- or underflows
        u, v, w = vector / math.sqrt(float(vector @ vector))
        return np.full(len(polar), u), np.full(len(polar), v), np.full(len(polar), w)
    if eta_range is None:
        if direction != "isotropic":
            raise unknown("direction", direction, ("isotropic",), "events.direction")
        w = 2.0 * polar - 1.0
        transverse = 2.0 * np.sqrt(polar * (1.0 - polar))
        phi = 2.0 * math.pi * azimuth
    else:
        low, high = _range("eta_range", eta_range)
        eta = low + (high - low) * polar
        w = np.tanh(eta)
        transverse = 1.0 / np.cosh(eta)
        low, high = _range("phi_range", phi_range)
        phi = low + (high - low) * azimuth
    return transverse * np.cos(phi), transverse * np.sin(phi), w


def _offsets(spread_mm: float | Sequence[float], spread: str, *random: np.ndarray) -> tuple[np.ndarray, ...]:
    a, b, c, d = random
    width = _vector("spread_mm", np.broadcast_to(spread_mm, 3) if np.ndim(spread_mm) == 0 else spread_mm)
    if (width < 0.0).any():
        raise BadInput(f"events.spread_mm: found {spread_mm!r}, allowed numbers not below 0; correct it")
    if spread not in SPREADS:
        raise unknown("spread", spread, SPREADS, "events.spread")
    if spread == "uniform":
        shifts = (2.0 * a - 1.0, 2.0 * b - 1.0, 2.0 * c - 1.0)
    else:  # Box and Muller, Ann. Math. Stat. 29 (1958) 610
        radius = np.sqrt(-2.0 * np.log(a))
        angle = 2.0 * math.pi * b
        z = np.sqrt(-2.0 * np.log(c)) * np.cos(2.0 * math.pi * d)
        shifts = (radius * np.cos(angle), radius * np.sin(angle), z)
    return width[0] * shifts[0], width[1] * shifts[1], width[2] * shifts[2]
