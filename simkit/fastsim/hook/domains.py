"""Domains: which rule takes a track of a kind, an energy and a direction in a region."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from simkit.errors import BadInput
from simkit.fastsim.models.rule import Rule
from simkit.jit import kernel
from simkit.particles import PARTICLES

NONE = -1
MOST_RULES = 63  # bits of a word, without its sign


class Domains(NamedTuple):
    """The domains of all rules, the first that holds a track takes it.

    waits: int64[kinds, regions], bit r where rule r takes particles of that kind there, at some energy.
    limits: float64[rules, 4], kinetic energy from (MeV) and to, w of the direction from and to. lowest: the
    least energy of all.
    """

    waits: np.ndarray
    limits: np.ndarray
    lowest: float


def in_order(rules: Sequence[Rule]) -> list[Rule]:
    """Return the rules in the order in which they are asked: the highest priority first."""
    return sorted(rules, key=lambda rule: -rule.priority)


def build_domains(rules: Sequence[Rule], regions: Sequence[Sequence[int]], number: int) -> Domains:
    """Return the domains of rules `in_order`; regions: the numbers of each rule's, of `number` regions.

    Errors: BadInput for more rules than there can be.
    """
    if len(rules) > MOST_RULES:
        raise BadInput(f"fastsim: found {len(rules)} rules; there may be {MOST_RULES}")
    waits = np.zeros((len(PARTICLES), number), dtype=np.int64)
    limits = np.empty((len(rules), 4))
    for r, rule in enumerate(rules):
        kinds = [PARTICLES.index(name) for name in rule.particles]
        waits[np.ix_(kinds, list(regions[r]))] |= 1 << r
        low, high = rule.eta_range or (-math.inf, math.inf)
        # along the axis eta has no end, and w is 1: it belongs to a range that has none
        top = math.tanh(high) if rule.eta_range else math.inf
        limits[r] = rule.min_MeV, rule.max_MeV, math.tanh(low) if rule.eta_range else -math.inf, top
    return Domains(waits, limits, float(limits[:, 0].min()))


@kernel
def takes(domains, track, waits):
    """Return the first rule whose domain holds a track, NONE for no rule; waits: those that wait there."""
    for rule in range(domains.limits.shape[0]):
        if (waits >> rule) & 1 != 0:
            limits = domains.limits[rule]
            if limits[0] <= track.energy < limits[1] and limits[2] <= track.w < limits[3]:
                return rule
    return NONE
