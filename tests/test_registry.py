"""Registries: a name has one number and one owner."""

from __future__ import annotations

import pytest

from simkit.particles import PARTICLES, add_species
from simkit.processes import PROCESSES
from simkit.registry import Registry
from simkit.tally import BALANCE, COUNTERS


def test_a_name_keeps_its_number():
    names = Registry()
    assert [names.add("a"), names.add("b"), names.add("a")] == [0, 1, 0]
    assert list(names) == ["a", "b"]


def test_a_name_stands_for_one_thing():
    names = Registry()
    names.add("a", "first")
    with pytest.raises(ValueError, match="'a' is taken by 'first'"):
        names.add("a", "second")


@pytest.mark.parametrize(
    ("registry", "name", "owner"),
    [(COUNTERS, "tracks", "simkit.tally"), (BALANCE, "leaked", "simkit.tally"),
     (PROCESSES, "compt", "simkit.processes")],
)  # fmt: skip
def test_a_name_of_another_module_is_refused(registry, name, owner):
    with pytest.raises(ValueError, match=f"'{name}' is a name of {owner}; take its number from there"):
        registry.add(name, registry.about[name])


@pytest.mark.parametrize(
    ("registry", "name"), [(BALANCE, "deposited"), (BALANCE, "residual"), (PARTICLES, "total")]
)
def test_a_name_that_records_have_is_refused(registry, name):
    with pytest.raises(ValueError, match=f"'{name}' is a name of records"):
        registry.add(name)
    assert name not in registry


def test_no_group_is_called_as_the_sum_of_all():
    with pytest.raises(ValueError, match="group 'total' of omega: records have the sum of all there"):
        add_species("omega", 3334, 1672.45, -1, group="total")
