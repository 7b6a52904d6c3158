"""The cross section of annihilation in flight, 100 eV to 1 TeV."""

from __future__ import annotations

import numpy as np

from simkit.materials import find_element
from simkit.physics.annihilation import cross_section_per_electron
from simkit.record.validation import ValidationRow
from simkit.units import barn
from simkit.validation.curves import Sweep
from simkit.validation.judgement import judge
from simkit.validation.reference import Reference, evaluate, load_figures

TOLERANCE = 1e-5


def ours(figure: Reference, energies: np.ndarray) -> np.ndarray:
    """Return our cross section (barn) at the energies."""
    return find_element(figure.material).z * cross_section_per_electron(energies) / barn


CURVES = (Sweep("annihilation", ours, low=1e-4),)


def check() -> list[ValidationRow]:
    """Return the rows of atoms."""
    figures = load_figures("annihilation")
    return judge(figures, evaluate(figures, ours), TOLERANCE)
