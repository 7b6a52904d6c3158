"""The field along a track: the polynomial through its samples and the gaps between them."""

import math
from typing import NamedTuple

import numpy as np
import pytest

from simkit.field import FIELD_AT
from simkit.field.steppers.polynomials import Linear, Quadratic
from simkit.field.steppers.samples import first_sample, shifted_samples, wants_sample, with_sample

BEND, QUANTUM, LONGEST_GAP = 0.02, 1e-5, 40.0
NOUGHT = {2: Linear(0.0, 0.0), 3: Quadratic(0.0, 0.0, 0.0)}


class Wave(NamedTuple):
    """Bz = 1 + sin(x / length), By = cos(x / length)."""

    length: float


class Parabola(NamedTuple):
    """Bz = 1 + 0.01 x + curve x^2."""

    curve: float


class Chessboard(NamedTuple):
    """Bz = 1 and -1 by turns, each for `width`."""

    width: float


def wave(field, x, y, z):
    return 0.0, math.cos(x / field.length), 1.0 + math.sin(x / field.length)


def parabola(field, x, y, z):
    return 0.0, 0.0, 1.0 + 0.01 * x + field.curve * x * x


def chessboard(field, x, y, z):
    return 0.0, 0.0, 1.0 - 2.0 * (x // field.width % 2.0)


FIELD_AT[Chessboard] = chessboard
FIELD_AT[Wave] = wave
FIELD_AT[Parabola] = parabola


def follow(field, n, length, quantum=QUANTUM):
    """Yield the Samples along x, each as long as it holds."""
    samples = first_sample(field, BEND, 0.0, 0.0, 0.0, NOUGHT[n], quantum, LONGEST_GAP)
    while samples.due < length:
        yield samples
        s = samples.due
        samples, _ = with_sample(samples, field, BEND, s, s, 0.0, 0.0, quantum, LONGEST_GAP)


@pytest.mark.parametrize("n", [2, 3])
def test_a_smooth_field_is_followed_within_the_quantum(n):
    field = Wave(30.0)
    settled = [samples for samples in follow(field, n, 400.0) if samples.origin > 30.0]
    misses = []
    for samples in settled:
        s = samples.due
        foretold = [p.c0 for p in shifted_samples(samples, s)]
        misses.append(np.abs(np.subtract(foretold, wave(field, s, 0.0, 0.0))).max())
    assert 0.1 * QUANTUM < np.median(misses) < 2.0 * QUANTUM
    assert max(misses) < 10.0 * QUANTUM
    gaps = [samples.gap for samples in settled]
    finer = [samples.gap for samples in follow(field, n, 400.0, QUANTUM / 64.0) if samples.origin > 30.0]
    assert np.median(gaps) / np.median(finer) == pytest.approx(64.0 ** (1.0 / n), rel=0.2)


@pytest.mark.parametrize(("n", "curve"), [(2, 0.0), (3, 1e-4)])
def test_a_polynomial_of_its_degree_is_taken_as_it_is(n, curve):
    *_, samples = follow(Parabola(curve), n, 300.0)
    _, _, bz = shifted_samples(samples, 300.0)
    assert bz.c0 == pytest.approx(1.0 + 3.0 + curve * 9e4, rel=1e-9)
    assert samples.due - samples.origin == pytest.approx(LONGEST_GAP)


def test_gaps_begin_small_and_double_where_nothing_changes():
    gaps = np.array([samples.due - samples.origin for samples in follow(Parabola(0.0), 3, 300.0)])
    assert gaps[0] == pytest.approx((2.0 * QUANTUM * LONGEST_GAP / BEND) ** 0.5)
    assert gaps.max() == pytest.approx(LONGEST_GAP)
    assert (gaps[1:] / gaps[:-1] <= 2.0 * (1.0 + 1e-9)).all()


def test_without_a_field_there_is_no_hurry():
    first = first_sample(Parabola(0.0), 0.0, 0.0, 0.0, 0.0, NOUGHT[2], QUANTUM, LONGEST_GAP)
    assert first.due == LONGEST_GAP


def test_what_is_near_the_last_sample_need_not_be_one():
    field = Wave(30.0)
    first = first_sample(field, BEND, 0.0, 0.0, 0.0, NOUGHT[3], QUANTUM, LONGEST_GAP)
    assert not wants_sample(first, 0.0)
    assert wants_sample(first, 1e-6)
    second, _ = with_sample(first, field, BEND, 0.1, 0.1, 0.0, 0.0, QUANTUM, LONGEST_GAP)
    second = second._replace(due=1.0)
    assert not wants_sample(second, 0.12)
    assert wants_sample(second, 0.13)
    assert wants_sample(second, second.due)


@pytest.mark.parametrize("n", [2, 3])
def test_a_field_that_jumps_holds_up_no_track(n):
    taken = sum(1 for _ in follow(Chessboard(7.0), n, 300.0))
    assert taken < 1000  # 14 a jump


def test_a_uniform_stretch_is_as_foretold():
    first = first_sample(Parabola(0.0), BEND, 5.0, 0.0, 0.0, NOUGHT[2], QUANTUM, LONGEST_GAP)
    _, changed = with_sample(first, Parabola(0.0), BEND, 1.0, 5.0, 0.0, 0.0, QUANTUM, LONGEST_GAP)
    assert not changed
    _, changed = with_sample(first, Parabola(0.0), BEND, 1.0, 6.0, 0.0, 0.0, QUANTUM, LONGEST_GAP)
    assert changed
