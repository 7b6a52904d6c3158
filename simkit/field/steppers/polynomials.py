"""Short polynomials along a path, each degree a type: the arithmetic of QSS.

A polynomial is the tuple of its Taylor coefficients, lowest first; h is the path (mm) from the point where it
is expanded. Which degree a verb handles is chosen while compiling.
"""

from __future__ import annotations

from typing import NamedTuple

from simkit.jit import by_type, fma

NEVER = 1e30  # a path that nothing travels (mm)


class Linear(NamedTuple):
    """c0 + c1 h."""

    c0: float
    c1: float


class Quadratic(NamedTuple):
    """c0 + c1 h + c2 h^2."""

    c0: float
    c1: float
    c2: float


class Cubic(NamedTuple):
    """c0 + c1 h + c2 h^2 + c3 h^3."""

    c0: float
    c1: float
    c2: float
    c3: float


def value(p, h):
    """Return the polynomial's value at h."""
    return VALUE[type(p)](p, h)


def shifted(p, h):
    """Return the same polynomial expanded at h."""
    return SHIFTED[type(p)](p, h)


def truncated(p):
    """Return its Taylor polynomial of one degree less."""
    return TRUNCATED[type(p)](p)


def integrated(p, start):
    """Return the polynomial of one degree more whose derivative is p and whose value at 0 is `start`."""
    return INTEGRATED[type(p)](p, start)


def cross(p, b, q, a, k):
    """Return k (p b - q a) of four polynomials of one degree, truncated to that degree."""
    return CROSS[type(p)](p, b, q, a, k)


def corrected(p, miss, gap, gap_before):
    """Return p lifted by `miss` at 0 and unchanged at -gap and, if its degree is 2, at -gap - gap_before.

    So a polynomial through the last samples of a function goes on to the newest (Newton's interpolation).
    """
    return CORRECTED[type(p)](p, miss, gap, gap_before)


def sagitta(p, h):
    """Return a bound of how far p strays between 0 and h from the straight line that joins its ends."""
    return SAGITTA[type(p)](p, h)


VALUE = by_type(value)
SHIFTED = by_type(shifted)
TRUNCATED = by_type(truncated)
INTEGRATED = by_type(integrated)
CROSS = by_type(cross)
CORRECTED = by_type(corrected)
SAGITTA = by_type(sagitta)


def _linear_value(p, h):
    return fma(p.c1, h, p.c0)


def _quadratic_value(p, h):
    return fma(fma(p.c2, h, p.c1), h, p.c0)


def _cubic_value(p, h):
    return fma(fma(fma(p.c3, h, p.c2), h, p.c1), h, p.c0)


def _linear_shifted(p, h):
    return Linear(fma(p.c1, h, p.c0), p.c1)


def _quadratic_shifted(p, h):
    c1 = fma(p.c2, h, p.c1)
    return Quadratic(fma(c1, h, p.c0), fma(p.c2, h, c1), p.c2)


def _cubic_shifted(p, h):
    c2 = fma(p.c3, h, p.c2)
    c1 = fma(c2, h, p.c1)
    c0 = fma(c1, h, p.c0)
    c2 = fma(p.c3, h, c2)
    return Cubic(c0, fma(c2, h, c1), fma(p.c3, h, c2), p.c3)


def _quadratic_truncated(p):
    return Linear(p.c0, p.c1)


def _cubic_truncated(p):
    return Quadratic(p.c0, p.c1, p.c2)


def _linear_integrated(p, start):
    return Quadratic(start, p.c0, 0.5 * p.c1)


def _quadratic_integrated(p, start):
    return Cubic(start, p.c0, 0.5 * p.c1, (1.0 / 3.0) * p.c2)


def _linear_cross(p, b, q, a, k):
    return Linear(
        k * (p.c0 * b.c0 - q.c0 * a.c0), k * (p.c0 * b.c1 + p.c1 * b.c0 - q.c0 * a.c1 - q.c1 * a.c0)
    )


def _quadratic_cross(p, b, q, a, k):
    return Quadratic(
        k * (p.c0 * b.c0 - q.c0 * a.c0),
        k * (p.c0 * b.c1 + p.c1 * b.c0 - q.c0 * a.c1 - q.c1 * a.c0),
        k * (p.c0 * b.c2 + p.c1 * b.c1 + p.c2 * b.c0 - q.c0 * a.c2 - q.c1 * a.c1 - q.c2 * a.c0),
    )


def _linear_corrected(p, miss, gap, gap_before):
    return Linear(p.c0 + miss, p.c1 + miss / gap)


def _quadratic_corrected(p, miss, gap, gap_before):
    slope = miss / gap
    curve = slope / (gap + gap_before)
    return Quadratic(p.c0 + miss, p.c1 + slope + curve * gap, p.c2 + curve)


def _quadratic_sagitta(p, h):
    return 0.25 * abs(p.c2) * h * h


def _cubic_sagitta(p, h):
    return (0.25 * abs(p.c2) + 0.385 * abs(p.c3) * h) * h * h  # 2 / sqrt(27)


VALUE[Linear] = _linear_value
VALUE[Quadratic] = _quadratic_value
VALUE[Cubic] = _cubic_value
SHIFTED[Linear] = _linear_shifted
SHIFTED[Quadratic] = _quadratic_shifted
SHIFTED[Cubic] = _cubic_shifted
TRUNCATED[Quadratic] = _quadratic_truncated
TRUNCATED[Cubic] = _cubic_truncated
INTEGRATED[Linear] = _linear_integrated
INTEGRATED[Quadratic] = _quadratic_integrated
CROSS[Linear] = _linear_cross
CROSS[Quadratic] = _quadratic_cross
CORRECTED[Linear] = _linear_corrected
CORRECTED[Quadratic] = _quadratic_corrected
SAGITTA[Quadratic] = _quadratic_sagitta
SAGITTA[Cubic] = _cubic_sagitta
