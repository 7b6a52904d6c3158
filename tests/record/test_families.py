"""Families of particles: every species of the table is in one, sums keep what is there."""

from __future__ import annotations

from collections import Counter

from simkit.particles import FAMILIES, PARTICLES
from simkit.record.families import by_family, families, ratio_by_family, total_by_family

BUILT_IN = ("gamma", "e-", "e+", "mu-", "mu+", "n", "pi+", "pi-", "K+", "K-", "p", "p~", "pi0")


def test_every_species_is_in_one_family():
    members = Counter(member for family in FAMILIES.values() for member in family.members)
    assert set(members.values()) == {1}
    assert set(members) <= set(PARTICLES)
    assert {"K(L)0", "K(S)0", "n~", *BUILT_IN} <= set(members)


def test_only_what_is_met_is_named_and_in_the_order_of_the_table():
    assert families(["p", "mu+", "gamma", "pi-", "brought", "mu-"]) == {
        "gamma": ["gamma"],
        "muons": ["mu+", "mu-"],
        "charged mesons": ["pi-"],
        "protons": ["p"],
        "brought": ["brought"],
    }


def test_sums_over_a_family():
    by = {"mu-": {"gap": 1.0, "world": 2.0}, "mu+": {"gap": 0.5}, "e-": {"gap": 3.0}}
    assert by_family(by) == {"e-": {"gap": 3.0}, "muons": {"gap": 1.5, "world": 2.0}}
    assert total_by_family({"mu-": 1.0, "mu+": 2.0, "p": 4.0}) == {"muons": 3.0, "p": 4.0}


def test_ratios_of_families_that_only_one_side_met():
    a, b = {"pi+": 3.0, "pi-": 1.0, "n": 2.0, "e-": 1.0}, {"pi+": 2.0, "e-": 4.0}
    assert ratio_by_family(a, b, ["e-", "n", "pi+", "pi-"]) == {"e-": 0.25, "charged mesons": 2.0, "n": None}
    assert "e-" not in ratio_by_family(a, b, ["n"])
    assert ratio_by_family(a, b, ["n", "mu-"]) == {"n": None}, "muons of neither side"
