"""Urban's condensed model of multiple scattering: its constants, step limit (UseSafety) and path lengths.

Source: L. Urban, CERN-OPEN-2006-077; Geant4 Physics Reference Manual, chapter "Multiple scattering", with the
parameters of Geant4 11.4. Valid for e- and e+ from 1 keV, steps up to the range.

Lengths in mm, energies in MeV. The true path length t is what the track travels; the geometric one, z, is
its projection on the initial direction.
"""

from __future__ import annotations

import math

import numpy as np

from simkit.jit import kernel
from simkit.materials import Material
from simkit.physics.elementary import absorbed, optical_depth, quick_exp, quick_log
from simkit.rng import uniform
from simkit.units import ELECTRON_MASS

# Columns of a material's row of constants.
(
    RADIATION_LENGTH,
    RANGE_TO_SAFETY,  # a track whose range times this stays within the safety cannot reach a boundary
    STEP_MIN_A,
    STEP_MIN_B,
    LIMIT_MIN_ELECTRON,
    LIMIT_MIN_POSITRON,
    THETA_0,
    THETA_1,
    TAIL_0,
    TAIL_1,
    TAIL_2,
    TAIL_3,
    POSITRON_A,
    POSITRON_B,
    POSITRON_C,
    POSITRON_D,
    POSITRON_SCALE,
    N_CONSTANTS,
) = range(18)

SAFETY_FACTOR = 0.6
SMALLEST_STEP = 1e-8  # below it nothing is limited or scattered (mm)
SHORT_STEP = 5e-8  # not scattered (mm)
STRAIGHT_STEP = 1e-6  # z = t (mm)
LONG_STEP = 0.05  # fraction of the range beyond which energy loss bends the mean free path
TAU_SMALL = 1e-16
LAMBDA_LIMIT = 1.0  # mm


def urban_constants(material: Material) -> np.ndarray:
    """Return the row of material constants, float64[N_CONSTANTS]."""
    z = material.z_effective
    z13 = z ** (1.0 / 3.0)
    z16 = z ** (1.0 / 6.0)
    scale = 0.990395 + z16 * (-0.168386 + z16 * 0.093286)
    row = np.empty(N_CONSTANTS)
    row[RADIATION_LENGTH] = material.radiation_length_mm
    row[RANGE_TO_SAFETY] = 9.6280e-1 - 8.4848e-2 * math.sqrt(z) + 4.3769e-3 * z
    row[STEP_MIN_A] = 27.725 / (1.0 + 0.203 * z)
    row[STEP_MIN_B] = 6.152 / (1.0 + 0.111 * z)
    row[LIMIT_MIN_ELECTRON] = 0.87 * z13 * z13
    row[LIMIT_MIN_POSITRON] = 0.70 * math.sqrt(z)
    row[THETA_0] = scale * (1.0 - 8.7780e-2 / z)
    row[THETA_1] = scale * (4.0780e-2 + 1.7315e-4 * z)
    row[TAIL_0] = 2.3785 - z13 * (4.1981e-1 - z13 * 6.3100e-2)
    row[TAIL_1] = 4.7526e-1 + z13 * (1.7694 - z13 * 3.3885e-1)
    row[TAIL_2] = 2.3683e-1 - z13 * (1.8111 - z13 * 3.2774e-1)
    row[TAIL_3] = 1.7888e-2 + z13 * (1.9659e-2 - z13 * 2.6664e-3)
    row[POSITRON_A] = 0.994 - 4.08e-3 * z
    row[POSITRON_B] = 7.16 + (52.6 + 365.0 / z) / z
    row[POSITRON_C] = 1.000 - 4.47e-3 * z
    row[POSITRON_D] = 1.21e-3 * z
    row[POSITRON_SCALE] = 1.0 + z * (1.84035e-4 * z - 1.86427e-2) + 0.41125
    return row


@kernel
def raised(x, exponent):
    """Return x ** exponent for x > 0, to the digits of `elementary`."""
    return quick_exp(exponent * quick_log(x))


@kernel
def smallest_limit(constants, row, energy, mean_free_path, positron):
    """Return the lower bound of the step limit, fixed where a track enters a volume.

    It is the length over which scattering stays elastic and forward; shorter steps would be a single
    scattering each.
    """
    step_min = (
        mean_free_path
        * 1e-3
        / (2e-3 + energy * (constants[row, STEP_MIN_A] + energy * constants[row, STEP_MIN_B]))
    )
    factor = constants[row, LIMIT_MIN_POSITRON] if positron else constants[row, LIMIT_MIN_ELECTRON]
    limit = factor * step_min
    if energy < 5e-3:
        limit *= 0.5 * (1.0 + energy / 5e-3)
    return max(limit, SMALLEST_STEP)


@kernel
def entry_limit(range_factor, path_range, mean_free_path):
    """Return the step limit set where a track enters a volume: a fraction of what lies before it."""
    factor = range_factor
    if mean_free_path > LAMBDA_LIMIT:
        factor *= 0.75 + 0.25 * mean_free_path / LAMBDA_LIMIT
    return factor * max(path_range, mean_free_path)


@kernel
def limit_step(rng, step, path_range, safety, entry, smallest):
    """Return the true step length after the limit of multiple scattering (UseSafety).

    The limit is spread by 10 % so that steps do not line up; a uniform spread of the same width as Urban's
    Gaussian, because only its width matters and it costs no logarithm.
    """
    limit = max(entry, SAFETY_FACTOR * safety) if path_range > safety else path_range
    limit = max(limit, smallest)
    if limit >= step:
        return step
    spread = 0.1 * math.sqrt(12.0) * (uniform(rng) - 0.5)
    return min(step, max(limit + spread * (limit - smallest), smallest))


@kernel
def geometric_length(step, path_range, mean_free_path, end_mean_free_path, energy):
    """Return (z, alpha, power): the geometric length of a true step and how to invert it.

    `end_mean_free_path` is that at the energy left after the step (or after 99 % of the range); it matters
    beyond 5 % of the range, where alpha > 0 says that 1/lambda was taken as growing along the step.
    """
    if step < STRAIGHT_STEP:
        return step, -1.0, 0.0
    tau = step / mean_free_path
    if tau < TAU_SMALL:
        return min(step, mean_free_path), -1.0, 0.0
    alpha = -1.0
    power = 0.0
    if step < path_range * LONG_STEP:
        z = mean_free_path * absorbed(tau)
    elif energy < ELECTRON_MASS or step >= path_range:
        alpha = 1.0 / path_range
        power = 1.0 + path_range / mean_free_path
        z = path_range / power
        if step < path_range:
            z *= 1.0 - raised(1.0 - step / path_range, power)
    else:
        alpha = (mean_free_path - end_mean_free_path) / (mean_free_path * step)
        power = 1.0 + 1.0 / (alpha * mean_free_path)
        z = (1.0 - raised(end_mean_free_path / mean_free_path, power)) / (alpha * power)
    return min(z, mean_free_path), alpha, power


@kernel
def true_length(z, step, path_range, mean_free_path, alpha, power):
    """Return the true length of a step cut at the geometric length `z`; at most `step`, at least z."""
    if z < STRAIGHT_STEP:
        return z
    if alpha < 0.0:
        length = mean_free_path * optical_depth(z / mean_free_path)
    else:
        rest = 1.0 - alpha * power * z
        length = (1.0 - raised(rest, 1.0 / power)) / alpha if rest > 0.0 else path_range
    return min(max(length, z), step)
