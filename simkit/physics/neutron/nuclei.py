"""What the toy knows of the nuclei of an element, natural mixture."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np

from simkit.materials import element_by_z
from simkit.physics.neutron.elastic import hydrogen_cross_section
from simkit.units import NEUTRON_MASS_U

HIGHEST_ENERGY = 20.0  # MeV
THERMAL_ENERGY = 2.53e-8  # MeV, of 2200 m/s
_SMOOTH_FROM = 1e-6  # MeV, up to which a free atom scatters as it does thermal neutrons
_CAPTURED_TO = 0.1  # MeV, above which a neutron is scattered sooner than a compound nucleus calms down
_ABSORPTION_B = 1.0  # where no measurement is at hand: elements that live too short
# What a middling nucleus has, for an element that data/neutrons.csv leaves out.
_UNKNOWN = {
    "total_b": "",
    "separation_MeV": "8.5",
    "capture_MeV": "7.5",
    "local_MeV": "0",
    "least": "2",
    "most": "4",
}


@dataclass(frozen=True)
class Nucleus:
    """The nuclei of an element. Energies in MeV, cross sections in barn.

    mass: in neutron masses. total, inelastic: (energies, cross sections), see data/neutrons.csv. levels:
    excited states, ascending. separation: of a neutron. capture: energy that one sets free, local of it by
    charged particles, the rest by least to most gammas.
    """

    z: int
    mass: float
    absorption: float
    thermal_elastic: float
    total: tuple[np.ndarray, np.ndarray]
    inelastic: tuple[np.ndarray, np.ndarray]
    levels: tuple[float, ...]
    separation: float
    capture: float
    local: float
    least: int
    most: int

    def elastic_barn(self, energy: np.ndarray) -> np.ndarray:
        """Return the elastic cross section at energies."""
        if self.z == 1:
            return hydrogen_cross_section(energy)
        energies = np.concatenate([[_SMOOTH_FROM], self.total[0]])
        values = np.concatenate([[self.thermal_elastic], self.total[1]])
        total = np.exp(np.interp(np.log(energy), np.log(energies), np.log(values)))
        return np.maximum(total - self.inelastic_barn(energy), 0.1 * total)

    def inelastic_barn(self, energy: np.ndarray) -> np.ndarray:
        """Return the inelastic cross section at energies, 0 where the first level is out of reach."""
        if not self.levels:
            return np.zeros_like(energy)
        open_ = energy > self.levels[0] * (self.mass + 1.0) / self.mass
        return np.where(open_, np.interp(np.log(energy), np.log(self.inelastic[0]), self.inelastic[1]), 0.0)

    def capture_barn(self, energy: np.ndarray) -> np.ndarray:
        """Return the cross section of capture at energies: as 1/v; that of gammas ends above 100 keV."""
        slow = self.absorption * np.sqrt(THERMAL_ENERGY / energy)
        return slow if self.local > 0.0 else slow / (1.0 + (energy / _CAPTURED_TO) ** 2)


@cache
def nucleus(z: int) -> Nucleus:
    """Return the nuclei of an element, z from 1 to 92.

    One of which data/neutrons.csv has no cross sections lies between two of which it has: those above 1 keV
    are interpolated in A^(1/3), its levels are those of the nearer one.
    """
    element, row = element_by_z(z), _listed().get(z, _UNKNOWN)
    if z == 1 or row["total_b"]:
        fast = _fast(row)
    else:
        known = [n for n, of in _listed().items() if of["total_b"]]
        above = next((n for n in known if n > z), known[-1])
        below = next((n for n in reversed(known) if n < z), known[0])
        fast = _between(z, below, above)
    absorption, elastic = _thermal().get(z, (_ABSORPTION_B, 0.0))
    return Nucleus(
        z,
        element.a_g_mol / NEUTRON_MASS_U,
        absorption,
        elastic or float(fast.total[1][0]),
        *fast,
        separation=float(row["separation_MeV"] or 0.0),
        capture=float(row["capture_MeV"]),
        local=float(row["local_MeV"]),
        least=int(row["least"]),
        most=int(row["most"]),
    )


class _Fast(NamedTuple):
    """Of Nucleus, what is of fast neutrons."""

    total: tuple[np.ndarray, np.ndarray]
    inelastic: tuple[np.ndarray, np.ndarray]
    levels: tuple[float, ...]


def _fast(row: dict[str, str]) -> _Fast:
    levels = tuple(map(float, row["levels_MeV"].split()))
    return _Fast(_points(row["total_b"]), _points(row["inelastic_b"]), levels)


def _between(z: int, below: int, above: int) -> _Fast:
    """Return what an element has that lies between two others, or beyond the last."""
    size, low, high = (element_by_z(n).a_g_mol ** (1.0 / 3.0) for n in (z, below, above))
    share = 0.0 if below == above else min(max((size - low) / (high - low), 0.0), 1.0)
    a, b = _fast(_listed()[below]), _fast(_listed()[above])
    total, inelastic = (_mixed(one, other, share) for one, other in zip(a[:2], b[:2]))
    return _Fast(total, inelastic, b.levels if share > 0.5 else a.levels)


def _mixed(
    one: tuple[np.ndarray, np.ndarray], other: tuple[np.ndarray, np.ndarray], share: float
) -> tuple[np.ndarray, np.ndarray]:
    energies = np.union1d(one[0], other[0])
    values = [np.interp(np.log(energies), np.log(e), v) for e, v in (one, other)]
    return energies, (1.0 - share) * values[0] + share * values[1]


def _points(text: str) -> tuple[np.ndarray, np.ndarray]:
    pairs = np.array([pair.split(":") for pair in text.split()], dtype=float).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def _rows(name: str) -> list[dict[str, str]]:
    text = (files("simkit.physics") / "data" / f"{name}.csv").read_text("utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))


@cache
def _listed() -> dict[int, dict[str, str]]:
    return {int(row["z"]): row for row in _rows("neutrons")}


@cache
def _thermal() -> dict[int, tuple[float, float]]:
    return {
        int(row["z"]): (float(row["absorption_b"]), float(row["elastic_b"]))
        for row in _rows("neutron_thermal")
    }
