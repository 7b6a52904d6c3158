"""Transport on the CPU: stacks per thread, chunks of events in a pool of threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from simkit.fastsim.hook.batches import Waiting
from simkit.fastsim.models.on_host import TRAY_WIDTH
from simkit.interrupts import Stopped, stop_flag
from simkit.jit import kernel
from simkit.rng import Rng, make_rng
from simkit.tally import IN, LOST_SECONDARIES, Tally, count
from simkit.tracks import TrackStacks, begin_with, is_full, make_stacks, next_life, slots_of
from simkit.transport.hooked import with_tray
from simkit.transport.life import follow_in

STACK = 1 << 14
"""Tracks that a thread's stacks hold at first; a run that fills them is repeated with twice as many."""
TRAY = 1 << 10  # taken tracks of some events that a thread's tray holds at first
AT_ONCE = 64  # tracks of one life to follow before others, with a call of their own, get their turn
THREADS = "simkit-events"  # how the threads are called
DONE, FULL, STOPPED, TRAY_FULL = range(4)
"""How `follow_all` ends; and that a tray was too small for what models on the host take."""


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
    """What one thread owns: its stacks, its generator, and a tray for what models on the host take."""

    def __init__(self, setup: Any, seed: int, waiting: Waiting | None = None) -> None:
        self.setup = setup
        self.stacks: TrackStacks = make_stacks(setup.life_of, STACK)
        self.rng: Rng = make_rng(seed)
        self.waiting = waiting
        self.filled = np.zeros(1, dtype=np.int64)
        if waiting is not None:
            self._give_tray(TRAY)

    def run(self, tally: Tally, start: Start, first: int, last: int, stop: np.ndarray) -> None:
        """Follow the primaries of whole events; where they find no room they start again with twice of it."""
        rows, column = slice(start.slot[first], start.slot[last - 1] + 1), tally.first.balance + IN
        came = tally.counts[rows, column].copy()
        while (end := self._follow(tally, start, first, last, stop)) != DONE:
            tally.counts[rows] = 0
            tally.counts[rows, column] = came
            if end == FULL:
                self.stacks = make_stacks(self.setup.life_of, 2 * self.stacks.capacity)
            else:
                self._give_tray(2 * len(self.tray))
        if self.waiting is not None:
            self.waiting.take(self.tray[: self.filled[0]])

    def _follow(self, tally: Tally, start: Start, first: int, last: int, stop: np.ndarray) -> int:
        """Follow the primaries once; return DONE, FULL, or TRAY_FULL."""
        self.filled[0] = 0
        end = follow_all(self.setup, tally, self.stacks, self.rng, start, first, last, stop)
        if end == STOPPED:
            raise Stopped
        overflows = self.waiting is not None and self.filled[0] > len(self.tray)
        return TRAY_FULL if end == DONE and overflows else end

    def _give_tray(self, places: int) -> None:
        assert self.waiting is not None
        self.tray = np.zeros((places, TRAY_WIDTH), dtype=np.int64)
        self.setup = with_tray(self.setup, self.tray, self.filled, self.waiting.returned)


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
    waiting: Waiting | None = None,
) -> float:
    """Follow all primaries, count into zeroed `tally` and return the CPU seconds.

    threads: chunks of whole events are handed to as many. progress is called with the number of events just
    done. waiting: takes the tracks that models on the host simulate. The tally does not depend on `threads`.
    Ctrl-C raises Stopped also in the middle of an event.
    """
    slots = len(tally.counts)
    # primaries of slot s are first[s] .. first[s + 1]
    first = np.searchsorted(start.slot, np.arange(slots + 1))
    chunk = max(1, min(16, slots // (8 * threads)))
    bounds = [*range(0, slots, chunk), slots]
    local = threading.local()

    def run_chunk(k: int) -> tuple[int, float]:
        if not hasattr(local, "worker"):
            local.worker = _Worker(setup, seed, waiting)
        begin = time.thread_time()
        low, high = int(first[bounds[k]]), int(first[bounds[k + 1]])
        if high > low:
            local.worker.run(tally, start, low, high, stop)
        return bounds[k + 1] - bounds[k], time.thread_time() - begin

    cpu_s = 0.0
    with stop_flag() as stop, ThreadPoolExecutor(threads, THREADS) as pool:
        chunks = range(len(bounds) - 1)
        for done, spent in map(run_chunk, chunks) if threads == 1 else pool.map(run_chunk, chunks):
            cpu_s += spent
            if progress:
                progress(done)
    return cpu_s if waiting is None else cpu_s + _give_out(setup, start, tally, seed, threads, waiting)


def _give_out(setup: Any, start: Start, tally: Tally, seed: int, threads: int, waiting: Waiting) -> float:
    """Let the models on the host finish, follow in full what comes back; return the CPU seconds."""
    begin = time.thread_time()
    words = waiting.flush()
    cpu_s = time.thread_time() - begin
    if not len(words):
        return cpu_s
    words = words[np.argsort(slots_of(words), kind="stable")]
    slots = slots_of(words)
    event = np.zeros(len(tally.counts), dtype=np.int64)
    event[start.slot] = start.event
    again = tally._replace(counts=np.zeros_like(tally.counts))
    came = tally.first.balance + IN
    again.counts[:, came] = tally.counts[:, came]
    cpu_s += run_cpu(
        setup, Start(event[slots], slots, words), again, seed, threads, waiting=waiting.after(again)
    )
    again.counts[:, came] = 0
    tally.counts[...] += again.counts
    return cpu_s
