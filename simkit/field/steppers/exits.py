"""Where a polynomial leaves a band: the times of QSS's events.

Roots by + - * / and square roots alone, so that every machine finds the same bits.
"""

from __future__ import annotations

import math

from simkit.field.steppers.polynomials import NEVER, Cubic, Quadratic
from simkit.jit import bits_float, by_type, float_bits, fma, kernel

BAND_TOLERANCE = 1e-3  # of the band: how closely its edge is met by a cubic
MOST_TRIALS = 64  # of a root: bisection alone brings 19 digits
MOST_STRETCHES = 3  # rising and falling stretches of a cubic
_BENT = 7.5  # 1 / (1 - sqrt(3) / 2) and a little
_CUBE_ROOT_BITS = 0x553EF1A9FBE76C8C  # 4/3 of 1.0's bits, less what brings the first guess within 3.5 %


def leading_exit(p, band):
    """Return the first h > 0 at which p's last term alone is `band` (> 0), or NEVER."""
    return LEADING_EXIT[type(p)](p, band)


def first_exit(p, q, band):
    """Return the first h >= 0 at which |p - q| reaches `band` (> 0), or NEVER; q has one degree less.

    0 where it starts at the edge, or by rounding beyond, and heads out. Exact for a quadratic up to rounding;
    for a cubic |p - q| is the band there within BAND_TOLERANCE of it.
    """
    return FIRST_EXIT[type(p)](p, q, band)


LEADING_EXIT = by_type(leading_exit)
FIRST_EXIT = by_type(first_exit)


@kernel
def cube_root(x):
    """Return the cube root of a normal x > 0, with a relative error below 1e-10.

    x r^3 = 1 is solved for r by the third-order step r (1 + e / 3 + 2 e^2 / 9), e = 1 - x r^3, which divides
    by nothing; the first r is the line through the logarithm that a number's bits are.
    """
    r = bits_float(_CUBE_ROOT_BITS - float_bits(x) // 3)
    for _ in range(2):
        e = fma(-x * r, r * r, 1.0)
        r = fma(r * e, fma(2.0 / 9.0, e, 1.0 / 3.0), r)
    return x * r * r


def _quadratic_leading_exit(p, band):
    c2 = abs(p.c2)
    return NEVER if c2 * NEVER <= band else math.sqrt(band / c2)


def _cubic_leading_exit(p, band):
    c3 = abs(p.c3)
    return NEVER if c3 * NEVER <= band else cube_root(band / c3)


def _quadratic_first_exit(p, q, band):
    a, b, c = p.c0 - q.c0, p.c1 - q.c1, p.c2
    if b < 0.0 or (b == 0.0 and c < 0.0):
        a, b, c = -a, -b, -c  # it sets out upwards
    room = max(band - a, 0.0)
    square = fma(4.0 * c, room, b * b)
    if square >= 0.0:
        slope = b + math.sqrt(square)
        if slope > 0.0:
            return min(2.0 * room / slope, NEVER)
        return 0.0 if room == 0.0 and c > 0.0 else NEVER
    # It turns before the upper edge, and falls to the lower.
    room = max(band + a, 0.0)
    return min((b + math.sqrt(fma(-4.0 * c, room, b * b))) / (-2.0 * c), NEVER)


def _cubic_first_exit(p, q, band):
    a, b, c, d = p.c0 - q.c0, p.c1 - q.c1, p.c2 - q.c2, p.c3
    travelled = 0.0
    for _ in range(MOST_STRETCHES):
        if b < 0.0 or (b == 0.0 and (c < 0.0 or (c == 0.0 and d < 0.0))):
            a, b, c, d = -a, -b, -c, -d  # it sets out upwards
        room = max(band - a, 0.0)
        if room == 0.0 and (b > 0.0 or c > 0.0 or d > 0.0):
            return travelled
        if c >= 0.0 and d >= 0.0:
            return min(travelled + _convex_root(b, c, d, room), NEVER)
        turn = _turning_point(b, c, d)
        rise = turn * fma(fma(d, turn, c), turn, b) if turn < NEVER else NEVER
        if rise >= room:
            # Without a turn c^2 <= 3 b d, and so the sum is at least (1 - sqrt(3) / 2) (b h + d h^3).
            reach = turn if turn < NEVER else _BENT * _reach(b, 0.0, d, room)
            return min(travelled + _rising_root(b, c, d, room, reach, BAND_TOLERANCE * band), NEVER)
        a += rise
        b = 0.0
        c = fma(3.0 * d, turn, c)
        travelled += turn
    return NEVER


@kernel
def _turning_point(b, c, d):
    """Return the first h > 0 at which b h + c h^2 + d h^3, which sets out upwards, turns down; or NEVER."""
    square = fma(c, c, -3.0 * b * d)
    if square <= 0.0:
        return NEVER
    root = math.sqrt(square)
    return min(b / (root - c) if c < 0.0 else (c + root) / (-3.0 * d), NEVER)


@kernel
def _reach(b, c, d, room):
    """Return an h at which b h + c h^2 + d h^3 is `room` or more, NEVER if it is 0 for ever.

    None may be negative. At most twice `room`: without its last term, or with that alone, the sum is `room`.
    """
    slope = b + math.sqrt(fma(4.0 * c, room, b * b))
    reach = 2.0 * room / slope if slope * NEVER > room else NEVER
    if d * reach * reach * reach > room:
        reach = cube_root(room / d)
    return reach


@kernel
def _convex_root(b, c, d, room):
    """Return the h at which b h + c h^2 + d h^3, none of them negative, is `room`, or NEVER.

    Two of Halley's steps from `_reach` bring it within 1e-6.
    """
    h = _reach(b, c, d, room)
    if h >= NEVER:
        return NEVER
    for _ in range(2):
        curve = fma(d, h, c)
        excess = fma(fma(curve, h, b), h, -room)
        curve = fma(2.0 * d, h, curve)  # half the second derivative
        slope = fma(curve + c, h, b)
        h -= excess * slope / fma(slope, slope, -excess * curve)
    return h


@kernel
def _rising_root(b, c, d, room, reach, tolerance):
    """Return the h in 0..reach at which b h + c h^2 + d h^3, rising there, is `room` within `tolerance`.

    Newton's steps, from the side from which they do not overshoot: the right where the curve bends up, the
    left, the first step taken, where it bends down. Where one would leave the bracket, half the bracket.
    """
    low, high = 0.0, reach
    h = min(room / b, reach) if c < 0.0 else reach
    for _ in range(MOST_TRIALS):
        slope = fma(d, h, c)
        excess = fma(fma(slope, h, b), h, -room)
        if abs(excess) <= tolerance:
            break
        if excess > 0.0:
            high = h
        else:
            low = h
        h -= excess / fma(fma(2.0 * d, h, slope + c), h, b)
        if not low < h < high:
            h = 0.5 * (low + high)
    return h


LEADING_EXIT[Quadratic] = _quadratic_leading_exit
LEADING_EXIT[Cubic] = _cubic_leading_exit
FIRST_EXIT[Quadratic] = _quadratic_first_exit
FIRST_EXIT[Cubic] = _cubic_first_exit
