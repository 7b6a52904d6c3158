"""Production thresholds against Geant4's."""

from __future__ import annotations

import numpy as np

from simkit.materials import find_material, production_thresholds
from simkit.validation.judgement import judge
from simkit.validation.reference import Figure, evaluate, load_figures
from simkit.validation.schema import Row

TOLERANCE = 0.01


def check() -> list[Row]:
    """Return the rows of the thresholds of photons and electrons for range cuts of 0.1 to 10 mm."""

    def ours(figure: Figure, energies: np.ndarray) -> np.ndarray:
        cuts = production_thresholds(find_material(figure.material), figure.parameters["range_cut_mm"])
        return np.full(len(energies), cuts.gamma if figure.particle == "gamma" else cuts.electron)

    figures = load_figures("thresholds")
    return judge(figures, evaluate(figures, ours), TOLERANCE)
