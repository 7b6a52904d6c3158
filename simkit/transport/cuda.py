"""Transport on CUDA: rounds of kernels around the step functions that the CPU runs too.

In each round the waiting tracks are sorted into two queues, neutral and charged, and one kernel a queue gives
each track to a thread that follows it to its end with its own generator. Secondaries wait for the next round;
the rounds go on until nothing waits. Every count is an integer and every track carries its own stream of
random numbers, so the order in which the threads run does not matter.
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
from simkit.scores import Scores
from simkit.tracks import TrackStack, make_stack
from simkit.transport.cpu import Start
from simkit.transport.cuda_kernels import (
    MEND,
    MODE,
    SIMULATED,
    Queue,
    cuda,
    follow_electron_alone,
    follow_electrons,
    follow_photon_alone,
    follow_photons,
    sort_by_charge,
)

TOOLKIT = ("nvvm", "nvrtc", "nvJitLink")  # what compiles kernels
THREADS = 1 if SIMULATED else 128  # a block
MOST_BLOCKS = 2 if SIMULATED else 1 << 16  # beyond it a thread follows several tracks
TRACKS = 1 << 20  # room for waiting tracks to begin with
TRACK_BYTES = 8 * (2 * (len(TrackStack._fields) - 1) + 2)  # in two stacks and two queues
MEMORY_SHARE = 0.8  # of the device's free memory, for waiting tracks
SCORE_BYTES = 1 << 30  # most that the scores of one batch of events take


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


def kernel_setups(setup: Any) -> tuple[Any, Any]:
    """Return `setup` for photons and for electrons, each without what the other reads.

    So a photon policy does not compile the electrons' kernel again, and a launch passes fewer arrays.
    """
    return setup._replace(charged=0), setup._replace(photon=0)


def _to_device(value: Any) -> Any:
    """Return nested NamedTuples with their arrays on the device; in the simulator, as they are."""
    if isinstance(value, np.ndarray):
        return value if SIMULATED else cuda.to_device(np.ascontiguousarray(value))
    if isinstance(value, tuple):
        return type(value)(*map(_to_device, value))
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
        self._neutral_setup, self._charged_setup = (_to_device(part) for part in kernel_setups(setup))
        if most_tracks is None:
            free = cuda.current_context().get_memory_info().free
            most_tracks = int(min(MEMORY_SHARE * free / TRACK_BYTES, 1 << 40))
        self._most_tracks = most_tracks
        self._make_room(min(tracks, most_tracks))

    def compile(self, scores: Scores) -> None:
        """Compile the kernels for scores of these types, or load them from the cache; follows nothing."""
        waiting, made = self._stacks
        nothing = self._like(scores._replace(counts=scores.counts[:0]))
        events = _to_device(np.zeros(1, dtype=np.int64))
        if SIMULATED:
            # Not from within a simulated kernel, whose main thread spins while the kernel's thread compiles.
            one = (waiting, np.int64(0), made, make_rng(0), np.int64(0))
            follow_photon_alone.compile(tuple(map(numba.typeof, (self._neutral_setup, nothing, *one))))
            follow_electron_alone.compile(tuple(map(numba.typeof, (self._charged_setup, nothing, *one))))
        self._round(0, waiting, made, nothing, events, 0)

    def run(
        self,
        start: Start,
        scores: Scores,
        seed: int,
        progress: Callable[[int], None] | None = None,
    ) -> float:
        """Follow all primaries, count into zeroed `scores` and return the CPU seconds of the host.

        progress is called with the number of events just done. How long it took stands in `timing`.
        Raises BadInput when the device has no room for the tracks of a single event.
        """
        begin, cpu_begin = time.perf_counter(), time.thread_time()
        self.timing = CudaTiming()
        slots = len(scores.counts)
        first = np.searchsorted(start.slot, np.arange(slots + 1))
        events = np.zeros(slots, dtype=np.int64)
        events[start.slot] = start.event
        row_bytes = scores.counts[:1].nbytes
        batch = max(1, SCORE_BYTES // max(row_bytes, 1))
        low = 0
        while low < slots:
            high = min(low + batch, slots)
            primaries = Start(*(array[first[low] : first[high]] for array in start))
            primaries = primaries._replace(slot=primaries.slot - low)
            rows = scores._replace(counts=scores.counts[low:high])
            if self._follow(primaries, rows, events[low:high], seed):
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
        self._queues: list[Any] = []
        self._stacks = [_to_device(make_stack(tracks)) for _ in range(2)]
        self._queues = [
            _to_device(Queue(np.zeros(1, dtype=np.int64), np.zeros(tracks, dtype=np.int64))) for _ in range(2)
        ]
        self._room = tracks

    @staticmethod
    def _like(scores: Scores) -> Any:
        """Return zeroed scores of the same shapes on the device."""
        return Scores(MODE, scores.regions, _to_device(np.zeros_like(scores.counts)))

    def _follow(self, primaries: Start, scores: Scores, events: np.ndarray, seed: int) -> bool:
        """Follow a batch of events and fill `scores`; false, and nothing filled, when the room was full.

        events: int64[slots], the event number of each row of the scores.
        """
        count = len(primaries.slot)
        if count > self._room:
            return False
        waiting, made = self._stacks
        for name in ("kind", "energy", "x", "y", "z", "u", "v", "w", "volume", "identity", "slot"):
            _put(getattr(waiting, name), getattr(primaries, name))
        _put(waiting.weight, np.ones(count))
        _put(waiting.height, np.array([count]))
        counted = self._like(scores)
        event_of_slot = _to_device(events)
        while count:
            count = self._round(count, waiting, made, counted, event_of_slot, seed)
            if count > self._room:
                return False
            waiting, made = made, waiting
        scores.counts[...] = _fetch(counted.counts)
        return True

    def _round(self, count: int, waiting: Any, made: Any, scores: Any, events: Any, seed: int) -> int:
        """Follow the `count` waiting tracks; return how many were made, though there be no room for them."""
        nothing = np.zeros(1, dtype=np.int64)
        neutral, charged = self._queues
        for height in (made.height, neutral.height, charged.height):
            _put(height, nothing)
        launch = (min(max(1, -(-count // THREADS)), MOST_BLOCKS), THREADS)
        key = np.uint64(seed)
        begin, end = cuda.event(), cuda.event()
        host_begin = time.perf_counter()
        begin.record()
        sort_by_charge[launch](MODE, waiting, neutral, charged)
        follow_photons[launch](self._neutral_setup, scores, waiting, neutral, made, events, key)
        follow_electrons[launch](self._charged_setup, scores, waiting, charged, made, events, key)
        end.record()
        end.synchronize()
        host_s = time.perf_counter() - host_begin
        self.timing.kernel_s += host_s if SIMULATED else 1e-3 * begin.elapsed_time(end)
        self.timing.rounds += 1
        self.timing.most_waiting = max(self.timing.most_waiting, count)
        return int(_fetch(made.height)[0])
