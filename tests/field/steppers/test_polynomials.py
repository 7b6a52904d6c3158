"""Values, shifts, products and interpolation, against exact answers."""

import itertools
import math

import numpy as np
import pytest

from simkit.field.steppers.polynomials import (
    NEVER,
    Cubic,
    Linear,
    Quadratic,
    corrected,
    cross,
    integrated,
    sagitta,
    shifted,
    truncated,
    value,
)
from simkit.jit import kernel

LINE = Linear(2.0, -3.0)
PARABOLA = Quadratic(2.0, -3.0, 0.5)
CUBIC = Cubic(2.0, -3.0, 0.5, 1.25)


@kernel
def value_at(p, h):
    return value(p, h)


@kernel
def moved(p, h):
    return shifted(p, h)


@pytest.mark.parametrize("p", [LINE, PARABOLA, CUBIC])
def test_value_and_shift(p):
    def exact(h):
        return sum(c * h**i for i, c in enumerate(p))

    assert value_at(p, 1.7) == pytest.approx(exact(1.7), rel=1e-15)
    assert value_at(moved(p, 1.1), -0.3) == pytest.approx(exact(0.8), rel=1e-14)


def test_truncation_and_integral():
    assert truncated(CUBIC) == PARABOLA
    assert truncated(PARABOLA) == LINE
    assert integrated(LINE, 7.0) == Quadratic(7.0, 2.0, -1.5)
    assert integrated(PARABOLA, 7.0) == pytest.approx(Cubic(7.0, 2.0, -1.5, 0.5 / 3.0))


def test_cross_is_the_product_cut_off():
    p, b, q, a = (np.polynomial.Polynomial(c) for c in ([1, 2, 3], [4, 5, 6], [7, 8, -9], [1, -2, 5]))
    exact = 0.5 * (p * b - q * a)
    quadratics = [Quadratic(*map(float, c.coef)) for c in (p, b, q, a)]
    assert cross(*quadratics, 0.5) == pytest.approx(tuple(exact.coef[:3]))
    assert cross(*(truncated(c) for c in quadratics), 0.5) == pytest.approx(tuple(exact.coef[:2]))


def test_correction_goes_on_through_the_samples():
    function = np.polynomial.Polynomial([3.0, -1.0, 0.25, 0.125])
    at = (0.0, 1.0, 3.0, 3.5)
    p = corrected(Quadratic(0.0, 0.0, 0.0), function(at[0]), NEVER, NEVER)
    gap = NEVER
    for before, here in itertools.pairwise(at):
        p = moved(p, here - before)
        p = corrected(p, function(here) - p.c0, here - before, gap)
        gap = here - before
    assert [value_at(p, s - at[-1]) for s in at[1:]] == pytest.approx([function(s) for s in at[1:]])
    line = corrected(Linear(function(1.0), 0.0), 0.0, NEVER, NEVER)
    line = corrected(moved(line, 2.0), function(3.0) - function(1.0), 2.0, NEVER)
    assert [value_at(line, -2.0), value_at(line, 0.0)] == pytest.approx([function(1.0), function(3.0)])


def test_sagitta_is_a_bound():
    h = np.linspace(0.0, 2.0, 1001)
    for p in (PARABOLA, CUBIC, Cubic(0.0, 0.0, 0.0, 1.0), Cubic(0.0, 1.0, 1.0, -0.2)):
        curve = np.array([value_at(p, each) for each in h])
        chord = curve[0] + (curve[-1] - curve[0]) * h / 2.0
        strays = np.abs(curve - chord).max()
        assert strays <= sagitta(p, 2.0) * (1.0 + 1e-12)
    assert sagitta(PARABOLA, 2.0) == pytest.approx(0.5)
    assert sagitta(Cubic(0.0, 0.0, 0.0, 1.0), 2.0) == pytest.approx(16.0 / math.sqrt(27.0), rel=1e-3)
