"""studies/commits.py: what differs between two runs, and which speedups a scenario takes."""

import numpy as np
import pytest

from simkit.speedups import CATALOGUE
from studies.commits import applicable, differences


@pytest.fixture
def before(tmp_path):
    return kept(tmp_path / "before")


def kept(folder, **changed):
    folder.mkdir()
    arrays = {"deposits": np.arange(6).reshape(2, 3), "steps": np.ones((2, 3, 3), dtype=np.int64)} | changed
    np.savez(folder / "tallies.npz", **{name: array for name, array in arrays.items() if array is not None})
    return folder


def test_equal_integers_are_no_difference(before, tmp_path):
    assert differences(before, kept(tmp_path / "after")) == []


def test_what_a_later_commit_counts_besides_is_no_difference(tmp_path):
    old = kept(tmp_path / "old", counters=np.arange(4).reshape(2, 2))
    assert differences(old, kept(tmp_path / "new", counters=np.array([[0, 1, 9], [2, 3, 9]]))) == []
    particles = np.pad(np.ones((2, 3, 3), dtype=np.int64), ((0, 0), (0, 1), (0, 0)))  # one more kind
    assert (
        differences(old, kept(tmp_path / "kind", counters=np.arange(4).reshape(2, 2), steps=particles)) == []
    )
    assert (
        differences(old, kept(tmp_path / "more", counters=np.arange(4).reshape(2, 2), late=np.zeros(2))) == []
    )
    other = kept(tmp_path / "other", counters=np.array([[0, 5, 9], [2, 3, 9]]))
    assert differences(old, other) == ["counters: 1 of 4 differ"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"deposits": np.array([[0, 1, 2], [3, 5, 4]])}, "deposits: 2 of 6 differ"),
        ({"steps": np.ones((2, 3, 4), dtype=np.int64)}, "steps: shapes (2, 3, 3) and (2, 3, 4)"),
        ({"steps": None}, "steps: only in one"),
        ({"balance": np.ones(2)}, "balance: only in one"),
    ],
)
def test_each_difference_is_a_line(before, tmp_path, changed, said):
    assert differences(before, kept(tmp_path / "after", **changed)) == [said]


def test_a_speedup_that_a_scenario_refuses_is_left_out():
    field = {name for name in CATALOGUE if CATALOGUE[name].needs == "field"}
    assert field <= set(CATALOGUE) - set(applicable("atlas_like"))
    left_out = set(CATALOGUE) - set(applicable("testem3")) - field
    without_weights = {"fastsim-flow"}
    assert left_out == {"region-range-cut", "range-cut-reweight"} | without_weights  # of what it has not
