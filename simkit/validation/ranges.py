"""Ranges of e- and e+ in the tables of the engine, 1 keV to 1 TeV."""

from __future__ import annotations

from functools import cache

import numpy as np

from simkit.materials import find_material
from simkit.physics.couple import Couple
from simkit.physics.grid import ENERGY_GRID
from simkit.physics.tables import RANGE, build_charged_tables
from simkit.record.validation import ValidationRow
from simkit.validation.curves import Sweep
from simkit.validation.judgement import judge
from simkit.validation.reference import Reference, evaluate, load_figures

TOLERANCE = 0.01


def check() -> list[ValidationRow]:
    """Return the rows of ranges from the restricted and from the whole loss."""
    figures = load_figures("range")
    return judge(figures, evaluate(figures, ours), TOLERANCE)


def ours(figure: Reference, energies: np.ndarray) -> np.ndarray:
    parameters = figure.parameters
    electron, positron = _ranges(figure.material, parameters["photon_cut_MeV"], parameters["cut_MeV"])
    return np.interp(energies, ENERGY_GRID, positron if figure.particle == "e+" else electron)


@cache
def _ranges(name: str, photon_cut: float, cut: float) -> np.ndarray:
    """Return the ranges (mm) of electrons and positrons on the grid of energies, shape (2, n)."""
    return build_charged_tables([Couple(find_material(name), photon_cut, cut)]).rows[:, :, RANGE]


CURVES = (Sweep("range", ours),)
