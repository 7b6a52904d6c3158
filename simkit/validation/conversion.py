"""Conversion: cross section against Geant4 up to 1 TeV, pair energies against gold histograms."""

from __future__ import annotations

import numpy as np

from simkit.jit import kernel
from simkit.materials import find_material
from simkit.physics import conversion
from simkit.physics.conversion import ConversionTables, build_conversion_tables, sample_pair
from simkit.record.validation import Histogram, ValidationRow
from simkit.rng import make_rng, start_track
from simkit.units import ELECTRON_MASS
from simkit.validation.curves import Sweep
from simkit.validation.gold import SAMPLES, compare_gold, gold_histograms
from simkit.validation.judgement import judge
from simkit.validation.reference import Reference, evaluate, load_figures, photon_cross_section

TOLERANCE = 0.01


def ours(figure: Reference, energies: np.ndarray) -> np.ndarray:
    """Return our cross section at the energies, in the figure's unit."""
    return photon_cross_section(conversion, figure, energies)


CURVES = (Sweep("conversion", ours),)


def check() -> list[ValidationRow]:
    """Return the rows of cross sections and of sampled energies."""
    figures = load_figures("conversion")
    return judge(figures, evaluate(figures, ours), TOLERANCE) + compare_gold("conv", _lepton_shares)


def histograms() -> list[Histogram]:
    """Return the sampled energies beside the gold histograms."""
    return gold_histograms("conv", _lepton_shares)


@kernel
def _fill(rng, energy, tables, out):
    start_track(rng, 0, 1)
    for i in range(out.size):
        out[i] = sample_pair(rng, energy, tables, 0)[0]


def _lepton_shares(observable: str, material: str, energy: float) -> np.ndarray:
    tables: ConversionTables = build_conversion_tables([find_material(material)])
    kinetic = np.empty(SAMPLES)
    _fill(make_rng(1), energy, tables, kinetic)
    return (kinetic + ELECTRON_MASS) / energy
