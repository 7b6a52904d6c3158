"""The photoelectric cross section against G4HepEm, NIST, Geant4 and xraylib, 1 keV to 500 MeV.

The Sandia coefficients behind G4HepEm's figures are up to 10 % off the evaluated data of NIST between the M
and L edges of tungsten and lead, and 5 % in oxygen around 20 keV. simkit's follow NIST there within 0.1 %, so
those rows come out as disputed.
"""

from __future__ import annotations

import numpy as np

from simkit.physics import photoelectric
from simkit.record.validation import ValidationRow
from simkit.validation.curves import Sweep
from simkit.validation.judgement import judge
from simkit.validation.reference import Reference, evaluate, load_figures, photon_cross_section

TOLERANCE = 0.04


def ours(figure: Reference, energies: np.ndarray) -> np.ndarray:
    """Return our cross section at the energies, in the figure's unit."""
    return photon_cross_section(photoelectric, figure, energies)


CURVES = (Sweep("photoelectric", ours),)


def check() -> list[ValidationRow]:
    """Return the rows of atoms and materials."""
    figures = load_figures("photoelectric")
    return judge(figures, evaluate(figures, ours), TOLERANCE)
