"""Logarithm and exponential to sixteen digits, and with cosine and sine to seven, for all that kernels do.

The C library's and CUDA's differ in the last bit, and so would the showers; these are the same operations on
both, a few multiplications that the compiler mixes with the code around them, where a call puts away all
numbers in flight. Seven digits are enough for condensed steps. Polynomials through Chebyshev's nodes.
"""

from __future__ import annotations

import math

from simkit.jit import bits_float, float_bits, fma, kernel

_LN2 = math.log(2.0)
_LN2_LOW = 2.3190468138462996e-17  # ln 2 = _LN2 + _LN2_LOW
_LN2_SHORT, _LN2_REST = 0.6931467056274414, 4.7493250390316726e-07  # their sum, the first of 21 bits
_LOG2E = 1.0 / _LN2
_BITS_OF_SQRT_HALF = 0x3FE6A09E667F3BCD
_TO_INTEGER = 1.5 * 2.0**52  # a number added to it is rounded, and stands in its last bits
_LOWEST = -700.0  # exp of less is taken as exp of this


@kernel
def log(x):
    """Return ln x for a normal x > 0, with a relative error below 2e-16; rubbish, not NaN, for others.

    ln(1 + f) = f - f^2 / 2 + s (f^2 / 2 + R), s = f / (2 + f), R = 2 s^2 / 3 + 2 s^4 / 5 + ...: f keeps its
    digits. Source: P. T. P. Tang, ACM Trans. Math. Softw. 16 (1990) 378, without his table.
    """
    octave = (float_bits(x) - _BITS_OF_SQRT_HALF) >> 52
    f = bits_float(float_bits(x) - (octave << 52)) - 1.0  # within sqrt(1/2) - 1 and sqrt(2) - 1
    s = f / (2.0 + f)
    z = s * s
    z2 = z * z
    low = fma(
        z2, fma(0.22222211130259878, z, 0.2857142862600327), fma(0.39999999999899444, z, 0.666666666666667)
    )
    high = fma(z2, 0.14616585424888623, fma(0.15331710618210773, z, 0.18182889455674947))
    rest = z * fma(z2 * z2, high, low)
    half = 0.5 * f * f
    return octave * _LN2_SHORT - ((half - fma(s, half + rest, octave * _LN2_REST)) - f)


@kernel
def exp(x):
    """Return exp(x) for x < 700, with a relative error below 2e-16, none at 0; below -700 that of -700.

    2^n exp(r), |r| <= ln(2) / 2. Source: P. T. P. Tang, ACM Trans. Math. Softw. 15 (1989) 144, without his
    table.
    """
    x = max(x, _LOWEST)
    rounded = fma(x, _LOG2E, _TO_INTEGER)
    n = rounded - _TO_INTEGER
    r = fma(n, -_LN2_LOW, fma(n, -_LN2, x))
    r2 = r * r
    r4 = r2 * r2
    low = fma(
        r2, fma(0.008333333333330062, r, 0.04166666666662413), fma(0.16666666666666669, r, 0.5000000000000001)
    )
    high = fma(
        r2,
        fma(2.7557268459997064e-06, r, 2.4801521295954376e-05),
        fma(0.00019841269863053618, r, 0.0013888888917213717),
    )
    high = fma(r4, fma(2.510038549551032e-08, r, 2.7620088445409746e-07), high)
    value = 1.0 + fma(r2, fma(r4, high, low), r)
    return bits_float(float_bits(value) + (float_bits(rounded) << 52))


@kernel
def quick_log(x):
    """Return ln x for a normal x > 0, with a relative error below 2e-7; rubbish, not NaN, for x < 0."""
    octave = (float_bits(x) - _BITS_OF_SQRT_HALF) >> 52
    f = bits_float(float_bits(x) - (octave << 52)) - 1.0  # within sqrt(1/2) - 1 and sqrt(2) - 1
    f2 = f * f
    low = fma(-0.500003630927298, f, 0.9999999425426721)
    low = fma(fma(-0.24970071685055165, f, 0.33335114140345856), f2, low)
    high = fma(-0.17247013303902503, f, 0.1989856504826164)
    high = fma(fma(-0.10134056750653417, f, 0.16234189799002202), f2, high)
    return fma(fma(f2 * f2, high, low), f, octave * _LN2)


@kernel
def quick_exp(x):
    """Return exp(x) for x < 700, with a relative error below 3e-9, none at 0; below -700 that of -700."""
    scaled = max(x, _LOWEST) * _LOG2E
    rounded = scaled + _TO_INTEGER
    f = scaled - (rounded - _TO_INTEGER)
    f2 = f * f
    high = fma(f2, 0.0001546973198244552, fma(0.0013400432165251623, f, 0.00961802560294165))
    middle = fma(f2, high, fma(0.05550327214208133, f, 0.24022651213595259))
    value = fma(f2, middle, fma(0.69314720671062, f, 1.0))
    return bits_float(float_bits(value) + (float_bits(rounded) << 52))


@kernel
def quick_cos_sin(x):
    """Return (cos x, sin x) for 0 <= x <= pi, within 1e-8."""
    t = 0.5 * math.pi - x
    t2 = t * t
    t4 = t2 * t2
    sine = fma(-2.6051076329484874e-07, t2, 2.4760135515694047e-05)
    sine = fma(t4, sine, fma(-0.0013888360842521698, t2, 0.041666636208927244))
    sine = fma(t4, sine, fma(-0.49999999356956376, t2, 0.9999999997799044))
    cosine = fma(t4, 2.605166276187453e-06, fma(-0.00019809046357432083, t2, 0.008333050617328043))
    cosine = fma(t4, cosine, fma(-0.16666657969904652, t2, 0.9999999957158399))
    return t * cosine, sine


@kernel
def absorbed(x):
    """Return 1 - exp(-x) for x >= 0, with a relative error below 3e-8: below 0.1 by its series."""
    if x > 0.1:
        return 1.0 - quick_exp(-x)
    rest = fma(x, fma(x, fma(x, -1.0 / 720.0, 1.0 / 120.0), -1.0 / 24.0), 1.0 / 6.0)
    return x * fma(x, fma(x, rest, -0.5), 1.0)


@kernel
def optical_depth(x):
    """Return -ln(1 - x) for 0 <= x < 1, with a relative error below 2e-7: below 0.05 by its series."""
    if x > 0.05:
        return -quick_log(1.0 - x)
    rest = fma(x, fma(x, fma(x, 1.0 / 6.0, 1.0 / 5.0), 1.0 / 4.0), 1.0 / 3.0)
    return x * fma(x, fma(x, rest, 0.5), 1.0)
