"""How often hadrons interact with nuclei: inelastic and elastic cross sections.

Measured lengths of elements (physics/data/hadron_lengths.csv), interpolated between them in ln A, times a
function of the energy for each class of hadrons (hadron_energies.csv), of some on three nuclei, interpolated
alike. A proton does not get to the nucleus below its Coulomb barrier. The elastic cross section of nucleons
has a table of its own (hadron_elastic.csv), which meets that of neutrons below 20 MeV; of other hadrons it is
in proportion to the inelastic one. Nucleons and pions on hydrogen: hadron_hydrogen.csv.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simkit.materials import Element, Material, element_by_z
from simkit.units import AVOGADRO, barn

CLASSES = ("nucleon", "antinucleon", "pion", "kaon")
"""Classes of hadrons, each with cross sections of its own."""
_MB_PER_CM2 = 1e27


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a file of physics/data, without its comments."""
    text = (files("simkit.physics") / "data" / f"{name}.csv").read_text("utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))


@cache
def _elements() -> dict[str, NDArray[np.float64]]:
    """Return ln A, and ln of cross sections (mb) by A^(2/3), of the elements in the table."""
    table = rows("hadron_lengths")
    a = np.array([element_by_z(int(row["z"])).a_g_mol for row in table])
    found = {"ln_a": np.log(a)}
    for key in ("collision", "interaction", "pion"):
        length = np.array([float(row[key]) for row in table])
        found[key] = np.log(_MB_PER_CM2 * a / (AVOGADRO * length) / a ** (2.0 / 3.0))
    return found


@cache
def _shapes(which: str) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return ln energies (MeV), ln A of the nuclei, and a class's cross sections on them by energy."""
    table = rows("hadron_energies")
    columns = [name for name in table[0] if name.partition("_")[0] == which]
    ln_a = [np.log(element_by_z(int(name.partition("_")[2] or 1)).a_g_mol) for name in columns]
    values = [[float(row[name]) for name in columns] for row in table]
    return np.log([float(row["MeV"]) for row in table]), np.array(ln_a), np.array(values)


def _shape(element: Element, energy: NDArray[np.float64], which: str) -> NDArray[np.float64]:
    ln_energies, ln_nuclei, values = _shapes(which)
    of_element = [np.interp(np.log(element.a_g_mol), ln_nuclei, row) for row in values]
    return np.interp(np.log(energy), ln_energies, of_element)


def _millibarn(element: Element, key: str) -> float:
    known = _elements()
    ln_a = np.log(element.a_g_mol)
    return float(np.exp(np.interp(ln_a, known["ln_a"], known[key]) + 2.0 / 3.0 * ln_a))


def _on_hydrogen(energy: NDArray[np.float64], which: str, charge: int, kind: str) -> NDArray[np.float64]:
    """Return a cross section (mb) of a nucleon or a pion on hydrogen; kind: "inelastic" or "elastic"."""
    hadron = which if which == "pion" else ("proton" if charge > 0 else "neutron")
    return _interpolated("hadron_hydrogen", energy, f"{hadron}_{kind}")


@cache
def _columns(name: str) -> dict[str, NDArray[np.float64]]:
    table = rows(name)
    return {column: np.array([float(row[column]) for row in table]) for column in table[0]}


def _interpolated(name: str, energy: NDArray[np.float64], column: str) -> NDArray[np.float64]:
    table = _columns(name)
    return np.interp(np.log(energy), np.log(table["MeV"]), table[column])


def _on_nucleus(element: Element, energy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the elastic cross section (mb) of neutrons, by A^(2/3) between the nuclei of the table."""
    nuclei = list(_columns("hadron_elastic"))[1:]
    masses = np.array([element_by_z(int(z)).a_g_mol for z in nuclei])
    areas = (element.a_g_mol / masses) ** (2.0 / 3.0)
    found = np.zeros_like(energy)
    for z, area, place in zip(nuclei, areas, np.eye(len(nuclei))):
        share = np.interp(np.log(element.a_g_mol), np.log(masses), place)
        found = found + share * area * _interpolated("hadron_elastic", energy, z)
    return found


def _over_barrier(element: Element, energy: NDArray[np.float64], charge: int) -> NDArray[np.float64]:
    """Return what the Coulomb barrier leaves of a nucleon's cross section: within 10 % of Barashenkov's."""
    if charge <= 0:
        return np.ones_like(energy)
    return np.sqrt(np.maximum(1.0 - coulomb_barrier(element) / energy, 0.0))


def coulomb_barrier(element: Element) -> float:
    """Return the height (MeV) of an element's Coulomb barrier for protons: 1 MeV Z / A^(1/3)."""
    return float(element.z / element.a_g_mol ** (1.0 / 3.0))


def inelastic(element: Element, energy: ArrayLike, which: str, charge: int = 0) -> NDArray[np.float64]:
    """Return the inelastic cross section (mb) on an element at kinetic energies (MeV), in their shape.

    which: one of CLASSES; charge: of the hadron, for the Coulomb barrier of nucleons. Valid above some 5 MeV.
    """
    energy = np.asarray(energy, dtype=float)
    if element.z == 1 and which in ("nucleon", "pion"):
        return _on_hydrogen(energy, which, charge, "inelastic")
    shape = _shape(element, energy, which)
    if which == "nucleon":
        shape = shape * _over_barrier(element, energy, charge)
    return _millibarn(element, "pion" if which in ("pion", "kaon") else "interaction") * shape


def elastic(element: Element, energy: ArrayLike, which: str, charge: int = 0) -> NDArray[np.float64]:
    """Return the elastic cross section (mb); arguments as `inelastic`."""
    energy = np.asarray(energy, dtype=float)
    if element.z == 1 and which in ("nucleon", "pion"):
        return _on_hydrogen(energy, which, charge, "elastic")
    if which == "nucleon":
        return _on_nucleus(element, energy) * _over_barrier(element, energy, charge)
    ratio = _millibarn(element, "collision") / _millibarn(element, "interaction") - 1.0
    return ratio * inelastic(element, energy, which, charge)


def per_mm(material: Material, energy: ArrayLike, which: str, charge: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the (inelastic, elastic) cross sections (1/mm) of a material; arguments as `inelastic`."""
    sums = [np.zeros_like(np.asarray(energy, dtype=float)) for _ in range(2)]
    for element, density in zip(material.elements, material.atoms_per_mm3):
        for total, of in zip(sums, (inelastic, elastic)):
            total += density * 1e-3 * barn * of(element, energy, which, charge)
    return sums[0], sums[1]
