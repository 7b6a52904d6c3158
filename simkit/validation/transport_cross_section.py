"""The first transport cross section of e- and e+, 10 keV to 10 GeV."""

from __future__ import annotations

import numpy as np

from simkit.materials import find_material
from simkit.physics.multiple_scattering import transport_cross_section
from simkit.validation.judgement import judge
from simkit.validation.reference import Figure, evaluate, load_figures
from simkit.validation.schema import Row

TOLERANCE = 0.03


def check() -> list[Row]:
    """Return the rows of materials."""

    def ours(figure: Figure, energies: np.ndarray) -> np.ndarray:
        positron = figure.particle == "e+"
        return transport_cross_section.cross_section(find_material(figure.material), energies, positron)

    figures = load_figures("transport_cross_section")
    return judge(figures, evaluate(figures, ours), TOLERANCE)
