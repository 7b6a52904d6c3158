"""The CUDA kernels: each gives the tracks of a queue to threads that follow them to their end.

In numba's simulator (NUMBA_ENABLE_CUDASIM=1) kernels are plain Python and the functions they call are the
CPU's compiled ones: it proves the logic here. Atomic operations do not exist there, so scores are `Serial`
and blocks have one thread; the simulator runs one block after the other.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np
from numba import types

from simkit.errors import BadInput
from simkit.jit import device_code, kernel
from simkit.kernel_cache import keep_soundly
from simkit.rng import KEY, N_WORDS, Rng
from simkit.scores import ADD, TAKE_PLACE, Atomic, Serial, take_place
from simkit.tracks import GAMMA
from simkit.transport.follow import follow_charged, follow_neutral

MEND = "install simkit[cuda] on a machine with an NVIDIA GPU and its driver, or use --backend cpu"

if find_spec("numba_cuda") is None:
    raise BadInput(f"backend cuda: the package numba-cuda is not installed; {MEND}")

# Not a plain import: without numba-cuda the name means an older target inside numba.
cuda: Any = import_module("numba.cuda")
config: Any = import_module("numba.cuda.core.config")

SIMULATED = bool(config.ENABLE_CUDASIM)
MODE = Serial(1) if SIMULATED else Atomic(1)

config.CUDA_LOW_OCCUPANCY_WARNINGS = 0  # the last rounds hold few tracks


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


def launched(function: Callable[..., Any]) -> Any:
    """Decorate a kernel that is launched on the GPU; one that computes begins with `round_each`."""
    if SIMULATED:
        return cuda.jit(function)
    # Optimised at link time a kernel would be compiled once more, with products and sums fused again.
    compiled = cuda.jit(function, lto=False)
    numbas = import_module("numba.cuda.dispatcher").CUDACache
    dumps, version = import_module("numba.cuda.serialize").dumps, import_module("numba_cuda").__version__
    compiled._cache = keep_soundly(numbas, dumps, version)(compiled)
    return compiled


@device_code
def _round_each(typingctx: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        # NVVM's option -fma=0, which numba has no word for: every operation is written with its rounding
        # (mul.rn, add.rn), so that the assembler does not fuse them either.
        options = import_module("numba.cuda.core.targetconfig").ConfigStack().top().nvvm_options
        options["fma"] = False
        return context.get_dummy_value()

    return types.none(), codegen


round_each: Callable[[], None] = (lambda: None) if SIMULATED else _round_each
"""In a kernel: no product and sum are fused but by `jit.fma`, so that the GPU has the bits of the CPU."""


@kernel
def follow_photon_alone(setup, scores, waiting, place, made, rng, event):
    """`follow_neutral` as a function of its own, which the simulator finds in the compile cache."""
    follow_neutral(setup, scores, waiting, place, made, rng, event)


@kernel
def follow_electron_alone(setup, scores, waiting, place, made, rng, event):
    """The same of `follow_charged`."""
    follow_charged(setup, scores, waiting, place, made, rng, event)


@launched
def sort_by_charge(mode, waiting, neutral, charged):
    """Put the places of the waiting tracks into the queue of photons or of electrons and positrons."""
    for place in range(cuda.grid(1), waiting.height[0], cuda.gridsize(1)):
        if waiting.kind[place] == GAMMA:
            neutral.place[take_place(mode, neutral.height)] = place
        else:
            charged.place[take_place(mode, charged.height)] = place


@launched
def follow_photons(setup, scores, waiting, queue, made, events, seed):
    """Follow the photons in the queue, one a thread at a time; what they make goes on the stack `made`.

    events: int64[slots], the event number of each row of the scores.
    """
    round_each()
    words = cuda.local.array(N_WORDS, np.uint64)
    words[KEY] = seed
    rng = Rng(words)
    for i in range(cuda.grid(1), queue.height[0], cuda.gridsize(1)):
        place = queue.place[i]
        follow_photon_alone(setup, scores, waiting, place, made, rng, events[waiting.slot[place]])


@launched
def follow_electrons(setup, scores, waiting, queue, made, events, seed):
    """Follow the electrons and positrons in the queue, as `follow_photons` does photons."""
    round_each()
    words = cuda.local.array(N_WORDS, np.uint64)
    words[KEY] = seed
    rng = Rng(words)
    for i in range(cuda.grid(1), queue.height[0], cuda.gridsize(1)):
        place = queue.place[i]
        follow_electron_alone(setup, scores, waiting, place, made, rng, events[waiting.slot[place]])
