"""The Rayleigh cross section against xraylib and Geant4's Livermore model."""

from __future__ import annotations

from simkit.physics import rayleigh
from simkit.validation.judgement import judge
from simkit.validation.reference import evaluate, load_figures, photon_cross_section
from simkit.validation.schema import Row

TOLERANCE = 0.02  # as the total cross section's


def check() -> list[Row]:
    """Return the rows of atoms and materials."""
    figures = load_figures("rayleigh")
    ours = photon_cross_section(rayleigh.cross_section, rayleigh.cross_section_per_atom)
    return judge(figures, evaluate(figures, ours), TOLERANCE)
