"""Tables from which the energy of what a muon emits is drawn: photons, or pairs.

A spectrum at a muon energy is a histogram in x = ln(E / lowest) / ln(highest / lowest), which goes from 0 to
1 at every energy, with a straight line within each bin. Between the energies of two rows one is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simkit.jit import kernel
from simkit.physics.bremsstrahlung.sampling import alias_tables
from simkit.physics.bremsstrahlung.spectrum import gauss_legendre
from simkit.physics.couple import Couple
from simkit.physics.elementary import exp, log
from simkit.physics.grid import ENERGY_GRID, SUB_BINS_LOG2, energy_bin, node_energy
from simkit.physics.muon import bremsstrahlung, pair_production
from simkit.rng import uniform
from simkit.units import ELECTRON_MASS, MUON_MASS

PHOTON, PAIR = 0, 1
N_BINS = 64
_ROW_SHIFT = SUB_BINS_LOG2 - 1  # two rows an octave
_ENERGIES = ENERGY_GRID[:: 1 << _ROW_SHIFT]
_NODES, _WEIGHTS = gauss_legendre(4)
_PIECES = 8  # of an integral, with so many nodes each


class Spectra(NamedTuple):
    """lowest, rest: float64[couples, 2], of photons and of pairs: the lowest energy (MeV) that is emitted,
    and the part of the muon's total energy that is not. bins: float32[couples, 2, rows, N_BINS, 3]: threshold
    and alias of the alias table, slope within the bin."""

    lowest: np.ndarray
    rest: np.ndarray
    bins: np.ndarray


def bounds(couple: Couple) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return `lowest` and `rest` of a couple; energies of pairs hold their rest mass."""
    pair = max(pair_production.LEAST_PAIR, couple.electron_cut + 2.0 * ELECTRON_MASS)
    largest = float(pair_production.largest_pair(couple.material, np.array(0.0)))
    return np.array([couple.gamma_cut, pair]), np.array([MUON_MASS, MUON_MASS - largest])


def spectrum(
    couple: Couple, which: int, energy: NDArray[np.float64], emitted: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return dsigma/dE (1/(mm MeV)) of photons or pairs; energies (MeV) that broadcast."""
    of = bremsstrahlung.photon_spectrum if which == PHOTON else pair_production.pair_spectrum
    return of(couple.material, energy, emitted)


def integrals(
    couple: Couple, which: int, energy: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (cross section of what is emitted, 1/mm; loss to what is softer, MeV/mm) at energies (MeV)."""
    lowest, rest = (values[which] for values in bounds(couple))
    highest = energy + MUON_MASS - rest
    bottom = np.full_like(energy, pair_production.LEAST_PAIR)
    if which == PHOTON:
        bottom = 1e-5 * np.minimum(energy, lowest)

    def integral(low: NDArray[np.float64], high: NDArray[np.float64], power: int) -> NDArray[np.float64]:
        span = np.log(np.maximum(high / low, 1.0))
        edges = np.arange(_PIECES)[:, None] + _NODES
        emitted = low[:, None] * np.exp(span[:, None] / _PIECES * edges.ravel())
        values = spectrum(couple, which, energy[:, None], emitted) * emitted**power
        found: NDArray[np.float64] = span / _PIECES * (values @ np.tile(_WEIGHTS, _PIECES))
        return found

    bound = np.full_like(energy, lowest)
    cross_section = integral(bound, np.maximum(highest, bound), 1)
    return cross_section, integral(bottom, np.clip(highest, bottom, bound), 2)


def build_spectra(couples: Sequence[Couple]) -> Spectra:
    """Return the tables of couples."""
    bins = np.zeros((len(couples), 2, len(_ENERGIES), N_BINS, 3), dtype=np.float32)
    for couple, of_couple in zip(couples, bins):
        for which in (PHOTON, PAIR):
            of_couple[which] = _bins(couple, which)
    lowest, rest = (np.array(columns) for columns in zip(*map(bounds, couples), strict=True))
    return Spectra(lowest, rest, bins)


def _bins(couple: Couple, which: int) -> NDArray[np.float64]:
    lowest, rest = (values[which] for values in bounds(couple))
    span = np.log(np.maximum((_ENERGIES + MUON_MASS - rest) / lowest, 1e-300))
    first = int(np.searchsorted(span, 1e-6))
    energies, span = _ENERGIES[first:, None], span[first:, None]
    x = ((np.arange(N_BINS)[:, None] + _NODES) / N_BINS).ravel()
    emitted = lowest * np.exp(span * x)
    density = (spectrum(couple, which, energies, emitted) * emitted).reshape(len(energies), N_BINS, -1)
    share = density @ _WEIGHTS
    place = (density @ (_WEIGHTS * _NODES)) / np.maximum(share, 1e-300)
    share /= np.maximum(share.sum(axis=1, keepdims=True), 1e-300)
    slope = np.where(share > 0.0, np.clip(6.0 * place - 3.0, -1.0, 1.0), 0.0)
    threshold, alias = alias_tables(share)
    rows = np.maximum(np.arange(len(_ENERGIES)) - first, 0)
    return np.stack([threshold, alias, slope], axis=-1)[rows]


@kernel
def sample_emitted(rng, energy, spectra, couple, which):
    """Return the energy (MeV) of a photon or pair emitted by a muon of kinetic `energy`; 0: out of reach."""
    lowest = spectra.lowest[couple, which]
    highest = energy + MUON_MASS - spectra.rest[couple, which]
    if highest <= lowest:
        return 0.0
    row = energy_bin(energy) >> _ROW_SHIFT
    below = node_energy(row << _ROW_SHIFT)
    above = node_energy((row + 1) << _ROW_SHIFT)
    if (above - below) * uniform(rng) < energy - below:
        row += 1
    u = uniform(rng) * N_BINS
    b = min(int(u), N_BINS - 1)
    u -= b
    threshold = np.float64(spectra.bins[couple, which, row, b, 0])
    if u < threshold:
        u /= threshold
    else:
        u = (u - threshold) / (1.0 - threshold)
        b = int(spectra.bins[couple, which, row, b, 1])
    # the inverse, to second order, of a density linear within the bin
    u += np.float64(spectra.bins[couple, which, row, b, 2]) * u * (1.0 - u)
    return lowest * exp(log(highest / lowest) * (b + u) / N_BINS)
