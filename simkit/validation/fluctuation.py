"""The width of the energy loss in layers: the loss below the threshold fluctuated, delta rays drawn above it.

Half of the range from the 16 to the 84 % quantile. References: G4HepEm's functions, which are Geant4's model;
and, as physics that does not know this model, Bichsel's straggling in silicon. In 10 and 20 um of silicon the
Urban model is 15 % narrower than Bichsel's: disputed, because G4HepEm's are so too.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from simkit.jit import kernel
from simkit.materials import find_material
from simkit.physics.distributions import sample_poisson
from simkit.physics.fluctuation import build_fluctuation_tables, sample_energy_loss
from simkit.physics.ionisation import cross_section, restricted_dedx, sample_moller
from simkit.record.validation import ValidationRow
from simkit.rng import make_rng, start_track
from simkit.units import keV
from simkit.validation.judgement import judge
from simkit.validation.reference import load_figures

TOLERANCE = 0.10
_SAMPLES = 100_000
_PARTS = 10  # the sample is split to estimate the error of the width


def check() -> list[ValidationRow]:
    """Return a row a layer and reference."""
    figures = load_figures("fluctuation")
    widths, errors = [], []
    for layer in figures:
        width, error = _width_and_error(layer.material, layer.energy_MeV or 0.0, *layer.parameters.values())
        widths.append(width)
        errors.append(error)
    return judge(figures, widths, TOLERANCE, errors)


@cache
def _width_and_error(
    material: str, energy: float, thickness_mm: float, cut_MeV: float
) -> tuple[float, float]:
    losses = _losses(material, energy, thickness_mm, cut_MeV)
    parts = [_width(part) for part in np.split(losses, _PARTS)]
    return _width(losses), float(np.std(parts, ddof=1)) / _PARTS**0.5


def _width(losses: np.ndarray) -> float:
    low, high = np.quantile(losses, (0.16, 0.84))
    return float(high - low) / 2.0 / keV


def _losses(name: str, energy: float, thickness: float, cut: float) -> np.ndarray:
    """Return sampled losses (MeV) of electrons of kinetic `energy` (MeV) in a layer (mm)."""
    material = find_material(name)
    mean_loss = float(restricted_dedx(material, energy, cut, positron=False)) * thickness
    mean_rays = float(cross_section(material, energy, cut, positron=False)) * thickness
    out = np.empty(_SAMPLES)
    _fill(make_rng(1), energy, mean_loss, mean_rays, cut, build_fluctuation_tables([material], [cut]), out)
    return out


@kernel
def _fill(rng, energy, mean_loss, mean_rays, cut, tables, out):
    start_track(rng, 0, 1)
    for i in range(out.size):
        loss = sample_energy_loss(rng, mean_loss, 0.5 * energy, tables, 0)
        for _ in range(sample_poisson(rng, mean_rays)):
            loss += sample_moller(rng, energy, cut)[0]
        out[i] = loss
