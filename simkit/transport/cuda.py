"""Transport on CUDA: rounds of kernels around the step functions that the CPU runs too.

Tracks wait in a stack for each life. In each round one kernel a life gives each of its tracks to a thread
that follows it to its end with its own generator. Secondaries wait for the next round; the rounds go on
until nothing waits. Every count is an integer and every track carries its own stream of random
numbers, so the order in which the threads run does not matter.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from simkit.errors import BadInput
from simkit.jit import numba
from simkit.rng import make_rng
from simkit.tally import Tally
from simkit.tracks import N_FIELDS, make_stacks, pack_tracks, unpack_tracks
from simkit.transport.cpu import Start
from simkit.transport.cuda_kernels import (
    MEND,
    MODE,
    SIMULATED,
    cuda,
    follow_waiting,
)
from simkit.transport.life import follow_at

TOOLKIT = ("nvvm", "nvrtc", "nvJitLink")  # what compiles kernels
THREADS = 1 if SIMULATED else 128  # a block
MOST_BLOCKS = 2 if SIMULATED else 1 << 16  # beyond it a thread follows several tracks
TRACKS = 1 << 20  # room for waiting tracks to begin with
TRACK_BYTES = 2 * 8 * N_FIELDS  # of a track, in the stacks of two rounds
MEMORY_SHARE = 0.8  # of the device's free memory, for waiting tracks
TALLY_BYTES = 1 << 30  # most that the tally of one batch of events take


@dataclass
class CudaTiming:
    """What a run took.

    kernel_s: seconds the device worked on rounds (in the simulator: of the host); total_s: seconds with
    copies and launches; rounds; repeats: batches of events begun again because the tracks waiting were more
    than there was room for; most_waiting: tracks in the largest round.
    """

    kernel_s: float = 0.0
    total_s: float = 0.0
    rounds: int = 0
    repeats: int = 0
    most_waiting: int = 0


def _to_device(value: Any) -> Any:
    """Return nested NamedTuples with their arrays on the device; in the simulator, as they are."""
    if isinstance(value, np.ndarray):
        return value if SIMULATED else cuda.to_device(np.ascontiguousarray(value))
    if isinstance(value, tuple):
        members = map(_to_device, value)
        return type(value)(*members) if hasattr(value, "_fields") else tuple(members)
    return value


def _put(target: Any, values: np.ndarray) -> None:
    """Copy `values` to the first entries of an array on the device."""
    if SIMULATED:
        target[: len(values)] = values
    elif len(values):
        target[: len(values)].copy_to_device(np.ascontiguousarray(values, dtype=target.dtype))


def _fetch(array: Any) -> np.ndarray:
    return array if SIMULATED else array.copy_to_host()


def check_device() -> None:
    """Raise BadInput where kernels cannot be compiled or no CUDA device can run them."""
    if SIMULATED:
        return
    from cuda.pathfinder import load_nvidia_dynamic_lib  # a part of numba-cuda

    trouble, reason = "no NVIDIA GPU with a driver was found here", ""
    try:
        if import_module("numba.cuda.cudadrv.driver").driver.is_available and len(cuda.gpus):
            trouble = "the CUDA toolkit's libraries cannot be loaded"
            for library in TOOLKIT:
                load_nvidia_dynamic_lib(library)
            return
    except Exception as error:  # of many kinds; what the libraries say of themselves is told
        reason = f" ({(str(error) or type(error).__name__).splitlines()[0].rstrip(' :')})"
    raise BadInput(f"backend cuda: {trouble}{reason}; {MEND}")


class CudaTransport:
    """A setup on the device, and room there for waiting tracks."""

    def __init__(self, setup: Any, tracks: int = TRACKS, most_tracks: int | None = None) -> None:
        """Copy `setup` to the device and make room for `tracks` waiting tracks.

        most_tracks: how far the room may grow; a share of the device's free memory when not given.
        Raises BadInput where there is no CUDA device.
        """
        check_device()
        self.timing = CudaTiming()
        self._lives = [_to_device(life) for life in setup.lives]
        self._life_of = setup.life_of
        if most_tracks is None:
            free = cuda.current_context().get_memory_info().free
            most_tracks = int(min(MEMORY_SHARE * free / (TRACK_BYTES * len(setup.lives)), 1 << 40))
        self._most_tracks = most_tracks
        self._make_room(min(tracks, most_tracks))

    def compile(self, tally: Tally) -> None:
        """Compile the kernels for tallies of these types, or load them from the cache; follows nothing."""
        waiting, made = self._stacks
        nothing = self._like(tally._replace(counts=tally.counts[:0]))
        events = _to_device(np.zeros(1, dtype=np.int64))
        if SIMULATED:
            # Not from within a simulated kernel, whose main thread spins while the kernel's thread compiles.
            one = (nothing, waiting.words[0], np.int64(0), made, make_rng(0), np.int64(0))
            for life in self._lives:
                follow_at.compile(tuple(map(numba.typeof, (life, *one))))
        self._round(np.zeros(len(self._lives), dtype=np.int64), waiting, made, nothing, events, 0)

    def run(
        self,
        start: Start,
        tally: Tally,
        seed: int,
        progress: Callable[[int], None] | None = None,
    ) -> float:
        """Follow all primaries, count into zeroed `tally` and return the CPU seconds of the host.

        progress is called with the number of events just done. How long it took stands in `timing`.
        Raises BadInput when the device has no room for the tracks of a single event.
        """
        begin, cpu_begin = time.perf_counter(), time.thread_time()
        self.timing = CudaTiming()
        slots = len(tally.counts)
        first = np.searchsorted(start.slot, np.arange(slots + 1))
        events = np.zeros(slots, dtype=np.int64)
        events[start.slot] = start.event
        row_bytes = tally.counts[:1].nbytes
        batch = max(1, TALLY_BYTES // max(row_bytes, 1))
        low = 0
        while low < slots:
            high = min(low + batch, slots)
            tracks = unpack_tracks(start.words[first[low] : first[high]])
            words = pack_tracks(tracks._replace(slot=tracks.slot - low))
            rows = tally._replace(counts=tally.counts[low:high])
            if self._follow(words, rows, events[low:high], seed):
                if progress:
                    progress(high - low)
                low = high
                continue
            # Full: again with more room, or with fewer events where the device has no more.
            self.timing.repeats += 1
            if self._room < self._most_tracks:
                self._make_room(min(2 * self._room, self._most_tracks))
            elif high - low > 1:
                batch = (high - low) // 2
            else:
                raise BadInput(
                    f"backend cuda: an event of more than {self._room} tracks at once does not fit into the "
                    "device's memory; use --backend cpu"
                )
        self.timing.total_s = time.perf_counter() - begin
        return time.thread_time() - cpu_begin

    def _make_room(self, tracks: int) -> None:
        self._stacks: list[Any] = []  # gives the old ones back before new ones are asked for
        self._stacks = [_to_device(make_stacks(self._life_of, tracks)) for _ in range(2)]
        self._room = tracks

    @staticmethod
    def _like(tally: Tally) -> Any:
        """Return a copy of a tally on the device."""
        return tally._replace(mode=MODE, counts=_to_device(tally.counts.copy()))

    def _follow(self, primaries: np.ndarray, tally: Tally, events: np.ndarray, seed: int) -> bool:
        """Follow a batch of events and fill `tally`; false, and nothing filled, when the room was full.

        events: int64[slots], the event number of each row of the tally.
        """
        life = self._life_of[unpack_tracks(primaries).kind]
        heights = np.bincount(life, minlength=len(self._lives))
        if heights.max() > self._room:
            return False
        waiting, made = self._stacks
        for i in range(len(self._lives)):
            _put(waiting.words[i], primaries[life == i])
        _put(waiting.heights, heights)
        counted = self._like(tally)
        event_of_slot = _to_device(events)
        while heights.any():
            heights = self._round(heights, waiting, made, counted, event_of_slot, seed)
            if heights.max() > self._room:
                return False
            waiting, made = made, waiting
        tally.counts[...] = _fetch(counted.counts)
        return True

    def _round(
        self, heights: np.ndarray, waiting: Any, made: Any, tally: Any, events: Any, seed: int
    ) -> np.ndarray:
        """Follow the waiting tracks, `heights` of each life; return how many were made of each.

        They are counted though there be no room for them.
        """
        _put(made.heights, np.zeros(len(self._lives), dtype=np.int64))
        key = np.uint64(seed)
        begin, end = cuda.event(), cuda.event()
        host_begin = time.perf_counter()
        begin.record()
        for i, life in enumerate(self._lives):
            blocks = min(max(1, -(-int(heights[i]) // THREADS)), MOST_BLOCKS)
            follow_waiting[blocks, THREADS](life, i, tally, waiting, made, events, key)
        end.record()
        end.synchronize()
        host_s = time.perf_counter() - host_begin
        self.timing.kernel_s += host_s if SIMULATED else 1e-3 * begin.elapsed_time(end)
        self.timing.rounds += 1
        self.timing.most_waiting = max(self.timing.most_waiting, int(heights.sum()))
        return np.array(_fetch(made.heights))
