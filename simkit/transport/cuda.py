"""Transport on CUDA: rounds of kernels around the step functions that the CPU runs too.

In each round the waiting tracks are sorted into two queues, neutral and charged, and one kernel a queue gives
each track to a thread that follows it to its end with its own generator. Secondaries wait for the next round;
the rounds go on until nothing waits. Every count is an integer and every track carries its own stream of
random numbers, so the order in which the threads run does not matter.

In numba's simulator (NUMBA_ENABLE_CUDASIM=1) kernels are plain Python and the functions they call are the
CPU's compiled ones: it proves the logic here. Atomic operations do not exist there, so it gets plain adds
and blocks of one thread, which the simulator runs one after the other.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np

from simkit.errors import BadInput
from simkit.rng import KEY, N_WORDS, Rng
from simkit.scores import ADD, TAKE_PLACE, Atomic, Scores, Serial, take_place
from simkit.tracks import GAMMA, TrackStack, make_stack
from simkit.transport.cpu import Start
from simkit.transport.follow import follow_charged, follow_neutral

MEND = "install simkit[cuda] on a machine with an NVIDIA GPU and its driver, or use --backend cpu"

if find_spec("numba_cuda") is None:
    raise BadInput(f"backend cuda: the package numba-cuda is not installed; {MEND}")

# Not a plain import: without numba-cuda the name means an older target inside numba.
cuda: Any = import_module("numba.cuda")
config: Any = import_module("numba.cuda.core.config")

SIMULATED = bool(config.ENABLE_CUDASIM)
MODE = Serial(1) if SIMULATED else Atomic(1)
THREADS = 1 if SIMULATED else 128  # a block
MOST_BLOCKS = 2 if SIMULATED else 1 << 16  # beyond it a thread follows several tracks
TRACKS = 1 << 20  # room for waiting tracks to begin with
TRACK_BYTES = 8 * (2 * (len(TrackStack._fields) - 1) + 2)  # in two stacks and two queues
MEMORY_SHARE = 0.8  # of the device's free memory, for waiting tracks
SCORE_BYTES = 1 << 30  # most that the scores of one batch of events take

# The last rounds hold few tracks; numba warns of every small grid.
config.CUDA_LOW_OCCUPANCY_WARNINGS = 0


def _atomic_add(mode, array, slot, column, amount):
    cuda.atomic.add(array, (slot, column), amount)


def _atomic_take_place(mode, height):
    return cuda.atomic.add(height, 0, 1)


if not SIMULATED:
    ADD[Atomic] = _atomic_add
    TAKE_PLACE[Atomic] = _atomic_take_place


class Queue(NamedTuple):
    """Places of a stack whose tracks wait for one kernel; `height[0]` of them."""

    height: np.ndarray
    place: np.ndarray


@dataclass
class Timing:
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


@cuda.jit(cache=True)
def sort_by_charge(mode, waiting, neutral, charged):
    """Put the places of the waiting tracks into the queue of photons or of electrons and positrons."""
    for place in range(cuda.grid(1), waiting.height[0], cuda.gridsize(1)):
        if waiting.kind[place] == GAMMA:
            neutral.place[take_place(mode, neutral.height)] = place
        else:
            charged.place[take_place(mode, charged.height)] = place


@cuda.jit(cache=True)
def follow_photons(setup, scores, waiting, queue, made, events, seed):
    """Follow the photons in the queue, one a thread at a time; what they make goes on the stack `made`.

    events: int64[slots], the event number of each row of the scores.
    """
    words = cuda.local.array(N_WORDS, np.uint64)
    words[KEY] = seed
    rng = Rng(words)
    for i in range(cuda.grid(1), queue.height[0], cuda.gridsize(1)):
        place = queue.place[i]
        follow_neutral(setup, scores, waiting, place, made, rng, events[waiting.slot[place]])


@cuda.jit(cache=True)
def follow_electrons(setup, scores, waiting, queue, made, events, seed):
    """Follow the electrons and positrons in the queue, as `follow_photons` does photons."""
    words = cuda.local.array(N_WORDS, np.uint64)
    words[KEY] = seed
    rng = Rng(words)
    for i in range(cuda.grid(1), queue.height[0], cuda.gridsize(1)):
        place = queue.place[i]
        follow_charged(setup, scores, waiting, place, made, rng, events[waiting.slot[place]])


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
        target[: len(values)].copy_to_device(np.ascontiguousarray(values))


def _fetch(array: Any) -> np.ndarray:
    return array if SIMULATED else array.copy_to_host()


def check_device() -> None:
    """Raise BadInput where no CUDA device can be used."""
    if SIMULATED:
        return
    try:
        devices = len(cuda.gpus) if cuda.is_available() else 0
    except Exception as found:  # whatever the driver's libraries say, it is no device
        raise BadInput(
            f"backend cuda: no usable NVIDIA GPU ({str(found).splitlines()[0]}); {MEND}"
        ) from found
    if not devices:
        raise BadInput(f"backend cuda: no NVIDIA GPU with a driver was found here; {MEND}")


class CudaTransport:
    """A setup on the device, and room there for waiting tracks."""

    def __init__(self, setup: Any, tracks: int = TRACKS, most_tracks: int | None = None) -> None:
        """Copy `setup` to the device and make room for `tracks` waiting tracks.

        most_tracks: how far the room may grow; a share of the device's free memory when not given.
        Raises BadInput where there is no CUDA device.
        """
        check_device()
        self.timing = Timing()
        self._neutral_setup, self._charged_setup = (_to_device(part) for part in kernel_setups(setup))
        if most_tracks is None:
            free = cuda.current_context().get_memory_info().free
            most_tracks = int(min(MEMORY_SHARE * free / TRACK_BYTES, 1 << 40))
        self._most_tracks = most_tracks
        self._make_room(min(tracks, most_tracks))

    def compile(self, scores: Scores) -> None:
        """Compile the kernels for scores of these types, or load them from the cache; follows nothing."""
        nothing = self._like(Scores(scores.mode, *(array[:0] for array in scores[1:])))
        self._round(0, self._stacks[0], self._stacks[1], nothing, _to_device(np.zeros(1, dtype=np.int64)), 0)

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
        self.timing = Timing()
        slots = len(scores.deposits)
        first = np.searchsorted(start.slot, np.arange(slots + 1))
        events = np.zeros(slots, dtype=np.int64)
        events[start.slot] = start.event
        row_bytes = sum(array[:1].nbytes for array in scores[1:])
        batch = max(1, SCORE_BYTES // max(row_bytes, 1))
        low = 0
        while low < slots:
            high = min(low + batch, slots)
            primaries = Start(*(array[first[low] : first[high]] for array in start))
            primaries = primaries._replace(slot=primaries.slot - low)
            rows = Scores(scores.mode, *(array[low:high] for array in scores[1:]))
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
        return Scores(MODE, *(_to_device(np.zeros_like(array)) for array in scores[1:]))

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
        for total, part in zip(scores[1:], counted[1:]):
            total[...] = _fetch(part)
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
