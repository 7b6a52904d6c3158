"""Conversion: cross section against Geant4 up to 1 TeV, pair energies against gold histograms."""

from __future__ import annotations

import numpy as np

from simkit.jit import kernel
from simkit.materials import find_material
from simkit.physics import conversion
from simkit.physics.conversion import ConversionTables, build_conversion_tables, sample_pair
from simkit.rng import make_rng, start_track
from simkit.units import ELECTRON_MASS
from simkit.validation.gold import SAMPLES, compare_gold
from simkit.validation.judgement import judge
from simkit.validation.reference import evaluate, load_figures, photon_cross_section
from simkit.validation.schema import Row

TOLERANCE = 0.01


def check() -> list[Row]:
    """Return the rows of cross sections and of sampled energies."""
    figures = load_figures("conversion")
    ours = photon_cross_section(conversion.cross_section, conversion.cross_section_per_atom)
    return judge(figures, evaluate(figures, ours), TOLERANCE) + compare_gold("conv", _lepton_shares)


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
