"""Radiation lengths against those Geant4 prints."""

from __future__ import annotations

from simkit.materials import find_material
from simkit.record.validation import ValidationRow
from simkit.validation.judgement import judge
from simkit.validation.reference import load_figures

TOLERANCE = 0.001  # the digits printed


def check() -> list[ValidationRow]:
    """Return a row a material."""
    figures = load_figures("radiation_length")
    ours = [find_material(figure.material).radiation_length_mm for figure in figures]
    return judge(figures, ours, TOLERANCE)
