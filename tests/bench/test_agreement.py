"""Agreement of two backends, on tallies with known differences."""

from __future__ import annotations

import numpy as np
import pytest

from simkit.bench.statistics.agreement import agreement
from simkit.record.tallies import empty_tallies


def tallies(n=200):
    made = empty_tallies(np.arange(n), 2, np.array([0, 1]))
    made.deposits[:] = [[3_000_000, 1_000_000]]
    made.steps[:] = 7
    return made


def test_the_same_tallies_agree():
    found = agreement(tallies(), tallies())
    assert (found.events, found.equal, found.difference) == (200, 1.0, 0.0)
    assert found.good


@pytest.mark.parametrize("name", ["steps", "secondaries", "interactions", "counters"])
def test_a_count_apart_makes_an_event_unequal(name):
    other = tallies()
    for event in range(3):
        getattr(other, name)[event].flat[0] += 1
    found = agreement(tallies(), other)
    assert found.equal == pytest.approx(197 / 200)
    assert not found.good


def test_deposits_are_compared_where_the_counts_are_equal():
    other = tallies()
    other.steps[0, 0, 0] += 1
    other.deposits[0] = 0  # another shower: not compared
    other.deposits[1, 0] += 8
    found = agreement(tallies(), other)
    assert found.difference == pytest.approx(2e-6)
    assert found.equal == pytest.approx(199 / 200)
    assert not found.good
    other.deposits[1, 0] -= 4
    assert agreement(tallies(), other).good
