"""Numbers of the normal and the Poisson law: no state between calls, one uniform number each."""

from __future__ import annotations

import math

from simkit.jit import fma, kernel
from simkit.physics.elementary import log, quick_exp
from simkit.rng import MOST_DRAWS, give_up, uniform

# Above this mean a Poisson number is a rounded normal number.
LARGE_MEAN = 16.0
_TERMS = 8  # of the sum that always are added up: with a mean of 4, enough in 98 of 100 cases


@kernel
def normal_quantile(p):
    """Return the x below which a standard normal number lies with probability p.

    p: in (1e-300, 1 - 1e-16). Relative error below 1.2e-9. Source: P. J. Acklam, "An algorithm for computing
    the inverse normal cumulative distribution function" (2003).
    """
    q = p - 0.5
    if abs(q) <= 0.47575:
        r = q * q
        numerator = fma(-39.69683028665376, r, 220.9460984245205)
        numerator = fma(fma(numerator, r, -275.9285104469687), r, 138.3577518672690)
        numerator = fma(fma(numerator, r, -30.66479806614716), r, 2.506628277459239)
        denominator = fma(-54.47609879822406, r, 161.5858368580409)
        denominator = fma(fma(denominator, r, -155.6989798598866), r, 66.80131188771972)
        denominator = fma(fma(denominator, r, -13.28068155288572), r, 1.0)
        return q * numerator / denominator
    r = math.sqrt(-2.0 * log(p if q < 0.0 else 1.0 - p))
    numerator = -0.007784894002430293 * r - 0.3223964580411365
    numerator = (numerator * r - 2.400758277161838) * r - 2.549732539343734
    numerator = (numerator * r + 4.374664141464968) * r + 2.938163982698783
    denominator = 0.007784695709041462 * r + 0.3224671290700398
    denominator = ((denominator * r + 2.445134137142996) * r + 3.754408661907416) * r + 1.0
    x = numerator / denominator
    return x if q < 0.0 else -x


@kernel
def sample_gaussian(rng):
    """Return a number of the standard normal law (within 6.3 standard deviations)."""
    return normal_quantile(uniform(rng))


@kernel
def sample_gaussian_within(rng, width, largest):
    """Return a number of the normal law of mean 0 and this width, drawn again until it is in +-largest."""
    x = 0.0
    for _ in range(MOST_DRAWS):
        x = width * sample_gaussian(rng)
        if abs(x) <= largest:
            break
    else:
        give_up(rng)
    return x


@kernel
def sample_poisson(rng, mean):
    """Return a Poisson number (int) of a mean >= 0.

    Up to a mean of 16 the inversion of one uniform number, searched upwards from 0; above, a normal number
    of that mean and variance, rounded: right in mean and variance, without the skewness of 1 / sqrt(mean).
    """
    if mean > LARGE_MEAN:
        return int(max(mean + math.sqrt(mean) * sample_gaussian(rng) + 0.5, 0.0))
    u = uniform(rng)
    if u <= 1.0 - mean:  # less than exp(-mean): no exponential needed
        return 0
    # u exp(mean) is compared with the partial sums of mean^j / j!, the first of them without a branch.
    u *= quick_exp(mean)
    power = 1.0
    total = 1.0
    k = int(u > total)
    for j in range(1, _TERMS):
        power *= mean * (1.0 / j)
        total += power
        k += int(u > total)
    if k == _TERMS:
        power *= mean / k
        total += power
        while u > total and k < 100:
            k += 1
            power *= mean / k
            total += power
    return k
