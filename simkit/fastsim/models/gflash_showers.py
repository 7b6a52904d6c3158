"""Gflash: a shower as spots along a parametrised profile, in homogeneous and sampling calorimeters.

G. Grindhammer and S. Peters, "The parameterized simulation of electromagnetic showers in homogeneous and
sampling calorimeters", hep-ex/0001020 (1993), appendix A; its numbers stand below where they are used. Depths
are in radiation lengths, radii in Moliere radii, energies of the fits in GeV.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from simkit.fastsim.models.in_kernel import DECLINED, FAILED, SHOWER, blank, outcome, put, put_shared
from simkit.fastsim.models.medium import Medium
from simkit.jit import kernel
from simkit.particles import GAMMA
from simkit.physics.directions import rotate, sample_azimuth
from simkit.physics.distributions import sample_gaussian
from simkit.physics.elementary import exp, log
from simkit.rng import MOST_DRAWS, give_up, uniform

LEAST_LOG_Y = 2.5  # of E / E_c: below, the fits' fluctuations have no meaning
CONVERSION = 9.0 / 7.0  # mean depth at which a photon converts
GEV = 1e-3


class GflashParams(NamedTuple):
    """The medium, and how many times the spots of the paper a shower has."""

    medium: Medium
    spot_factor: float


@kernel
def sample_gamma(rng, shape):
    """Return a number of the gamma law of a shape >= 1 and scale 1.

    G. Marsaglia and W. W. Tsang, ACM Trans. Math. Softw. 26 (2000) 363.
    """
    d = shape - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    v = 1.0
    for _ in range(MOST_DRAWS):
        x = sample_gaussian(rng)
        root = 1.0 + c * x
        if root > 0.0:
            v = root * root * root
            if log(uniform(rng)) < 0.5 * x * x + d - d * v + d * log(v):
                break
    else:
        give_up(rng)
    return d * v


@kernel
def sample_profile(medium, rng, log_y):
    """Return (depth of the maximum, alpha) of a shower's longitudinal profile, fluctuating together."""
    mean_t = log(log_y - 0.812)
    mean_a = log(0.81 + (0.458 + 2.26 / medium.z) * log_y)
    if medium.visible_region < 0:
        sigma_t = 1.0 / (-1.4 + 1.26 * log_y)
        sigma_a = 1.0 / (-0.58 + 0.86 * log_y)
        rho = 0.705 - 0.023 * log_y
    else:
        per_layer = 1.0 / medium.layers_per_length
        mean_t = log(max(exp(mean_t) - 0.55 * per_layer - 0.69 * medium.e_deficit, 0.1))
        mean_a = log(max(exp(mean_a) - 0.476 * per_layer, 1.01))
        sigma_t = 1.0 / (-2.5 + 1.25 * log_y)
        sigma_a = 1.0 / (-0.82 + 0.79 * log_y)
        rho = 0.784 - 0.023 * log_y
    a, b = sample_gaussian(rng), sample_gaussian(rng)
    plus, minus = math.sqrt(0.5 * (1.0 + rho)), math.sqrt(0.5 * (1.0 - rho))
    depth = exp(mean_t + sigma_t * (plus * a + minus * b))
    return depth, exp(mean_a + sigma_a * (plus * a - minus * b))


@kernel
def radial_profile(medium, log_e, tau):
    """Return (radius of the core, of the tail, weight of the core) at a depth tau of that of the maximum."""
    z = medium.z
    core = 0.0251 + 0.00319 * log_e + (0.1162 - 0.000381 * z) * tau
    x = tau - 0.645
    tail = (0.659 - 0.00309 * z) * (exp(-2.59 * x) + exp((0.3585 + 0.0421 * log_e) * x))
    x = (0.401 + 0.00187 * z - tau) / (1.313 - 0.0686 * log_e)
    weight = (2.632 - 0.00094 * z) * exp(x - exp(x))
    if medium.visible_region >= 0:
        per_layer = 1.0 / medium.layers_per_length
        fading = per_layer * exp(-tau)
        core += -0.0203 * medium.e_deficit + 0.0397 * fading
        tail += -0.14 * medium.e_deficit - 0.495 * fading
        weight += medium.e_deficit * (0.348 - 0.642 * per_layer * exp(-(tau - 1.0) * (tau - 1.0)))
    return max(core, 1e-3), max(tail, 1e-3), min(max(weight, 0.0), 1.0)


@kernel
def spots_of(model, log_e):
    """Return how many spots a shower has; log_e: ln(E / GeV)."""
    medium = model.medium
    if medium.visible_region < 0 or medium.resolution <= 0.0:
        number = 93.0 * log(medium.z) * exp(0.876 * log_e)
    else:
        number = 10.3 / medium.resolution * exp(0.959 * log_e)
    return int(min(max(model.spot_factor * number, 10.0), 1e7))


def _gflash(model, place, tally, stacks, rng, track, energy):
    ledger, medium = blank(), model.medium
    log_y = log(energy / medium.critical_MeV)
    if not log_y >= LEAST_LOG_Y:
        return track, outcome(ledger, DECLINED)
    log_e = log(energy * GEV)
    depth, alpha = sample_profile(medium, rng, log_y)
    if not (alpha > 1.0 and depth > 0.0):
        return track, outcome(ledger, FAILED)
    per_beta = depth / (alpha - 1.0)
    start = -CONVERSION * log(uniform(rng)) if track.kind == GAMMA else 0.0
    spots = spots_of(model, log_e)
    each = energy / spots
    visible = each * medium.visible_share
    if medium.visible_region >= 0 and medium.resolution > 0.0:
        # the sum of many samples: of that mean and variance, and never negative
        samples = max(energy * GEV / (medium.resolution * medium.resolution), 1.0)
        visible = min(visible * sample_gamma(rng, samples) / samples, each)
    for _ in range(spots):
        t = sample_gamma(rng, alpha) * per_beta
        core, tail, weight = radial_profile(medium, log_e, t / depth)
        chance = uniform(rng)
        r = medium.moliere_mm * (core if uniform(rng) < weight else tail) * math.sqrt(chance / (1.0 - chance))
        cosine, sine = sample_azimuth(rng)
        along = (start + t) * medium.radiation_mm
        a, b, c = rotate(r * cosine, r * sine, along, track.u, track.v, track.w)
        x, y, z = track.x + a, track.y + b, track.z + c
        if medium.visible_region < 0:
            ledger = put(place, tally, track, ledger, x, y, z, each)
        else:
            ledger = put_shared(
                place, tally, track, ledger, medium.visible_region, x, y, z, visible, each - visible
            )
    return track, ledger


SHOWER[GflashParams] = _gflash
