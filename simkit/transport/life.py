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
    LOST_SECONDARIES,
    RANDOM_DRAWS,
    TRACKS,
    book,
    count,
    enter_step,
)
from simkit.tracking.policies import starts
from simkit.tracks import MOST_STEPS, kind_at, slot_at, track_at


def begin(life, track):
    """Return the state of a track that begins: what a life carries from step to step."""
    return BEGIN[type(life)](life, track)


def step(life, tally, stack, rng, track, state):
    """Take one step of a track; its secondaries go on the stack. Returns (track, state, whether it lives)."""
    return STEP[type(life)](life, tally, stack, rng, track, state)


BEGIN = by_type(begin)
STEP = by_type(step, inline="always")


@inlined
def follow(life, tally, stack, rng, track, event):
    """Follow a track to its end; its secondaries go on the stack."""
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
        track, state, alive = step(life, tally, stack, rng, track, state)
        steps += 1
        if steps == MOST_STEPS and alive:
            count(tally, track.slot, ENDLESS_TRACKS, 1)
            alive = False
    count(tally, track.slot, RANDOM_DRAWS, draws(rng))
    if gave_up(rng):
        count(tally, track.slot, ENDLESS_TRACKS, 1)


@kernel
def follow_at(life, tally, waiting, place, stack, rng, event):
    """Follow the track at a place of the stack `waiting`: what a lane of a GPU does."""
    follow(life, tally, stack, rng, track_at(waiting.words, place), event)


@kernel
def follow_top(life, number, life_of, tally, stack, rng, event, most, stop):
    """Follow the topmost tracks of the stack, `most` of them, as long as the life of this number takes them.

    Ends early where stop[0] is not 0, and when the stack is full. One call for several tracks: a life has
    some 200 words of arguments, which take as long to hand over as a short track to follow.
    """
    for _ in range(most):
        place = stack.height[0] - 1
        if place < 0 or place >= len(stack.words) or stop[0] != 0:
            return
        track = track_at(stack.words, place)
        if life_of[track.kind] != number:
            return
        stack.height[0] = place
        follow(life, tally, stack, rng, track, event)


def follow_in(lives, index, number, life_of, tally, stack, rng, event, most, stop):
    """Do as `follow_top` with the life `index` places on in `lives`.

    A track that no life takes is counted and makes the run fail.
    """


def _no_life(lives, index, number, life_of, tally, stack, rng, event, most, stop):
    stack.height[0] -= 1
    count(tally, slot_at(stack.words, stack.height[0]), LOST_SECONDARIES, 1)


def _first_life(lives, index, number, life_of, tally, stack, rng, event, most, stop):
    if index == 0:
        follow_top(lives[0], number, life_of, tally, stack, rng, event, most, stop)
    else:
        follow_in(lives[1:], index - 1, number, life_of, tally, stack, rng, event, most, stop)


by_member(follow_in, _no_life, _first_life)


@inlined
def follow_some(setup, tally, stack, rng, event, most, stop):
    """Follow the topmost tracks of a stack that is not empty, `most` of them, until another life's comes."""
    number = setup.life_of[kind_at(stack.words, stack.height[0] - 1)]
    follow_in(setup.lives, number, number, setup.life_of, tally, stack, rng, event, most, stop)
