"""Policies: what may end or change a track, at the seams of its life. One policy a file.

A policy is a NamedTuple of params; a scenario has a tuple of them. It acts where it registers a function:
AT_START, when a track begins to be followed, AT_BIRTH, when a secondary is about to be put on the stack, and
AT_STEP, when a neutral hadron is about to take a step. Where a neutral value means off, the policy is always
there and costs one comparison; or `build` returns None, and it is left out. A `Policy` is what a scenario
knows of it; simkit's own stand in simkit.tracking.catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from simkit.jit import by_member, by_type
from simkit.sections import Section


class Policy(NamedTuple):
    """A policy as a scenario names it: `[tracking.NAME]` is its section.

    build: (section, region names, those of `volume_region`) -> params, or None where it has nothing to do.
    """

    name: str
    section: type[Section]
    build: Callable[[Any, Sequence[str]], Any]


def _always(policy, tally, track):
    return True


def _unchanged(policy, tally, rng, track, region):
    return track, True


def at_start(policy, tally, track):
    """Return whether a track that begins is to be followed; what is not has been counted."""
    return AT_START.get(type(policy), _always)(policy, tally, track)


def at_birth(policy, tally, rng, track, region):
    """Return (track, whether it is to be followed) of a secondary made in `region`; others are counted."""
    return AT_BIRTH.get(type(policy), _unchanged)(policy, tally, rng, track, region)


def at_step(policy, tally, track):
    """Return whether a track goes on with another step; what does not has been counted."""
    return AT_STEP.get(type(policy), _always)(policy, tally, track)


AT_START = by_type(at_start, _always)
AT_BIRTH = by_type(at_birth, _unchanged)


AT_STEP = by_type(at_step, _always)
SEAMS = ((at_start, AT_START), (at_birth, AT_BIRTH), (at_step, AT_STEP))
"""Where a policy may act, and what is registered there."""


def starts(policies, tally, track):
    """Return whether all policies let a track begin."""
    return all(at_start(policy, tally, track) for policy in policies)


def _all_do(policies, tally, track):
    return True


def _start_next(rest):
    def start(policies, tally, track):
        return at_start(policies[0], tally, track) and rest(policies[1:], tally, track)

    return start


by_member(starts, _all_do, _start_next)


def goes_on(policies, tally, track):
    """Return whether all policies let a track take another step."""
    return all(at_step(policy, tally, track) for policy in policies)


def _go_on_next(rest):
    def go_on(policies, tally, track):
        return at_step(policies[0], tally, track) and rest(policies[1:], tally, track)

    return go_on


by_member(goes_on, _all_do, _go_on_next)


def born(policies, tally, rng, track, region):
    """Return (track, whether it is to be followed) of a secondary after all policies."""
    alive = True
    for policy in policies:
        if alive:
            track, alive = at_birth(policy, tally, rng, track, region)
    return track, alive


def _born_at_last(policies, tally, rng, track, region):
    return track, True


def _born_next(rest):
    def birth(policies, tally, rng, track, region):
        track, alive = at_birth(policies[0], tally, rng, track, region)
        if alive:
            track, alive = rest(policies[1:], tally, rng, track, region)
        return track, alive

    return birth


by_member(born, _born_at_last, _born_next)
