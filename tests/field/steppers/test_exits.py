"""Where polynomials leave a band: every case against a hand's answer, then many against the definition."""

import math

import numpy as np
import pytest

from simkit.field.steppers.exits import BAND_TOLERANCE, cube_root, first_exit, leading_exit
from simkit.field.steppers.polynomials import NEVER, Cubic, Linear, Quadratic
from simkit.jit import kernel


@kernel
def exit_of_quadratic(p, band):
    return first_exit(p, Linear(0.0, 0.0), band)


@kernel
def exit_of_cubic(p, band):
    return first_exit(p, Quadratic(0.0, 0.0, 0.0), band)


@kernel
def alone(p, band):
    return leading_exit(p, band)


def first_exit_of(coefficients, band=1.0):
    if len(coefficients) == 3:
        return exit_of_quadratic(Quadratic(*map(float, coefficients)), band)
    return exit_of_cubic(Cubic(*map(float, coefficients)), band)


def numpys_first_exit(coefficients, band):
    """Return the smallest positive real root of p - band and p + band, tangents left out."""
    roots = [
        root.real
        for edge in (band, -band)
        for root in np.roots([*coefficients[:0:-1], coefficients[0] - edge])
        if abs(root.imag) < 1e-12 * abs(root) and root.real > 0.0
    ]
    return min(roots, default=NEVER)


@pytest.mark.parametrize("x", [1e-300, 1e-12, 0.1, 1.0, 2.0, 27.0, 8.0e9, 1e300])
def test_cube_root(x):
    assert cube_root(x) == pytest.approx(x ** (1 / 3), rel=1e-10)
    x = np.geomspace(x, 8.0 * x, 1001)
    assert max(abs(cube_root(each) / math.cbrt(each) - 1.0) for each in x) < 1e-10


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_just_after_a_synchronisation(sign):
    assert alone(Quadratic(3.0, 9.0, sign * 4.0), 1.0) == 0.5
    assert alone(Cubic(3.0, 9.0, 5.0, sign * 8.0), 1.0) == pytest.approx(0.5, rel=1e-10)
    for p in (Quadratic(3.0, 9.0, 0.0), Cubic(3.0, 9.0, 5.0, 0.0), Quadratic(0.0, 0.0, sign * 1e-300)):
        assert alone(p, 1e-6) >= 1e20
    assert alone(Cubic(3.0, 9.0, 5.0, sign * 1e-300), 1e-6) == NEVER


QUADRATICS = {
    "constant": ((0.5, 0, 0), NEVER),
    "constant at the edge": ((1, 0, 0), NEVER),
    "linear": ((0, 2, 0), 0.5),
    "linear, away from the nearer edge": ((0.9, -2, 0), 0.95),
    "pure square": ((0, 0, 4), 0.5),
    "rising faster and faster": ((0, 3, 4), 0.25),
    "rising to a turn beyond the edge": ((0, 4, -3), 1 / 3),
    "tangent at the edge": ((0, 1, -0.25), 2.0),
    "turning before the edge": ((0, 1, -1), 0.5 * (1 + math.sqrt(5))),
    "from the edge outwards": ((1, 1, 1), 0.0),
    "from the edge inwards": ((1, -1, 0), 2.0),
    "from the edge in and out again": ((1, -1, 1), 1.0),
    "from the edge outwards, flat at first": ((1, 0, 1), 0.0),
    "from the edge inwards, flat at first": ((1, 0, -1), math.sqrt(2.0)),
    "beyond the edge by rounding": ((1 + 2e-16, 1, 0), 0.0),
    "leading coefficient 1e-300": ((0, 2, 1e-300), 0.5),
    "leading coefficient -1e-300": ((0, 2, -1e-300), 0.5),
    "leading coefficient alone, 1e-300": ((0, 0, 1e-300), NEVER),
    "leading coefficient -1e-30": ((0, 1e-8, -1e-30), 1e8),
}
CUBICS = {
    **{name: ((*p, 0), h) for name, (p, h) in QUADRATICS.items() if "tangent" not in name},
    "pure cube": ((0, 0, 0, 8), 0.5),
    "from the edge outwards, flattest at first": ((1, 0, 0, 1), 0.0),
    "from the edge inwards, flattest at first": ((1, 0, 0, -1), 2.0 ** (1 / 3)),
    "convex": ((0, 1, 2, 5), None),
    "cube beside 1e-300": ((0, 0, 1e-300, 8), 0.5),
    "a turn beyond the edge": ((0, 0, 3, -1), None),
    "a turn before the edge": ((0, 0, 1, -1), None),
    "the first of three stretches": ((0, 6, -8, 2), None),
    "the second of three stretches": ((0, 3, -4, 1), None),
    "the third of three stretches": ((0, 0.9, -1.2, 0.3), None),
    "the third, from a flat start": ((0, 0, -0.6, 0.3), None),
    "an inflection before the edge": ((0, 1.5, -1.5, 0.5), None),
    "an inflection beyond the edge": ((0, 6, -6, 2), None),
    "nearly level at an inflection": ((0, 1.51, -1.5, 0.5), None),
    "leading coefficient 1e-300 in the cube": ((0, 3, 4, 1e-300), 0.25),
    "leading coefficient -1e-300 in the cube": ((0, 3, 4, -1e-300), 0.25),
    "from the edge in, and out by the cube": ((1, -1, 0, 1), 1.0),
}


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("name", QUADRATICS)
def test_a_quadratic_leaves_the_band(name, sign):
    p, h = QUADRATICS[name]
    assert first_exit_of([sign * c for c in p]) == pytest.approx(h, rel=1e-14, abs=1e-15)


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("name", CUBICS)
def test_a_cubic_leaves_the_band(name, sign):
    p, h = CUBICS[name]
    exact = numpys_first_exit(p, 1.0) if h is None else h
    assert first_exit_of([sign * c for c in p]) == pytest.approx(exact, rel=2e-3, abs=1e-15)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_cubic_that_only_touches_the_edge(sign):
    """A double root is as well known as the square root of the tolerance."""
    p = Cubic(0.0, sign * 2.25, sign * -1.5, sign * 0.25)  # 1 at its first turn, h = 1
    assert exit_of_cubic(p, 1.0) == pytest.approx(1.0, abs=2.0 * BAND_TOLERANCE**0.5)


@pytest.mark.parametrize("degree", [2, 3])
def test_no_exit_is_missed(degree):
    """Coefficients of all sizes, signs and zeros: at the exit the edge is met, and nowhere before."""
    random = np.random.default_rng(11)
    tolerance = BAND_TOLERANCE if degree == 3 else 1e-9
    for _ in range(20_000):
        p = random.choice([-1.0, 1.0], degree + 1) * 10.0 ** random.uniform(-4.0, 2.0, degree + 1)
        p[random.random(degree + 1) < 0.15] = 0.0
        p[0] = random.uniform(-1.0, 1.0)
        h = first_exit_of(p)
        if not p[1:].any():
            assert h == NEVER
            continue
        inside = np.polynomial.polynomial.polyval(np.linspace(0.0, h, 400), p)
        assert abs(inside[-1]) == pytest.approx(1.0, abs=2.0 * tolerance), p
        assert np.abs(inside).max() <= 1.0 + 2.0 * tolerance, p
