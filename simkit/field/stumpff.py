"""Sine, cosine and Stumpff's functions to sixteen digits, for a direction that turns through any angle.

From + - * / sqrt and fused multiply-adds only, so that a GPU has the CPU's bits. Polynomials through
Chebyshev's nodes.
"""

from __future__ import annotations

import math

from simkit.jit import float_bits, fma, kernel

_TO_INTEGER = 1.5 * 2.0**52  # a number added to it is rounded, and stands in its last bits
_QUARTERS = 2.0 / math.pi
_QUARTER, _QUARTER_LOW = 0.5 * math.pi, 6.123233995736766e-17  # pi / 2 is their sum
_LARGEST = 2.0**50  # sine and cosine of more are taken as those of this
_SMALL = (0.25 * math.pi) ** 2


@kernel
def _small_stumpff(z):
    """Return (c2, c3) of 0 <= z <= 0.62, with an absolute error below 4e-17 before they are rounded."""
    z2 = z * z
    z4 = z2 * z2
    second = fma(
        z2,
        fma(-2.4801587293531266e-05, z, 0.0013888888888880567),
        fma(-0.04166666666666664, z, 0.5),
    )
    second_high = fma(z2, 1.1367476269782768e-11, fma(-2.087587785361131e-09, z, 2.7557315510146373e-07))
    third = fma(
        z2,
        fma(-2.755731605459391e-06, z, 0.0001984126983666588),
        fma(-0.008333333333330887, z, 0.16666666666666666),
    )
    third_high = fma(-1.5917412836707387e-10, z, 2.5051121875169608e-08)
    return fma(z4, second_high, second), fma(z4, third_high, third)


@kernel
def sine_cosine(angle):
    """Return (sine, cosine), each within 2e-16 for |angle| < 1e12; beyond 2^50 those of 2^50.

    Reduced by a multiple of pi / 2 in two parts: the first fused product is exact, because its result is
    below 1 and a multiple of the last bit of pi / 2 or of the angle. Source of the scheme: W. J. Cody and
    W. Waite, Software Manual for the Elementary Functions (Prentice-Hall, 1980), chapter 8.
    """
    angle = min(max(angle, -_LARGEST), _LARGEST)
    rounded = fma(angle, _QUARTERS, _TO_INTEGER)
    quarters = rounded - _TO_INTEGER
    r = fma(quarters, -_QUARTER_LOW, fma(quarters, -_QUARTER, angle))
    z = r * r
    second, third = _small_stumpff(z)
    sine = fma(-(r * z), third, r)
    cosine = fma(-z, second, 1.0)
    quadrant = float_bits(rounded) & 3
    if quadrant & 1:
        sine, cosine = cosine, sine
    return (-sine if quadrant & 2 else sine), (-cosine if (quadrant + 1) & 2 else cosine)


@kernel
def stumpff(z):
    """Return (sin(a) / a, (1 - cos a) / a^2, (a - sin a) / a^3) of z = a^2 >= 0: nothing cancels.

    Stumpff's functions c1, c2, c3 (K. Stumpff, Astron. Nachr. 275 (1947) 108). Relative errors below 5e-16
    for a <= pi / 4; beyond, errors below 2e-15 + 2e-16 a of
    1 / a, 1 / a^2 and 1 / a^2: the angle is rounded.
    """
    if z <= _SMALL:
        second, third = _small_stumpff(z)
        return fma(-z, third, 1.0), second, third
    angle = math.sqrt(z)
    per_angle = 1.0 / angle
    per_z = per_angle * per_angle
    sine, cosine = sine_cosine(angle)
    first = sine * per_angle
    return first, (1.0 - cosine) * per_z, (1.0 - first) * per_z
