"""Asking: does a rule take a track that begins or enters a region, and did its energy go where it says?"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from simkit.fastsim.hook.domains import NONE, Domains, takes
from simkit.fastsim.models.in_kernel import (
    DECLINED,
    DONE,
    FAILED,
    LATER,
    ROUNDING,
    blank,
    given,
    outcome,
    shower,
)
from simkit.jit import by_member, inlined, kernel
from simkit.particles import POSITRON
from simkit.tally import (
    FAST_ACCEPTED,
    FAST_FAULTS,
    FAST_REFUSED,
    FAST_RETRIES,
    FAST_RETURNED,
    FAST_SHOWERS,
    REST_MASS,
    book,
    count,
)
from simkit.tracks import turned

NOT_TAKEN, GONE, BACK, IN_FULL = range(4)
"""What becomes of a track: nobody took it; it is gone; it comes back from a model that moved it; it was
given back to be followed in full, and is not asked about again."""
LEAST_MEV = 1e-9  # that an account may be off by, whatever the energy


class Hook(NamedTuple):
    """What is asked.

    models: the params of each rule's, in the order of the domains. place: of simkit.fastsim.models.in_kernel.
    retries: int64[rules]. annihilation: rest mass (MeV) that an absorbed positron gives besides.
    """

    domains: Domains
    models: tuple[Any, ...]
    place: Any
    retries: np.ndarray
    annihilation: float


def shower_by(models, number, place, tally, stacks, rng, track, energy):
    """Let the model that stands at `number` make the shower of a track; returns as its `shower`."""


def _nobody(models, number, place, tally, stacks, rng, track, energy):
    return track, outcome(blank(), DECLINED)


def _first_model(rest):
    def first(models, number, place, tally, stacks, rng, track, energy):
        if number == 0:
            return shower(models[0], place, tally, stacks, rng, track, energy)
        return rest(models[1:], number - 1, place, tally, stacks, rng, track, energy)

    return first


by_member(shower_by, _nobody, _first_model)


@inlined
def ask(hook, tally, stacks, rng, track, region):
    """Ask for a track in a region that it began in or entered; return (track, what becomes of it).

    In line up to the answer: most are no, and a call hands over all words of the hook.
    """
    waits = hook.domains.waits[track.kind, region]
    became = NOT_TAKEN
    if waits != 0:
        rule = takes(hook.domains, track, waits)
        if rule == NONE:
            count(tally, track.slot, FAST_REFUSED, 1)
            if track.energy < hook.domains.lowest:  # it gains none: no rule will ever take it
                became = IN_FULL
        else:
            track, became = _simulate(hook, rule, tally, stacks, rng, track)
    return track, became


@kernel
def _simulate(hook, rule, tally, stacks, rng, track):
    rest_mass = hook.annihilation if track.kind == POSITRON else 0.0
    energy = track.energy + rest_mass
    after, ledger = shower_by(hook.models, rule, hook.place, tally, stacks, rng, track, energy)
    if ledger.outcome == LATER:
        count(tally, track.slot, FAST_REFUSED, 1)
        return track, NOT_TAKEN
    for _ in range(hook.retries[rule]):
        if ledger.outcome != FAILED or given(ledger) > 0.0:
            break
        count(tally, track.slot, FAST_RETRIES, 1)
        after, ledger = shower_by(hook.models, rule, hook.place, tally, stacks, rng, track, energy)
    if ledger.outcome != DECLINED:
        count(tally, track.slot, FAST_ACCEPTED, 1)
    if ledger.outcome == DECLINED or (ledger.outcome == FAILED and given(ledger) == 0.0):
        count(tally, track.slot, FAST_RETURNED, 1)
        return track, IN_FULL
    return settle(hook, tally, track, after, ledger, energy)


@kernel
def settle(hook, tally, track, after, ledger, energy):
    """Check the account of a shower of `energy` (MeV), made of `track`; return as `ask` does.

    What a model that failed half-way has not given stays with the track, which is followed in full.
    """
    rest_mass = energy - track.energy
    left = energy - given(ledger) - ledger.handed
    allowed = ROUNDING * energy + LEAST_MEV
    if ledger.outcome == FAILED and left > rest_mass:
        count(tally, track.slot, FAST_RETURNED, 1)
        return turned(track, left - rest_mass, track.u, track.v, track.w), IN_FULL
    if ledger.handed == 0.0:
        count(tally, track.slot, FAST_SHOWERS, 1)
    if ledger.returned > 0.0:
        if not abs(left - ledger.returned - rest_mass) <= allowed or after.energy != ledger.returned:
            count(tally, track.slot, FAST_FAULTS, 1)
        return after, BACK
    if not abs(left) <= allowed or ledger.outcome != DONE:
        count(tally, track.slot, FAST_FAULTS, 1)
    book(tally, track.slot, REST_MASS, rest_mass, track.weight)
    return track, GONE
