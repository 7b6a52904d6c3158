"""Bremsstrahlung: cross section and soft loss up to 1 TeV, and the spectrum of elements not in the fit."""

from __future__ import annotations

import numpy as np

from simkit.materials import find_element, find_material
from simkit.physics import bremsstrahlung
from simkit.record.validation import ValidationRow
from simkit.validation.curves import Sweep
from simkit.validation.judgement import judge
from simkit.validation.reference import Reference, evaluate, load_figures

TOLERANCE = 0.02
SPECTRUM_TOLERANCE = 0.03  # a bin
_LEAST_SHARE = 0.0125  # of the photons counted in "share of photons"
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)


def check() -> list[ValidationRow]:
    """Return the rows of cross sections and losses of materials, and of spectra of atoms."""
    figures = load_figures("bremsstrahlung")
    rows = judge(figures, evaluate(figures, _integrals), TOLERANCE)
    figures = load_figures("bremsstrahlung_spectrum")
    return rows + judge(figures, evaluate(figures, _spectrum), SPECTRUM_TOLERANCE)


def _integrals(figure: Reference, energies: np.ndarray) -> np.ndarray:
    function = (
        bremsstrahlung.cross_section if figure.quantity == "cross section" else bremsstrahlung.restricted_dedx
    )
    positron = figure.particle == "e+"
    return function(find_material(figure.material), energies, figure.parameters["cut_MeV"], positron)


def _spectrum(figure: Reference, energies: np.ndarray) -> np.ndarray:
    z = find_element(figure.material).z
    low = figure.parameters["share"]
    if figure.quantity == "scaled spectrum":
        return bremsstrahlung.scaled_spectrum(z, energies, low)
    inside = _photons(z, energies, low, figure.parameters["share_above"])
    below = _photons(z, energies, _LEAST_SHARE, 0.1)
    return inside / (below + _photons(z, energies, 0.1, 0.9) + _photons(z, energies, 0.9, 1.0))


def _photons(z: int, energies: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return the number of photons between two shares of the kinetic energy, in arbitrary units."""
    width = np.log(high / low)
    shares = low * np.exp(0.5 * width * (1.0 + _NODES))
    return 0.5 * width * bremsstrahlung.scaled_spectrum(z, energies[:, None], shares) @ _WEIGHTS


CURVES = (Sweep("bremsstrahlung", _integrals), Sweep("bremsstrahlung_spectrum", _spectrum))
