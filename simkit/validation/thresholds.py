"""Production thresholds against Geant4's."""

from __future__ import annotations

import numpy as np

from simkit.materials import find_material, production_thresholds
from simkit.record.validation import ValidationRow
from simkit.validation.curves import Sweep
from simkit.validation.judgement import judge
from simkit.validation.reference import Reference, evaluate, load_figures

TOLERANCE = 0.01


def ours(figure: Reference, energies: np.ndarray) -> np.ndarray:
    """Return our threshold (MeV), once for every energy: it depends on none."""
    cuts = production_thresholds(find_material(figure.material), figure.parameters["range_cut_mm"])
    return np.full(len(energies), cuts.gamma if figure.particle == "gamma" else cuts.electron)


CURVES = (Sweep("thresholds", ours, variable="range_cut_mm", low=0.01, high=10.0),)


def check() -> list[ValidationRow]:
    """Return the rows of the thresholds of photons and electrons for range cuts of 0.1 to 10 mm."""
    figures = load_figures("thresholds")
    return judge(figures, evaluate(figures, ours), TOLERANCE)
