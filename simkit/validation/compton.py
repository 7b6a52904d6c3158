"""Compton scattering: cross section up to 1 TeV, samples against Klein-Nishina and gold histograms."""

from __future__ import annotations

import numpy as np

from simkit.jit import kernel
from simkit.physics import compton
from simkit.physics.compton import sample_compton
from simkit.record.validation import Histogram, ValidationRow
from simkit.rng import make_rng, start_track
from simkit.validation.curves import Sweep
from simkit.validation.gold import SAMPLES, compare_gold, gold_histograms
from simkit.validation.judgement import judge, judge_mean
from simkit.validation.reference import Reference, evaluate, load_figures, photon_cross_section

TOLERANCE = 0.01

# Mean share of the energy that the electron gets, by photon energy (MeV): Klein-Nishina, integrated.
_MEAN_SHARES = {0.511: 0.34448, 1.0: 0.44004, 10.0: 0.68356}


def ours(figure: Reference, energies: np.ndarray) -> np.ndarray:
    """Return our cross section at the energies, in the figure's unit."""
    return photon_cross_section(compton, figure, energies)


CURVES = (Sweep("compton", ours),)


def check() -> list[ValidationRow]:
    """Return the rows of cross sections, sampled energies and angles, and the electron's mean energy."""
    figures = load_figures("compton")
    rows = judge(figures, evaluate(figures, ours), TOLERANCE)
    rows += compare_gold("compt", _observable)
    for energy, share in _MEAN_SHARES.items():
        figure = Reference("mean electron energy share", "gamma", "", energy, {}, share, "", "Klein-Nishina")
        rows.append(judge_mean(figure, 1.0 - _samples(energy)[:, 0] / energy))
    return rows


def histograms() -> list[Histogram]:
    """Return the sampled energies and angles beside the gold histograms."""
    return gold_histograms("compt", _observable)


@kernel
def _fill(rng, energy, out):
    start_track(rng, 0, 1)
    for i in range(out.shape[0]):
        scattered, cosine, _, _ = sample_compton(rng, energy)
        out[i, 0] = scattered
        out[i, 1] = cosine


def _samples(energy: float) -> np.ndarray:
    """Return energies (MeV) and cosines of scattered photons, shape (SAMPLES, 2)."""
    out = np.empty((SAMPLES, 2))
    _fill(make_rng(1), energy, out)
    return out


def _observable(observable: str, material: str, energy: float) -> np.ndarray:
    energies, cosines = _samples(energy).T
    return energies / energy if observable == "photon energy share" else 0.5 * (1.0 + cosines)
