"""Urban's condensed model of multiple scattering: the angle of a step and its lateral displacement.

Source: L. Urban, CERN-OPEN-2006-077; Geant4 Physics Reference Manual, chapter "Multiple scattering", with the
parameters of Geant4 11.4. Valid for e- and e+ from 1 keV. Lengths in mm, energies in MeV.
"""

from __future__ import annotations

import math

from simkit.jit import fma, kernel
from simkit.physics.elementary import absorbed, quick_cos_sin, quick_exp, quick_log
from simkit.physics.multiple_scattering.urban import (
    LAMBDA_LIMIT,
    POSITRON_A,
    POSITRON_B,
    POSITRON_C,
    POSITRON_D,
    POSITRON_SCALE,
    RADIATION_LENGTH,
    TAIL_0,
    TAIL_1,
    TAIL_2,
    TAIL_3,
    TAU_SMALL,
    THETA_0,
    THETA_1,
    raised,
)
from simkit.rng import uniform
from simkit.units import ELECTRON_MASS

_WITHIN_PI = 1.0 - math.exp(-2.16 * math.pi)  # of an exponential of 2.16 psi, what lies below psi = pi


@kernel
def _positron_correction(constants, row, energy_product):
    """Return by how much positrons scatter less: a correction of the path in radiation lengths."""
    tau = math.sqrt(energy_product) / ELECTRON_MASS
    x = math.sqrt(tau * (tau + 2.0)) / (tau + 1.0)  # velocity
    low = 0.6
    high = 0.9
    a = constants[row, POSITRON_A]
    b = constants[row, POSITRON_B]
    c = constants[row, POSITRON_C]
    d = constants[row, POSITRON_D]
    if x < low:
        value = a * (1.0 - quick_exp(-b * x))
    elif x > high:
        value = c + d * quick_exp(113.0 * (x - 1.0))
    else:
        at_low = a * (1.0 - quick_exp(-b * low))
        at_high = c + d * quick_exp(113.0 * (high - 1.0))
        value = at_low + (x - low) * (at_high - at_low) / (high - low)
    return value * constants[row, POSITRON_SCALE]


@kernel
def central_width(constants, row, step, log_step, energy, end_energy, positron):
    """Return theta0 (rad), the width of the central part: Urban's form of Highland's formula.

    log_step: logarithm of the step in radiation lengths.
    """
    inverse = (end_energy + ELECTRON_MASS) / (end_energy * (end_energy + 2.0 * ELECTRON_MASS))
    if end_energy != energy:
        inverse = math.sqrt(inverse * (energy + ELECTRON_MASS) / (energy * (energy + 2.0 * ELECTRON_MASS)))
    y = step / constants[row, RADIATION_LENGTH]
    if positron:
        correction = _positron_correction(constants, row, energy * end_energy)
        y *= correction
        log_step += quick_log(correction)
    width = constants[row, THETA_0] + constants[row, THETA_1] * log_step
    return 13.6 * math.sqrt(y) * inverse * width


@kernel
def _two_function_cosine(rng, mean, mean_square):
    """Return cos(theta) from (1 + cos)^a and a flat part with the right first two moments: wide angles."""
    excess = 3.0 * mean_square - 1.0
    a = 1.0 + 4.0 * excess / (2.0 * mean - excess)
    if uniform(rng) < (2.0 + a) * mean / a:
        return -1.0 + 2.0 * raised(uniform(rng), 1.0 / (1.0 + a))
    return -1.0 + 2.0 * uniform(rng)


@kernel
def sample_cosine(
    rng, constants, row, step, energy, mean_free_path, end_energy, end_mean_free_path, smallest, positron
):
    """Return cos(theta) of a true step; 1 when it does not scatter.

    The distribution has an exponential core in 1 - cos, a power-law tail joined to it smoothly and a flat
    part that makes its mean exp(-t / lambda) (Goudsmit and Saunderson's exact mean).
    """
    difference = mean_free_path - end_mean_free_path
    if abs(difference) > 0.01 * mean_free_path:
        tau = step * quick_log(mean_free_path / end_mean_free_path) / difference
    else:
        tau = step / mean_free_path
    if tau >= 8.0:
        return 2.0 * uniform(rng) - 1.0
    if tau < TAU_SMALL:
        return 1.0
    mean = 1.0 - absorbed(tau)
    mean_square = 1.0 - (2.0 / 3.0) * absorbed(2.5 * tau)
    if end_energy < 0.5 * energy:
        return _two_function_cosine(rng, mean, mean_square)

    log_step = quick_log(step / constants[row, RADIATION_LENGTH])
    log_tau = quick_log(tau)
    small = min(smallest, LAMBDA_LIMIT)
    if step <= small:  # extremely small: the width of the smallest step, scaled
        log_small = quick_log(small / constants[row, RADIATION_LENGTH])
        theta0 = math.sqrt(step / small) * central_width(
            constants, row, small, log_small, energy, end_energy, positron
        )
        u = raised(small / mean_free_path, 1.0 / 6.0)
    else:
        theta0 = central_width(constants, row, step, log_step, energy, end_energy, positron)
        u = quick_exp(log_tau * (1.0 / 6.0))
    theta2 = theta0 * theta0
    if theta2 < TAU_SMALL:
        return 1.0
    if theta0 > math.pi / 6.0:
        return _two_function_cosine(rng, mean, mean_square)

    # x = 4 sin^2(theta0 / 2), by its series: theta0 is below pi / 6
    rest = fma(theta2, fma(theta2, 1.0 / 20160.0, -1.0 / 360.0), 1.0 / 12.0)
    x = theta2 * fma(-theta2, rest, 1.0)
    tail = (
        constants[row, TAIL_0]
        + u * (constants[row, TAIL_1] + u * constants[row, TAIL_2])
        + constants[row, TAIL_3] * (log_step - log_tau)
    )
    xi = max(tail, 1.9)
    c = xi
    if abs(c - 3.0) < 0.001:
        c = 3.001
    elif abs(c - 2.0) < 0.001:
        c = 2.001
    c1 = c - 1.0
    ea = quick_exp(-xi)
    core_norm = 1.0 / (1.0 - ea)
    core_mean = 1.0 - (1.0 - (1.0 + xi) * ea) * x * core_norm
    if core_mean <= 0.999 * mean:
        return _two_function_cosine(rng, mean, mean_square)

    x0 = 1.0 - xi * x
    bx = c * x
    b1 = bx + x0 + 1.0
    d = raised(bx / b1, c1)
    tail_mean = (x0 + d - (bx - b1 * d) / (c - 2.0)) / (1.0 - d)
    core_height = ea * core_norm
    tail_height = c1 / (c * (1.0 - d))
    core_fraction = tail_height / (core_height + tail_height)
    peaked = mean / (core_fraction * core_mean + (1.0 - core_fraction) * tail_mean)

    if uniform(rng) >= peaked:
        return 2.0 * uniform(rng) - 1.0
    if uniform(rng) < core_fraction:
        return 1.0 + quick_log(ea + uniform(rng) * (1.0 - ea)) * x
    rest = (1.0 - d) * uniform(rng)
    if rest < 0.01 * d:
        rest /= d * c1
        return -1.0 + rest * (1.0 - 0.5 * rest * c) * b1
    return 1.0 + x * (c - xi - c * raised(rest + d, -1.0 / c1))


@kernel
def sample_displacement(rng, step, z):
    """Return (radius, cos psi, sin psi): the lateral displacement, psi from the azimuth of its scattering.

    The radius is its mean, 0.73 of the largest possible; the two azimuths are correlated as exp(-2.16 |psi|)
    (fits to single scattering, Physics Reference Manual).
    """
    radius = 0.73 * math.sqrt((step - z) * (step + z))
    chance = 2.0 * uniform(rng)  # its first bit is the side
    side = 1.0
    if chance > 1.0:
        chance -= 1.0
        side = -1.0
    psi = -quick_log(1.0 - chance * _WITHIN_PI) * (1.0 / 2.16)
    cosine, sine = quick_cos_sin(psi)
    return radius, cosine, side * sine
