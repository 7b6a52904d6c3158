"""Sampling of a bremsstrahlung photon: its energy from tables of the material's spectrum, and its angle.

The spectrum of a material-cuts couple (the sum over its elements) in kappa = k / T is tabulated at four
electron energies an octave, as alias tables (A. J. Walker, Electron. Lett. 10 (1974) 127) over bins in kappa.
One uniform number chooses between the two neighbouring energies, the bin, and the place in it: no search, no
logarithm. A photon below the cut, which the reach of the tables beyond their own energy lets happen, is drawn
again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simkit.jit import kernel
from simkit.materials import Material
from simkit.physics.bremsstrahlung.relativistic import density_factor
from simkit.physics.bremsstrahlung.spectrum import (
    MODEL_BOUNDARY,
    gauss_legendre,
    unsuppressed_spectrum,
)
from simkit.physics.elementary import log
from simkit.physics.grid import ENERGY_GRID, SUB_BINS_LOG2, energy_bin
from simkit.rng import MOST_DRAWS, give_up, uniform
from simkit.units import ELECTRON_MASS

N_BINS = 48
_TIP = 0.05  # distance from the tip, in ln kappa, within which bins get no narrower
_MOST_DRAWS = 50
_ROW_SHIFT = SUB_BINS_LOG2 - 2
_N_NODES = 6  # quadrature nodes in a bin

# Electron energies of the rows. The lower model goes up to the first one above its boundary, the upper model
# starts from the last one below it; a row serves up to the next one.
_GRID = ENERGY_GRID[:: 1 << _ROW_SHIFT].copy()
_LOW = _GRID[:-1].copy()
_INVERSE_WIDTH = 1.0 / np.diff(_GRID)
_N_LOWER = int(np.searchsorted(_GRID, MODEL_BOUNDARY, side="right")) + 1
_ROW_ENERGIES = np.concatenate([_GRID[:_N_LOWER], _GRID[_N_LOWER - 2 :]])
_ROW_REACHES = np.append(_GRID[1:], _GRID[-1])[np.searchsorted(_GRID, _ROW_ENERGIES)]
_ROW_IS_RELATIVISTIC = np.arange(len(_ROW_ENERGIES)) >= _N_LOWER
N_ROWS = len(_ROW_ENERGIES)


class BremsstrahlungTables(NamedTuple):
    """Photon spectra of material-cuts couples.

    cuts: float64[couples], production thresholds of photons (MeV).
    bins: float32[couples * 2 * N_ROWS, N_BINS, 5]; the electron's rows of a couple, then the positron's. A
    record holds the alias table's threshold, the alias, and of the bin the lower edge and the width in kappa
    and the slope of the density.
    """

    cuts: NDArray[np.float64]
    bins: NDArray[np.float32]


def build_bremsstrahlung_tables(
    materials: Sequence[Material], gamma_cuts: Sequence[float]
) -> BremsstrahlungTables:
    """Return the tables of the couples (materials[i], gamma_cuts[i] in MeV), for both charges."""
    blocks = [
        _bins_of_spectrum(material, cut, positron)
        for material, cut in zip(materials, gamma_cuts, strict=True)
        for positron in (False, True)
    ]
    share, edges, slope = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
    threshold, alias = alias_tables(share)
    bins = np.stack([threshold, alias, edges[:, :-1], np.diff(edges), slope], axis=-1)
    return BremsstrahlungTables(np.array(gamma_cuts, dtype=float), bins.astype(np.float32))


def _bins_of_spectrum(
    material: Material, cut: float, positron: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return each bin's share of the photons, the edges in kappa and the slopes of the density in the bins.

    Shapes (N_ROWS, N_BINS), (N_ROWS, N_BINS + 1), (N_ROWS, N_BINS). Rows that serve only energies below the
    cut are never used; they repeat the first useful one.
    """
    first = int(np.searchsorted(_ROW_REACHES, cut, side="right"))
    energies = _ROW_ENERGIES[first:]
    k_p2 = density_factor(material) * (1.0 + ELECTRON_MASS / energies) ** 2
    edges = _edges(cut / _ROW_REACHES[first:, None], k_p2[:, None])
    nodes, weights = gauss_legendre(_N_NODES)
    kappa = edges[:, :-1, None] + np.diff(edges)[:, :, None] * nodes
    flat = kappa.reshape(len(energies), -1)
    photon = flat * energies[:, None]
    spectrum = unsuppressed_spectrum(material, energies, photon, positron, _ROW_IS_RELATIVISTIC[first:])
    density = (spectrum * flat / (flat**2 + k_p2[:, None])).reshape(kappa.shape)
    in_bin = density @ weights
    mean_place = (density @ (weights * nodes)) / np.maximum(in_bin, 1e-300)
    share = in_bin * np.diff(edges)
    share /= np.maximum(share.sum(axis=1, keepdims=True), 1e-300)
    slope = np.where(in_bin > 0.0, np.clip(6.0 * mean_place - 3.0, -1.0, 1.0), 0.0)
    rows = np.maximum(np.arange(N_ROWS) - first, 0)
    return share[rows], edges[rows], slope[rows]


def _edges(lowest: NDArray[np.float64], k_p2: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the edges of the bins in kappa from `lowest` to 1, shape (n, N_BINS + 1); arguments (n, 1).

    They lie evenly in a measure that grows with ln kappa, half as fast where the medium's polarisation leaves
    few photons (kappa^2 < k_p2), and faster towards the tip, where the spectrum falls steeply.
    """
    fine = 1.0 - np.linspace(1.0, 0.0, 8 * N_BINS + 1) ** 2
    ln_kappa = np.log(lowest) * (1.0 - fine)
    measure = ln_kappa + 0.5 * np.log1p(np.exp(2.0 * ln_kappa) / k_p2) - 2.0 * np.log(_TIP - ln_kappa)
    even = np.linspace(measure[:, 0], measure[:, -1], N_BINS + 1, axis=-1)
    edges = np.array([np.interp(e, m, x) for e, m, x in zip(even, measure, ln_kappa, strict=True)])
    edges[:, -1] = 0.0  # the tip, where interpolation may leave a rounding error
    return np.exp(edges)


def alias_tables(share: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return thresholds and aliases of discrete distributions, one a row; all of shape (rows, n).

    Bin i of n equally likely ones stands for itself below the threshold and for its alias above. In each of n
    rounds the smallest bin left is filled up from the largest, in all rows at once.
    """
    rows, n = share.shape
    row = np.arange(rows)
    left = share * n
    threshold = np.ones_like(left)
    alias = np.tile(np.arange(n), (rows, 1))
    done = np.zeros(left.shape, dtype=bool)
    for _ in range(n - 1):
        smallest = np.where(done, np.inf, left).argmin(axis=1)
        largest = np.where(done, -np.inf, left).argmax(axis=1)
        filled = np.minimum(left[row, smallest], 1.0)
        threshold[row, smallest] = filled
        alias[row, smallest] = largest
        left[row, largest] -= 1.0 - filled
        done[row, smallest] = True
    return threshold, alias


@kernel
def sample_photon_energy(rng, energy, tables, couple, is_positron):
    """Return the photon's energy k (MeV), cut <= k <= energy; 0 if the kinetic energy is not above the cut.

    Within a per cent of the cut, where draw upon draw falls below it, the spectrum is taken as flat.
    """
    cut = tables.cuts[couple]
    if energy <= cut:
        return 0.0
    i = energy_bin(energy) >> _ROW_SHIFT
    upper = min(max((energy - _LOW[i]) * _INVERSE_WIDTH[i], 0.0), 1.0)
    lower_row = (2 * couple + (1 if is_positron else 0)) * N_ROWS + i
    if energy > MODEL_BOUNDARY:
        lower_row += 2
    bins = tables.bins
    for _ in range(_MOST_DRAWS):
        u = uniform(rng)
        in_upper = u < upper
        row = lower_row + (1 if in_upper else 0)
        u = (u if in_upper else u - upper) * N_BINS / (upper if in_upper else 1.0 - upper)
        b = min(int(u), N_BINS - 1)
        u -= b
        threshold = np.float64(bins[row, b, 0])
        is_own = u < threshold
        u = (u if is_own else u - threshold) / (threshold if is_own else 1.0 - threshold)
        if not is_own:
            b = int(bins[row, b, 1])
        # the inverse, to second order, of a density linear within the bin
        place = u + np.float64(bins[row, b, 4]) * u * (1.0 - u)
        photon = energy * (np.float64(bins[row, b, 2]) + np.float64(bins[row, b, 3]) * place)
        if photon >= cut:
            return min(photon, energy)
    return cut + (energy - cut) * uniform(rng)


@kernel
def sample_photon_cosine(rng, energy):
    """Return the cosine of the photon's angle to the electron of kinetic energy `energy` (MeV).

    L. Urban's approximation to Tsai's distribution (GEANT 3.21 manual, PHYS211; Y.-S. Tsai, Rev. Mod. Phys.
    49 (1977) 421), cut off at 180 degrees: the mixture of gamma distributions of Geant4's G4ModifiedTsai.
    """
    inverse_of_largest = 0.5 / (1.0 + energy / ELECTRON_MASS)
    relative = 0.0
    for _ in range(MOST_DRAWS):
        u = uniform(rng)
        is_wide = u < 0.25
        u = (u if is_wide else u - 0.25) * (4.0 if is_wide else 4.0 / 3.0)
        relative = (1.6 if is_wide else 1.6 / 3.0) * log(u * uniform(rng)) * inverse_of_largest
        if relative > -1.0:
            break
    else:
        give_up(rng)
    return 1.0 - 2.0 * relative * relative


@kernel
def sample_bremsstrahlung(rng, energy, tables, couple, is_positron):
    """Return (photon energy in MeV, cosine of its polar angle) for an electron or positron that radiates.

    energy: kinetic (MeV), above the couple's cut and below 16 TeV; couple: index of the couple in the tables.
    Spectrum within 3 % a bin of `photon_spectrum`. The photon's energy is 0 if `energy` is not above the cut.
    """
    photon = sample_photon_energy(rng, energy, tables, couple, is_positron)
    return photon, sample_photon_cosine(rng, energy)
