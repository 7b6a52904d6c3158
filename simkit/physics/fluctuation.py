"""Fluctuation of the continuous energy loss: the Urban model.

The loss in a step is made of excitations, all of one size, and of ionisations: a Poisson process of energy
transfers of intensity xi dE / E^2 between 10 eV and the production threshold. Where collisions of a kind are
many, a normal number of the same mean and variance stands for them.

Source: L. Urban, NIM A 362 (1995) 416; Geant4 Physics Reference Manual, "Energy loss fluctuations", with the
parameters of Geant4 11 (its "universal" model: one excitation level). The ionisations are drawn by a method
of our own. Let w = xi / 8, above which 8 transfers are expected. Those below w join the normal number. Those
between w and 32 w, 7.75 of them, have a sum that in units of w follows one and the same law for all materials
and steps: it is tabulated once. What is left for one-by-one drawing is a quarter of a transfer in the mean.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simkit.jit import kernel
from simkit.physics.distributions import sample_gaussian_within, sample_poisson
from simkit.physics.elementary import quick_log
from simkit.rng import uniform
from simkit.units import TWO_PI_RE2_ME, eV, keV

if TYPE_CHECKING:
    from simkit.materials import Material

# Columns of the constants of a material-cuts couple.
CUT, LOG_CUT_RATIO, MEAN_EXCITATION, EXCITATIONS_PER_MEV = range(4)

# Parameters of the model (Geant4 11).
SMALLEST_TRANSFER = 10.0 * eV  # of an ionisation; a smaller mean loss does not fluctuate
IONISATION_SHARE = 0.56  # of the mean loss; excitation has the rest
EXCITATION_WIDENING = 4.0  # excitations are fewer and larger by this factor ...
WIDENING_ONSET = 42.0  # ... where without it they were more than these, by less below
LEAST_WIDENING = 0.1
MANY = 8.0  # collisions of one kind: beyond, a normal number stands for them
LEAST_TRANSFERS_BOHR = 10.0  # of the largest size, in a step thick enough for a heavy particle's normal law
WIDTH_SCALE = 0.5 * keV  # transfers are widened where the threshold is not far above this
LARGEST_WIDTH_SCALING = 1.5

# Transfers between w and TABULATED_RATIO w have their sum drawn from a table of this many intervals.
TABULATED_RATIO = 32.0
N_QUANTILES = 1024

_PER_SMALLEST_TRANSFER = 1.0 / SMALLEST_TRANSFER
_WIDENING_SLOPE = (EXCITATION_WIDENING - LEAST_WIDENING) / math.sqrt(WIDENING_ONSET)


class FluctuationTables(NamedTuple):
    """What the sampling needs.

    constants: float64[n_couples, 4], the columns named above; transfer_sum: float64[N_QUANTILES + 1], the
    sum of the tabulated transfers over w at equally spaced probabilities.
    """

    constants: np.ndarray
    transfer_sum: np.ndarray


def fluctuation_constants(material: Material, electron_cut: float) -> tuple[float, float, float, float]:
    """Return the constants of a material and its production threshold of electrons (MeV).

    In the order of the columns: the threshold (MeV), the logarithm of threshold / 10 eV, the mean excitation
    energy (MeV), and the number of excitations per MeV of mean loss before their widening.
    """
    mean_excitation = material.mean_excitation_MeV
    return (
        electron_cut,
        math.log(max(electron_cut * _PER_SMALLEST_TRANSFER, 1.0)),
        mean_excitation,
        (1.0 - IONISATION_SHARE) / mean_excitation,
    )


def build_fluctuation_tables(
    materials: Sequence[Material], electron_cuts: Sequence[float]
) -> FluctuationTables:
    """Return the tables for couples of materials and their production thresholds of electrons (MeV)."""
    rows = [fluctuation_constants(*couple) for couple in zip(materials, electron_cuts, strict=True)]
    return FluctuationTables(np.array(rows, dtype=np.float64).reshape(-1, 4), _transfer_sum_quantiles())


def _transfer_sum_quantiles() -> np.ndarray:
    """Return quantiles of the sum of a Poisson process of intensity MANY dy / y^2, 1 < y < TABULATED_RATIO.

    The compound law by Fourier transform (its characteristic function is exp(n (phi - 1))); then scaled by a
    hair so that the mean of linear interpolation is exactly MANY ln(TABULATED_RATIO).
    """
    n_cells, width = 2**15, 1.0 / 128.0
    edges = (np.arange(n_cells + 1) - 0.5) * width
    inside = np.clip(edges, 1.0, TABULATED_RATIO)
    intensity = MANY * (1.0 / inside[:-1] - 1.0 / inside[1:])
    characteristic = np.exp(np.fft.rfft(intensity) - intensity.sum())
    cumulative = np.cumsum(np.maximum(np.fft.irfft(characteristic, n_cells), 0.0))
    probabilities = np.arange(N_QUANTILES + 1) / N_QUANTILES
    quantiles = np.interp(probabilities, cumulative / cumulative[-1], edges[1:])
    quantiles[0] = 0.0
    # The last interval is open-ended: its far node gives it its true mean.
    last = slice(int(np.searchsorted(edges, quantiles[-2])), n_cells)
    mass = np.diff(cumulative / cumulative[-1], prepend=0.0)[last]
    quantiles[-1] = 2.0 * np.average(np.arange(n_cells)[last] * width, weights=mass) - quantiles[-2]
    mean = np.mean(0.5 * (quantiles[1:] + quantiles[:-1]))
    return quantiles * (MANY * math.log(TABULATED_RATIO) / mean)


@kernel
def sample_energy_loss(rng, mean_loss, largest_transfer, tables, couple):
    """Return the loss (MeV) in a step of mean continuous loss `mean_loss` (MeV).

    largest_transfer: kinematic limit of the energy transfer in one collision (MeV), taken at the start of the
    step: half the kinetic energy for an electron, all of it for a positron. tables, couple: of
    `build_fluctuation_tables` and the row in it. The mean loss is preserved. The result may exceed the
    kinetic energy: that bound is the caller's.
    """
    limit = tables.constants[couple, CUT]
    log_ratio = tables.constants[couple, LOG_CUT_RATIO]
    if largest_transfer < limit:
        limit = largest_transfer
        log_ratio = quick_log(max(limit * _PER_SMALLEST_TRANSFER, 1.0))
    if mean_loss < SMALLEST_TRANSFER or limit <= SMALLEST_TRANSFER:
        return mean_loss

    per_limit = 1.0 / limit
    scaling = min(1.0 + WIDTH_SCALE * per_limit, LARGEST_WIDTH_SCALING)
    mean = mean_loss / scaling
    xi = mean_loss / (scaling * log_ratio)
    loss = 0.0
    bulk = 0.0  # mean and variance of what one normal number stands for
    variance = 0.0

    mean_excitation = tables.constants[couple, MEAN_EXCITATION]
    if limit > mean_excitation:
        xi *= IONISATION_SHARE
        bulk = mean * (1.0 - IONISATION_SHARE)
        excitations = mean * tables.constants[couple, EXCITATIONS_PER_MEV]
        widening = EXCITATION_WIDENING
        if excitations < WIDENING_ONSET:
            widening = LEAST_WIDENING + _WIDENING_SLOPE * math.sqrt(excitations)
        transfer = widening * mean_excitation
        if excitations > MANY * widening:
            variance = bulk * transfer
        else:
            bulk = 0.0
            n = sample_poisson(rng, excitations / widening)
            if n > 0:  # spread over one transfer up and down, so that no lines stand in the spectrum
                loss = transfer * (n + 1.0 - 2.0 * uniform(rng))

    least = min(xi * (1.0 / MANY), limit)  # of the transfers drawn one by one
    if least > 2.0 * SMALLEST_TRANSFER:
        bulk += xi * quick_log(least * _PER_SMALLEST_TRANSFER)
        variance += xi * (least - SMALLEST_TRANSFER)
        if least * TABULATED_RATIO < limit:
            position = uniform(rng) * N_QUANTILES
            i = int(position)
            low = tables.transfer_sum[i]
            loss += least * (low + (tables.transfer_sum[i + 1] - low) * (position - i))
            least *= TABULATED_RATIO
    else:
        least = SMALLEST_TRANSFER

    span = 1.0 / least - per_limit
    for _ in range(sample_poisson(rng, xi * span)):
        loss += 1.0 / (per_limit + span * uniform(rng))

    if variance > 0.0:
        # Cut symmetrically, which keeps the mean; the cut is at 2.7 standard deviations or more.
        loss += bulk + sample_gaussian_within(rng, math.sqrt(variance), bulk)
    return loss * scaling


@kernel
def bohr_variance(step_mm, electrons_per_mm3, beta2, charge2, largest_transfer, cut):
    """Return the variance (MeV^2) of the loss to transfers below `cut` (MeV) in a step (mm).

    beta2: squared velocity; charge2: squared charge. Source: Geant4 Physics Reference Manual, Bohr's formula.
    """
    limit = min(cut, largest_transfer)
    return TWO_PI_RE2_ME * step_mm * electrons_per_mm3 * charge2 * (largest_transfer / beta2 - 0.5 * limit)


@kernel
def sample_heavy_energy_loss(rng, mean_loss, largest_transfer, variance, tables, couple):
    """Return the loss (MeV) of a particle heavier than the electron; arguments as in `sample_energy_loss`.

    variance: of `bohr_variance` for the step. In a thick step, where no transfer is far above the threshold,
    the normal law of that variance, cut symmetrically at 0; else `sample_energy_loss`.
    """
    cut = tables.constants[couple, CUT]
    if mean_loss < LEAST_TRANSFERS_BOHR * min(cut, largest_transfer) or largest_transfer > 2.0 * cut:
        return sample_energy_loss(rng, mean_loss, largest_transfer, tables, couple)
    return mean_loss + sample_gaussian_within(rng, math.sqrt(variance), mean_loss)
