"""A life: what happens to a track of some kinds, step by step, from where it begins to its end.

A life's file names its KINDS and registers what a track starts with (BEGIN) and one step (STEP). The CPU and
a lane of a GPU loop over the step.
"""

from __future__ import annotations

from simkit.geometry import OUTSIDE
from simkit.jit import by_member, by_type, inlined, kernel
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
    """Take one step of a track; its secondaries go on the stacks. Returns (track, state, alive)."""
    return STEP[type(life)](life, tally, stacks, rng, track, state)


BEGIN = by_type(begin)
STEP = by_type(step, inline="always")


@inlined
def follow(life, tally, stacks, rng, track, event):
    """Follow a track to its end; its secondaries go on the stacks."""
    enter_step(tally, track.kind, life.geometry.volume_region[track.volume])
    start_track(rng, event, track.identity)
    count(tally, track.slot, TRACKS, 1)
    alive = starts(life.policies, tally, track)
    if alive and track.volume == OUTSIDE:
        book(tally, track.slot, LEAKED, track.energy, track.weight)
        alive = False
    state = begin(life, track)
    steps = 0
    while alive:
        track, state, alive = step(life, tally, stacks, rng, track, state)
        steps += 1
        if steps == MOST_STEPS and alive:
            count(tally, track.slot, ENDLESS_TRACKS, 1)
            alive = False
    count(tally, track.slot, RANDOM_DRAWS, draws(rng))
    if gave_up(rng):
        count(tally, track.slot, ENDLESS_TRACKS, 1)


@kernel
def follow_at(life, tally, words, place, stacks, rng, event):
    """Follow the track at a place of `words`: what a lane of a GPU does."""
    follow(life, tally, stacks, rng, track_at(words, place), event)


@kernel
def follow_top(life, number, tally, stacks, rng, event, most, stop):
    """Follow the topmost tracks of a life's stack, `most` of them or all.

    Ends early where stop[0] is not 0, and when the stack is full. One call for several tracks: a life has
    some 200 words of arguments, which take as long to hand over as a short track to follow.
    """
    for _ in range(most):
        place = stacks.heights[number] - 1
        if place < 0 or place >= stacks.words.shape[1] or stop[0] != 0:
            return
        stacks.heights[number] = place
        follow(life, tally, stacks, rng, track_at(stacks.words[number], place), event)


def follow_in(lives, index, number, tally, stacks, rng, event, most, stop):
    """Do as `follow_top` with the life `index` places on in `lives`."""


def _no_life(lives, index, number, tally, stacks, rng, event, most, stop):
    pass


def _first_life(lives, index, number, tally, stacks, rng, event, most, stop):
    if index == 0:
        follow_top(lives[0], number, tally, stacks, rng, event, most, stop)
    else:
        follow_in(lives[1:], index - 1, number, tally, stacks, rng, event, most, stop)


by_member(follow_in, _no_life, _first_life)
