"""First transport cross section of e- and e+.

Screened Rutherford scattering with the nuclear and spin corrections of Urban's model up to 10 MeV, an
expansion in beta^2 above. Source: L. Urban, CERN-OPEN-2006-077; Geant4 Physics Reference Manual, chapter
"Multiple scattering". Valid for Z from 1 to 92 and kinetic energies from 100 eV.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from math import pi

import numpy as np

from simkit.materials import Material
from simkit.units import BOHR_RADIUS, CLASSICAL_ELECTRON_RADIUS, ELECTRON_MASS, HBAR_C, barn, keV

_JOIN = 10.0  # MeV, where the expansion in beta^2 takes over


@cache
def _constants() -> dict[str, np.ndarray]:
    text = (files("simkit.physics") / "data" / "transport_cross_section.csv").read_text("utf-8")
    rows = list(csv.reader(line for line in text.splitlines() if not line.startswith("#")))
    named: dict[str, list[list[float]]] = {}
    atomic_numbers = []
    for name, z, *values in rows[1:]:
        named.setdefault(name, []).append([float(v) for v in values if v])
        if name == "e-":
            atomic_numbers.append(float(z))
    constants = {name: np.squeeze(np.array(values)) for name, values in named.items()}
    constants["z"] = np.array(atomic_numbers)
    constants["energy"] = np.array(rows[0][2:], dtype=float)
    return constants


def _beta2(energy: np.ndarray) -> np.ndarray:
    return energy * (energy + 2.0 * ELECTRON_MASS) / (energy + ELECTRON_MASS) ** 2


def cross_section_per_atom(z: float, energy: np.ndarray, positron: bool) -> np.ndarray:
    """Return the first transport cross section (mm^2) of an atom at kinetic energies `energy` (MeV)."""
    constants = _constants()
    energy = np.asarray(energy, dtype=float)
    beta2 = _beta2(energy)
    momentum2 = energy * (energy + 2.0 * ELECTRON_MASS) / ELECTRON_MASS**2  # (beta gamma)^2

    # Thomas-Fermi screened Rutherford scattering; the three branches keep it exact at both ends.
    screening = 2.0 * (ELECTRON_MASS * BOHR_RADIUS / HBAR_C) ** 2 * momentum2 / z ** (2.0 / 3.0)
    rutherford = np.where(
        screening < 1e-4,
        2.0 * screening**2,
        np.log1p(2.0 * screening) - 2.0 * screening / (1.0 + 2.0 * screening),
    )
    low = 2.0 * pi * CLASSICAL_ELECTRON_RADIUS**2 * z**2 * rutherford / (beta2 * momentum2)

    # Interpolation in Z^2 and beta^2, as the constants were made for.
    table_z = constants["z"]
    i = int(np.clip(np.searchsorted(table_z, z) - 1, 0, len(table_z) - 2))
    ratio = (z**2 - table_z[i] ** 2) / (table_z[i + 1] ** 2 - table_z[i] ** 2)
    correction = constants["e+" if positron else "e-"]
    at_z = correction[i] + ratio * (correction[i + 1] - correction[i])
    table_beta2 = _beta2(constants["energy"])
    j = np.clip(np.searchsorted(table_beta2, beta2) - 1, 0, len(table_beta2) - 2)
    place = (beta2 - table_beta2[j]) / (table_beta2[j + 1] - table_beta2[j])
    low = low / (at_z[j] + place * (at_z[j + 1] - at_z[j]))

    join_beta2 = _beta2(np.array(_JOIN))
    join_momentum2 = _JOIN * (_JOIN + 2.0 * ELECTRON_MASS) / ELECTRON_MASS**2

    def expansion(k: int) -> np.ndarray:
        slope = 1.0 + constants["slope"][k] * (beta2 - join_beta2)
        return barn * constants["sigma"][k] * slope * join_momentum2 / momentum2

    if z < table_z[0]:
        high = expansion(0) * (z / table_z[0]) ** 2
    elif z > table_z[-1]:
        high = expansion(len(table_z) - 1) * (z / table_z[-1]) ** 2
    else:
        high = expansion(i) + ratio * (expansion(i + 1) - expansion(i))

    low_energy = 1.0 + 0.30 / (1.0 + np.sqrt(energy / keV))
    return np.where(energy <= _JOIN, low, high) * low_energy


def cross_section(material: Material, energy: np.ndarray, positron: bool) -> np.ndarray:
    """Return the macroscopic first transport cross section (1/mm) at kinetic energies `energy` (MeV)."""
    total = np.zeros_like(np.asarray(energy, dtype=float))
    for element, density in zip(material.elements, material.atoms_per_mm3):
        total += density * cross_section_per_atom(element.z, energy, positron)
    return total
