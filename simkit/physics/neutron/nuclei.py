"""What the toy knows of the nuclei of an element, natural mixture."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from simkit.materials import Element, element_by_z
from simkit.physics.neutron.elastic import hydrogen_cross_section
from simkit.units import NEUTRON_MASS_U

HIGHEST_ENERGY = 20.0  # MeV
THERMAL_ENERGY = 2.53e-8  # MeV, of 2200 m/s
_SMOOTH_FROM = 1e-6  # MeV, up to which a free atom scatters as it does thermal neutrons
# For an element that the tables leave out: what a middling nucleus has.
_SEPARATION, _CAPTURE_MEV, _ABSORPTION_B = 8.5, 7.5, 1.0


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
        """Return the cross section of capture at energies: as 1/v."""
        return self.absorption * np.sqrt(THERMAL_ENERGY / energy)


@cache
def nucleus(z: int) -> Nucleus:
    """Return the nuclei of an element, z from 1 to 92.

    One that data/neutrons.csv leaves out lies between two that are there: its cross sections above 1 keV are
    interpolated in A^(1/3), its levels are those of the nearer one.
    """
    element, known = element_by_z(z), _listed()
    absorption, elastic = _thermal().get(z, (_ABSORPTION_B, 0.0))
    mass = element.a_g_mol / NEUTRON_MASS_U
    if z in known:
        row = known[z]
        capture = (float(row["capture_MeV"]), float(row["local_MeV"]), int(row["least"]), int(row["most"]))
        total, inelastic, levels = _points(row["total_b"]), _points(row["inelastic_b"]), _levels(row)
        separation = float(row["separation_MeV"] or _SEPARATION)
        return Nucleus(z, mass, absorption, elastic, total, inelastic, levels, separation, *capture)
    heavy = [n for n in known if n > 1]
    above = next((n for n in heavy if n > z), heavy[-1])
    below = next((n for n in reversed(heavy) if n < z), heavy[0])
    size, low, high = (_radius(element_by_z(n)) for n in (z, below, above))
    share = 0.0 if below == above else min(max((size - low) / (high - low), 0.0), 1.0)
    total, inelastic = (
        _between(_points(known[below][key]), _points(known[above][key]), share)
        for key in ("total_b", "inelastic_b")
    )
    levels = _levels(known[above if share > 0.5 else below])
    return Nucleus(
        z, mass, absorption, elastic or float(total[1][0]), total, inelastic, levels,
        _SEPARATION, _CAPTURE_MEV, 0.0, 2, 4,
    )  # fmt: skip


def _radius(element: Element) -> float:
    return float(element.a_g_mol ** (1.0 / 3.0))


def _between(
    below: tuple[np.ndarray, np.ndarray], above: tuple[np.ndarray, np.ndarray], share: float
) -> tuple[np.ndarray, np.ndarray]:
    energies = np.union1d(below[0], above[0])
    values = [np.interp(np.log(energies), np.log(e), v) for e, v in (below, above)]
    return energies, (1.0 - share) * values[0] + share * values[1]


def _points(text: str) -> tuple[np.ndarray, np.ndarray]:
    pairs = np.array([pair.split(":") for pair in text.split()], dtype=float).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def _levels(row: dict[str, str]) -> tuple[float, ...]:
    return tuple(map(float, row["levels_MeV"].split()))


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
