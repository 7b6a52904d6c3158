"""Ionisation by e- and e+: restricted loss (with soft bremsstrahlung) and cross section, 1 keV to 1 TeV."""

from __future__ import annotations

import numpy as np

from simkit.materials import find_element, find_material
from simkit.physics import bremsstrahlung, ionisation
from simkit.record.validation import ValidationRow
from simkit.units import barn
from simkit.validation.curves import Sweep
from simkit.validation.judgement import judge
from simkit.validation.reference import Reference, evaluate, load_figures

TOLERANCE = 0.01


def check() -> list[ValidationRow]:
    """Return the rows of losses and cross sections."""
    figures = load_figures("ionisation")
    return judge(figures, evaluate(figures, ours), TOLERANCE)


def ours(figure: Reference, energies: np.ndarray) -> np.ndarray:
    positron = figure.particle == "e+"
    cut = figure.parameters["cut_MeV"]
    if figure.quantity == "cross section":
        if figure.unit == "barn":
            material = find_material(f"G4_{find_element(figure.material).symbol}")
            return ionisation.cross_section(material, energies, cut, positron) / (
                material.atoms_per_mm3[0] * barn
            )
        return ionisation.cross_section(find_material(figure.material), energies, cut, positron)
    photon_cut = figure.parameters["photon_cut_MeV"]
    material = find_material(figure.material)
    loss = ionisation.restricted_dedx(material, energies, cut, positron)
    if photon_cut > 0.0:
        loss = loss + bremsstrahlung.restricted_dedx(material, energies, photon_cut, positron)
    return loss


CURVES = (Sweep("ionisation", ours),)
