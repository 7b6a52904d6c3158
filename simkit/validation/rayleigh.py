"""The Rayleigh cross section against xraylib and Geant4's Livermore model."""

from __future__ import annotations

import numpy as np

from simkit.physics import rayleigh
from simkit.record.validation import ValidationRow
from simkit.validation.curves import Sweep
from simkit.validation.judgement import judge
from simkit.validation.reference import Reference, evaluate, load_figures, photon_cross_section

TOLERANCE = 0.02  # as the total cross section's


def ours(figure: Reference, energies: np.ndarray) -> np.ndarray:
    """Return our cross section at the energies, in the figure's unit."""
    return photon_cross_section(rayleigh, figure, energies)


CURVES = (Sweep("rayleigh", ours),)


def check() -> list[ValidationRow]:
    """Return the rows of atoms and materials."""
    figures = load_figures("rayleigh")
    return judge(figures, evaluate(figures, ours), TOLERANCE)
