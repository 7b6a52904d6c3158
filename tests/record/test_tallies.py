"""Tallies whose columns another process numbered otherwise, or numbered before a plug-in was loaded."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simkit.errors import BadInput
from simkit.record.tallies import (
    COUNTERS,
    NAMED,
    PARTICLES,
    Tallies,
    empty_tallies,
    in_order,
    merge,
    name_arrays,
    names_in,
    names_of,
)


def renumbered(tallies: Tallies, array: str, names: tuple[str, ...]) -> Tallies:
    """Return the tallies with the columns of an array in another order; 7 under names unknown here."""
    before, here = getattr(tallies, array), list(NAMED[array])
    shape = (len(before), 1, *before.shape[2:])
    columns = [before[:, [here.index(n)]] if n in here else np.full(shape, 7) for n in names]
    return replace(tallies, **{array: np.concatenate(columns, axis=1)}, names=tallies.names | {array: names})


@pytest.mark.parametrize("array", list(NAMED))
def test_columns_go_by_their_names(tallies: Tallies, array: str) -> None:
    other = renumbered(tallies, array, tuple(reversed(NAMED[array])))
    assert not np.array_equal(getattr(other, array), getattr(tallies, array))
    merged = merge([other])
    assert np.array_equal(getattr(merged, array), getattr(tallies, array))
    assert merged.names == names_of(NAMED)


def test_what_was_not_counted_by_then_is_zero(tallies: Tallies) -> None:
    later = replace(tallies, events=tallies.events + 2)
    merged = merge([renumbered(tallies, "counters", tuple(COUNTERS)[:4]), later])
    assert merged.counter("virtual_collisions") == 2 * tallies.counter("virtual_collisions")
    assert merged.counters.shape == (4, len(COUNTERS))


def test_a_count_under_a_name_unknown_here_is_not_lost(tallies: Tallies) -> None:
    other = renumbered(tallies, "counters", ("seen", *COUNTERS))
    with pytest.raises(BadInput, match="counters: 'seen' was counted by a process with another plug-in"):
        merge([tallies, other])
    other.counters[:, 0] = 0
    assert np.array_equal(in_order(other).counters, tallies.counters)


def test_names_are_kept_with_arrays(tallies: Tallies) -> None:
    other = renumbered(tallies, "steps", tuple(reversed(PARTICLES)))
    arrays = {name: getattr(other, name) for name in NAMED}
    assert names_in(arrays | name_arrays(other), NAMED) == other.names
    assert names_in({"counters": tallies.counters[:, :3]}, ["counters"]) == {"counters": tuple(COUNTERS)[:3]}


def test_events_with_nothing_in_them_go_with_a_readout_that_does_not_see_all():
    cells = np.array([0, 1, 0])
    seen = empty_tallies(np.array([0, 2]), 3, cells, responds=True)
    seen.deposits[:], seen.unseen[:, 0], seen.late[:, 0] = 5, 3, 2
    merged = merge([seen, empty_tallies(np.array([1]), 3, cells, seen.responds)])
    assert merged.visible[:, 0].tolist() == [2, 0, 2]
    assert merged.region_visible[:, 0].tolist() == [7, 0, 7]
    assert merged.late[:, 0].tolist() == [2, 0, 2]
    sees_all = empty_tallies(np.array([0]), 3, cells)
    assert not sees_all.responds
    assert sees_all.visible is sees_all.deposits
