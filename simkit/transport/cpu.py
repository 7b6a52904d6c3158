"""Transport on the CPU: a stack per thread, chunks of events in a pool of threads."""

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
from simkit.scores import Scores
from simkit.tracks import TrackStack, make_stack
from simkit.transport.follow import follow

STACK = 1 << 14  # tracks to begin with; a run that fills it is repeated with twice as many
"""First capacity of a thread's stack."""
DONE, FULL, STOPPED = range(3)
"""How `follow_all` ends."""


class Start(NamedTuple):
    """Primaries of one transport, in event order.

    event: int64 event number; slot: int64 row of the tallies; kind, energy (MeV), x, y, z (mm), u, v, w;
    volume: int64; identity: uint64.
    """

    event: np.ndarray
    slot: np.ndarray
    kind: np.ndarray
    energy: np.ndarray
    x: np.ndarray
    y: np.ndarray
    z: np.ndarray
    u: np.ndarray
    v: np.ndarray
    w: np.ndarray
    volume: np.ndarray
    identity: np.ndarray


@kernel
def follow_all(setup, scores, stack, rng, start, first, last, stop):
    """Follow the primaries first <= i < last and all they make; returns DONE, or FULL when the stack was.

    stop: int64[1], looked at before each track; where it is not 0 the rest is left and STOPPED returned.
    """
    for i in range(first, last):
        stack.height[0] = 1
        stack.kind[0] = start.kind[i]
        stack.energy[0] = start.energy[i]
        stack.x[0] = start.x[i]
        stack.y[0] = start.y[i]
        stack.z[0] = start.z[i]
        stack.u[0] = start.u[i]
        stack.v[0] = start.v[i]
        stack.w[0] = start.w[i]
        stack.weight[0] = 1.0
        stack.volume[0] = start.volume[i]
        stack.identity[0] = start.identity[i]
        stack.slot[0] = start.slot[i]
        while stack.height[0] > 0:
            if stop[0] != 0:
                return STOPPED
            stack.height[0] -= 1
            follow(setup, scores, stack, stack.height[0], stack, rng, start.event[i])
            if stack.height[0] > len(stack.kind):
                return FULL
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
    """What one thread owns: its stack and its generator."""

    def __init__(self, seed: int) -> None:
        self.stack: TrackStack = make_stack(STACK)
        self.rng: Rng = make_rng(seed)

    def run(self, setup: Any, scores: Scores, start: Start, first: int, last: int, stop: np.ndarray) -> None:
        """Follow the primaries of whole events; a full stack starts them again with twice the room."""
        while end := follow_all(setup, scores, self.stack, self.rng, start, first, last, stop):
            if end == STOPPED:
                raise Stopped
            scores.counts[start.slot[first] : start.slot[last - 1] + 1] = 0
            self.stack = make_stack(2 * self.stack.capacity)


def compile_cpu(setup: Any, scores: Scores) -> None:
    """Compile the kernels for the types of `setup`, or load them from the cache; follows nothing."""
    integers = np.zeros(0, dtype=np.int64)
    reals = np.zeros(0)
    nobody = Start(*(integers,) * 3, *(reals,) * 7, integers, np.zeros(0, dtype=np.uint64))
    worker = _Worker(0)
    follow_all(setup, scores, worker.stack, worker.rng, nobody, 0, 0, integers)


def run_cpu(
    setup: Any,
    start: Start,
    scores: Scores,
    seed: int,
    threads: int = 1,
    progress: Callable[[int], None] | None = None,
) -> float:
    """Follow all primaries, count into zeroed `scores` and return the CPU seconds.

    threads: chunks of whole events are handed to as many. progress is called with the number of events just
    done. The scores do not depend on `threads`. Ctrl-C raises Stopped also in the middle of an event.
    """
    slots = len(scores.counts)
    # primaries of slot s are first[s] .. first[s + 1]
    first = np.searchsorted(start.slot, np.arange(slots + 1))
    chunk = max(1, min(16, slots // (8 * threads)))
    bounds = [*range(0, slots, chunk), slots]
    local = threading.local()

    def run_chunk(k: int) -> tuple[int, float]:
        if not hasattr(local, "worker"):
            local.worker = _Worker(seed)
        begin = time.thread_time()
        low, high = int(first[bounds[k]]), int(first[bounds[k + 1]])
        if high > low:
            local.worker.run(setup, scores, start, low, high, stop)
        return bounds[k + 1] - bounds[k], time.thread_time() - begin

    cpu_s = 0.0
    with stop_flag() as stop, ThreadPoolExecutor(max_workers=threads) as pool:
        chunks = range(len(bounds) - 1)
        for done, spent in map(run_chunk, chunks) if threads == 1 else pool.map(run_chunk, chunks):
            cpu_s += spent
            if progress:
                progress(done)
    return cpu_s
