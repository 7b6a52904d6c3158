"""The total cross section of photons against NIST (1 keV to 20 MeV), xraylib and G4HepEm (to 1 TeV)."""

from __future__ import annotations

import numpy as np

from simkit.materials import find_element, find_material
from simkit.physics import compton, conversion, photoelectric, rayleigh
from simkit.record.validation import ValidationRow
from simkit.units import cm2
from simkit.validation.curves import Sweep
from simkit.validation.judgement import judge
from simkit.validation.reference import Reference, evaluate, load_figures

TOLERANCE = 0.02
_PROCESSES = (photoelectric, compton, conversion)


def check() -> list[ValidationRow]:
    """Return the rows of elements and materials, with and without Rayleigh scattering."""
    figures = load_figures("total_gamma")
    return judge(figures, evaluate(figures, ours), TOLERANCE)


def ours(figure: Reference, energies: np.ndarray) -> np.ndarray:
    processes = _PROCESSES + ((rayleigh,) if figure.quantity == "with Rayleigh" else ())
    if not figure.material.startswith("G4_"):
        element = find_element(figure.material)
        per_atom = sum(process.cross_section_per_atom(element.z, energies) for process in processes)
        return per_atom * element.atoms_per_g / cm2
    material = find_material(figure.material)
    per_volume = sum(process.cross_section(material, energies) for process in processes)
    if figure.unit == "cm2/g":
        return per_volume * 10.0 / material.density_g_cm3
    return np.asarray(per_volume)


CURVES = (Sweep("total_gamma", ours),)
