"""Sums over families of particles, which terminal and reports show; records name the species themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from simkit.particles import FAMILIES

FEW = 3  # families that have room beside what else a line is about


def families(names: Iterable[str]) -> dict[str, list[str]]:
    """Return {family: its members among `names`}; a species of another package is a family by itself."""
    of = {member: family for family, about in FAMILIES.items() for member in about.members}
    found: dict[str, list[str]] = {family: [] for family in FAMILIES}
    for name in names:
        found.setdefault(of.get(name, name), []).append(name)
    return {family: members for family, members in found.items() if members}


def total_by_family(values: Mapping[str, float]) -> dict[str, float]:
    """Return {family: sum over its members} of {particle: value}; a family of one has its member's name."""
    return {
        members[0] if len(members) == 1 else family: sum(values[member] for member in members)
        for family, members in families(values).items()
    }


def ratio_by_family(
    a: Mapping[str, float], b: Mapping[str, float], names: Iterable[str]
) -> dict[str, float | None]:
    """Return {family: a over b}, of the species `names` in two {particle: value} where either has some.

    None over nothing.
    """
    x, y = (total_by_family({name: side.get(name, 0.0) for name in names}) for side in (a, b))
    return {family: x[family] / y[family] if y[family] else None for family in x if x[family] or y[family]}


def by_family(by: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """Return {family: {region: sum over its members}} of {particle: {region: value}}."""
    return {
        family: {
            region: sum(by[member].get(region, 0.0) for member in members)
            for region in dict.fromkeys(region for member in members for region in by[member])
        }
        for family, members in families(by).items()
    }
