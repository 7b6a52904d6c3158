"""The CUDA kernel: it follows the tracks that wait for a life.

In numba's simulator (NUMBA_ENABLE_CUDASIM=1) kernels are plain Python and the functions they call are the
CPU's compiled ones: it proves the logic here. Atomic operations do not exist there, so tallies are `Serial`
and blocks have one thread; the simulator runs one block after the other.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
from numba import types

from simkit.counting import ADD, TAKE_PLACE, Atomic, Serial
from simkit.errors import BadInput
from simkit.jit import device_code
from simkit.kernel_cache import keep_soundly
from simkit.rng import KEY, N_WORDS, Rng
from simkit.tracks import slot_at
from simkit.transport.life import follow_at

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


def _atomic_take_place(mode, heights, number):
    return cuda.atomic.add(heights, number, 1)


if not SIMULATED:
    ADD[Atomic] = _atomic_add
    TAKE_PLACE[Atomic] = _atomic_take_place


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


@launched
def follow_waiting(life, number, tally, waiting, made, events, seed):
    """Follow the tracks that wait for a life, one a thread at a time; what they make goes on `made`.

    events: int64[slots], the event number of each row of the tally.
    """
    round_each()
    words = cuda.local.array(N_WORDS, np.uint64)
    words[KEY] = seed
    rng = Rng(words)
    tracks = waiting.words[number]
    for place in range(cuda.grid(1), waiting.heights[number], cuda.gridsize(1)):
        follow_at(life, tally, tracks, place, made, rng, events[slot_at(tracks, place)])
