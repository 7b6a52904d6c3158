"""A life: what happens to a track of some kinds, step by step, from where it begins to its end.

A life's file names its KINDS and registers what a track starts with (BEGIN) and one step (STEP). The CPU and
a lane of a GPU loop over the step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simkit.geometry import OUTSIDE
from simkit.jit import by_member, by_part, by_type, kernel
from simkit.rng import draws, gave_up, start_track
from simkit.tally import (
    ENDLESS_TRACKS,
    LEAKED,
    RANDOM_DRAWS,
    TRACKS,
    book,
    count,
    enter_step,
)
from simkit.tracking.policies import starts
from simkit.tracks import MOST_STEPS, track_at


def begin(life, track):
    """Return the state of a track that begins: what a life carries from step to step."""
    return BEGIN[type(life)](life, track)


def step(life, tally, stacks, rng, track, state):
    """Take one step of a track; its secondaries go on the stacks. Returns (track, state, alive).

    What the functions in STEP do. The loops over the steps are built around them, and do not call it.
    """


BEGIN = by_type(begin)
STEP: dict[type, Callable[..., Any]] = {}


@kernel
def _starts(policies, volume_region, tally, rng, track, event):
    """Begin to follow a track; return whether it is to be followed."""
    enter_step(tally, track.kind, volume_region[track.volume])
    start_track(rng, event, track.identity)
    count(tally, track.slot, TRACKS, 1)
    alive = starts(policies, tally, track)
    if alive and track.volume == OUTSIDE:
        book(tally, track.slot, LEAKED, track.energy, track.weight)
        alive = False
    return alive


@kernel
def _ends(tally, rng, slot, alive):
    """Count what a track took; alive: it was given up."""
    count(tally, slot, RANDOM_DRAWS, draws(rng))
    if alive or gave_up(rng):
        count(tally, slot, ENDLESS_TRACKS, 1)


def _alone(take_step):
    def one(life, tally, stacks, rng, track, state):
        return take_step(life, tally, stacks, rng, track, state)

    return one


by_part(step, STEP, _alone, merged_in=True)


# The loop over the steps stands here twice: a function of its own, put in line in both, would be one pass of
# the compiler more over all that a step is.
def _around(take_step):
    def follow(life, tally, words, place, stacks, rng, event):
        track = track_at(words, place)
        alive = _starts(life.policies, life.geometry.volume_region, tally, rng, track, event)
        state = begin(life, track)
        steps = 0
        while alive and steps < MOST_STEPS:
            track, state, alive = take_step(life, tally, stacks, rng, track, state)
            steps += 1
        _ends(tally, rng, track.slot, alive)

    return follow


def _around_each(take_step):
    def follow(life, number, tally, stacks, rng, event, most, stop):
        for _ in range(most):
            place = stacks.heights[number] - 1
            if place < 0 or place >= stacks.words.shape[1] or stop[0] != 0:
                return
            stacks.heights[number] = place
            track = track_at(stacks.words[number], place)
            alive = _starts(life.policies, life.geometry.volume_region, tally, rng, track, event)
            state = begin(life, track)
            steps = 0
            while alive and steps < MOST_STEPS:
                track, state, alive = take_step(life, tally, stacks, rng, track, state)
                steps += 1
            _ends(tally, rng, track.slot, alive)

    return follow


def follow_one(life, tally, words, place, stacks, rng, event):
    """Follow the track at a place of `words`."""


def follow_top(life, number, tally, stacks, rng, event, most, stop):
    """Follow the topmost tracks of a life's stack, `most` of them or all.

    Ends early where stop[0] is not 0, and when the stack is full. One call for several tracks: a life has
    some 200 words of arguments, which take as long to hand over as a short track to follow.
    """


by_part(follow_one, STEP, _around)
by_part(follow_top, STEP, _around_each)


@kernel
def follow_at(life, tally, words, place, stacks, rng, event):
    """Follow the track at a place of `words`: what a lane of a GPU does, and its simulator."""
    follow_one(life, tally, words, place, stacks, rng, event)


def follow_in(lives, index, number, tally, stacks, rng, event, most, stop):
    """Do as `follow_top` with the life `index` places on in `lives`."""


def _no_life(lives, index, number, tally, stacks, rng, event, most, stop):
    pass


def _first_life(rest):
    def first(lives, index, number, tally, stacks, rng, event, most, stop):
        if index == 0:
            follow_top(lives[0], number, tally, stacks, rng, event, most, stop)
        else:
            rest(lives[1:], index - 1, number, tally, stacks, rng, event, most, stop)

    return first


by_member(follow_in, _no_life, _first_life)
