"""Transport on the CPU: stacks per thread, chunks of events in a pool of threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from simkit.interrupts import Stopped, stop_flag
from simkit.jit import kernel
from simkit.rng import Rng, make_rng
from simkit.tally import LOST_SECONDARIES, Tally, count
from simkit.tracks import TrackStacks, begin_with, is_full, make_stacks, next_life
from simkit.transport.life import follow_in

STACK = 1 << 14
"""Tracks that a thread's stacks hold at first; a run that fills them is repeated with twice as many."""
AT_ONCE = 64  # tracks of one life to follow before others, with a call of their own, get their turn
THREADS = "simkit-events"  # how the threads are called
DONE, FULL, STOPPED = range(3)
"""How `follow_all` ends."""


class Start(NamedTuple):
    """Primaries of one transport, in event order.

    event: int64, event numbers; slot: int64, rows of the tally; words: int64[n, N_FIELDS], of pack_tracks.
    """

    event: np.ndarray
    slot: np.ndarray
    words: np.ndarray


@kernel
def follow_all(setup, tally, stacks, rng, start, first, last, stop):
    """Follow the primaries first <= i < last and all they make; returns DONE, or FULL when a stack was.

    stop: int64[1], looked at before each track; where it is not 0 the rest is left and STOPPED returned.
    """
    for i in range(first, last):
        if not begin_with(stacks, start.words, i):
            count(tally, start.slot[i], LOST_SECONDARIES, 1)
        life = next_life(stacks)
        while life >= 0:
            if stop[0] != 0:
                return STOPPED
            follow_in(setup.lives, life, life, tally, stacks, rng, start.event[i], AT_ONCE, stop)
            if is_full(stacks):
                return FULL
            life = next_life(stacks)
    return DONE


_copy = 0  # of `follow_all` that is in use


def load_copy(number: int) -> None:
    """Go on with copy `number` of the compiled code, loaded from the cache to another place in memory.

    Copies are the same instructions; what they take differs by about 1 % from place to place.
    """
    global follow_all, _copy
    if number != _copy:
        follow_all, _copy = kernel(follow_all.py_func), number


class _Worker:
    """What one thread owns: its stacks and its generator."""

    def __init__(self, setup: Any, seed: int) -> None:
        self.stacks: TrackStacks = make_stacks(setup.life_of, STACK)
        self.rng: Rng = make_rng(seed)

    def run(self, setup: Any, tally: Tally, start: Start, first: int, last: int, stop: np.ndarray) -> None:
        """Follow the primaries of whole events; a full one starts them again with twice the room."""
        while end := follow_all(setup, tally, self.stacks, self.rng, start, first, last, stop):
            if end == STOPPED:
                raise Stopped
            tally.counts[start.slot[first] : start.slot[last - 1] + 1] = 0
            self.stacks = make_stacks(setup.life_of, 2 * self.stacks.capacity)


def compile_cpu(setup: Any, tally: Tally) -> None:
    """Compile the kernels for the types of `setup`, or load them from the cache; follows nothing."""
    integers = np.zeros(0, dtype=np.int64)
    nobody = Start(integers, integers, make_stacks(setup.life_of, 0).words[0])
    worker = _Worker(setup, 0)
    follow_all(setup, tally, worker.stacks, worker.rng, nobody, 0, 0, integers)


def run_cpu(
    setup: Any,
    start: Start,
    tally: Tally,
    seed: int,
    threads: int = 1,
    progress: Callable[[int], None] | None = None,
) -> float:
    """Follow all primaries, count into zeroed `tally` and return the CPU seconds.

    threads: chunks of whole events are handed to as many. progress is called with the number of events just
    done. The tally does not depend on `threads`. Ctrl-C raises Stopped also in the middle of an event.
    """
    slots = len(tally.counts)
    # primaries of slot s are first[s] .. first[s + 1]
    first = np.searchsorted(start.slot, np.arange(slots + 1))
    chunk = max(1, min(16, slots // (8 * threads)))
    bounds = [*range(0, slots, chunk), slots]
    local = threading.local()

    def run_chunk(k: int) -> tuple[int, float]:
        if not hasattr(local, "worker"):
            local.worker = _Worker(setup, seed)
        begin = time.thread_time()
        low, high = int(first[bounds[k]]), int(first[bounds[k + 1]])
        if high > low:
            local.worker.run(setup, tally, start, low, high, stop)
        return bounds[k + 1] - bounds[k], time.thread_time() - begin

    cpu_s = 0.0
    with stop_flag() as stop, ThreadPoolExecutor(threads, THREADS) as pool:
        chunks = range(len(bounds) - 1)
        for done, spent in map(run_chunk, chunks) if threads == 1 else pool.map(run_chunk, chunks):
            cpu_s += spent
            if progress:
                progress(done)
    return cpu_s
