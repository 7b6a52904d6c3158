"""The first transport cross section of e- and e+, 10 keV to 10 GeV."""

from __future__ import annotations

import numpy as np

from simkit.materials import find_material
from simkit.physics.multiple_scattering import transport_cross_section
from simkit.record.validation import ValidationRow
from simkit.validation.curves import Sweep
from simkit.validation.judgement import judge
from simkit.validation.reference import Reference, evaluate, load_figures

TOLERANCE = 0.03


def ours(figure: Reference, energies: np.ndarray) -> np.ndarray:
    """Return our first transport cross section (1/mm) at the energies."""
    positron = figure.particle == "e+"
    return transport_cross_section.cross_section(find_material(figure.material), energies, positron)


CURVES = (Sweep("transport_cross_section", ours),)


def check() -> list[ValidationRow]:
    """Return the rows of materials."""
    figures = load_figures("transport_cross_section")
    return judge(figures, evaluate(figures, ours), TOLERANCE)
