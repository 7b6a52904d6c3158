"""Every CUDA kernel compiles for a GPU (sm_90): to PTX, and on to the device's code. No GPU is needed.

Its operations are rounded one by one, as the CPU's are, so that both have the same bits.

The simulator runs the CPU's compiled functions, so it cannot see what only fails on the way to a GPU: an
overload the CUDA target does not find, an allocation, too much constant memory.
"""

from __future__ import annotations

import re
from types import SimpleNamespace

import numpy as np
import pytest

from simkit.engines.build import build_world
from simkit.jit import fma, numba
from simkit.scenario import load_scenario
from simkit.scores import Atomic, Scores
from simkit.tracks import make_stack

pytest.importorskip("numba_cuda")

from simkit.transport import cuda_kernels
from simkit.transport.cuda import kernel_setups
from simkit.transport.cuda_kernels import Queue

CAPABILITY = (9, 0)
CONSTANT_MEMORY = 65536  # bytes (CUDA C++ Programming Guide, technical specifications by compute capability)
MOST_REGISTERS = 255  # a thread (the same table)


def missing_toolchain() -> str:
    """Return why nothing can be compiled for a GPU here, "" when it can."""
    try:
        from cuda.pathfinder import DynamicLibNotFoundError, load_nvidia_dynamic_lib

        for library in ("nvvm", "nvrtc", "nvJitLink"):
            load_nvidia_dynamic_lib(library)
    except ImportError:
        return "cuda-pathfinder is missing: pip install 'numba-cuda[cu12]'"
    except DynamicLibNotFoundError:
        return f"the CUDA toolkit's {library} is missing: pip install 'numba-cuda[cu12]'"
    return "numba runs in its CUDA simulator" if cuda_kernels.SIMULATED else ""


pytestmark = pytest.mark.skipif(bool(missing_toolchain()), reason=missing_toolchain())


@pytest.fixture
def compile_for_device(monkeypatch):
    """Return a function that compiles a kernel for arguments of the types of these, to PTX."""
    import numba.cuda.dispatcher as dispatcher

    # The functions that a kernel calls are compiled for the current device; there is none here.
    device = SimpleNamespace(compute_capability=CAPABILITY)
    monkeypatch.setattr(dispatcher, "get_current_device", lambda: device)

    def compiled(kernel, *arguments):
        signature = numba.types.void(*map(numba.typeof, arguments))
        ptx, _ = cuda_kernels.cuda.compile_ptx(kernel.py_func, signature, cc=CAPABILITY)
        return ptx

    return compiled


def link(ptx: str) -> str:
    """Return what the assembler says of `ptx`; raises when a GPU could not load it."""
    from cuda.core import Linker, LinkerOptions, ObjectCode

    linker = Linker(
        ObjectCode.from_ptx(ptx.encode()), options=LinkerOptions(arch="sm_90", ptxas_options="-v")
    )
    assert len(linker.link("cubin").code) > 1000
    return linker.get_info_log()


def check(ptx: str, name: str) -> None:
    """Assert that PTX holds the kernel of this name, counts with atomics and allocates nothing."""
    (entry,) = re.findall(r"\.visible \.entry (\w+)\(", ptx)
    assert name in entry
    assert ".target sm_90" in ptx
    assert re.search(r"(atom|red)\.(global\.)?add\.[us]64", ptx)
    assert not re.search(r"\.extern|malloc|NRT_", ptx)
    # Without the rounding in its name an operation may be fused with its neighbour by the assembler.
    assert not re.search(r"\b(add|sub|mul)\.f(32|64)\b", ptx)
    constants = sum(int(size) for size in re.findall(r"\.const .*?\[(\d+)\]", ptx))
    assert constants < CONSTANT_MEMORY
    log = link(ptx)
    assert max(map(int, re.findall(r"Used (\d+) registers", log))) <= MOST_REGISTERS
    # Local memory beyond the generator's words means spilled registers or an array nobody asked for.
    assert sum(map(int, re.findall(r"(\d+) bytes stack frame", log))) < 1024


def computes(values):
    """A kernel with two products and sums, one of them to be fused."""
    cuda_kernels.round_each()
    values[0] = values[1] * values[2] + values[3]
    values[4] = fma(values[5], values[6], values[7])


def test_products_and_sums_are_fused_only_by_name(compile_for_device):
    ptx = compile_for_device(SimpleNamespace(py_func=computes), np.zeros(8))
    assert re.findall(r"\b(?:add|sub|mul|fma)\.\S*f64", ptx) == ["mul.rn.f64", "add.rn.f64", "fma.rn.f64"]


@pytest.mark.parametrize("name", ["follow_photons", "follow_electrons", "sort_by_charge"])
def test_kernels_are_launched_as_they_are_compiled_here(name):
    """Optimised at link time they would be compiled once more, with other options."""
    assert getattr(cuda_kernels, name).targetoptions["lto"] is False


def arguments(*speedups: str, preset: str = "testem3", **physics: bool):
    """Return the photon setup and the charged setup of a preset, and what else the kernels take."""
    overrides = {f"physics.{key}": value for key, value in physics.items()}
    world = build_world(load_scenario(preset, with_speedups=speedups, overrides=overrides))
    stack = make_stack(1)
    queue = Queue(np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64))
    rest = (
        Scores(Atomic(1), len(world.detector.regions), np.zeros((1, 1), dtype=np.int64)),
        stack,
        queue,
        stack,
        np.zeros(1, dtype=np.int64),
        np.uint64(1),
    )
    return *kernel_setups(world.setup), rest


def test_sorting(compile_for_device):
    _, _, (_, stack, queue, *_) = arguments()
    ptx = compile_for_device(cuda_kernels.sort_by_charge, Atomic(1), stack, queue, queue)
    check(ptx, "sort_by_charge")


def test_electrons(compile_for_device):
    _, charged, rest = arguments()
    check(compile_for_device(cuda_kernels.follow_electrons, charged, *rest), "follow_electrons")


@pytest.mark.parametrize("speedups", [(), ("woodcock",)])
def test_photons(compile_for_device, speedups):
    photon, _, rest = arguments(*speedups)
    policy = "WoodcockTracking" if speedups else "BoundaryTracking"
    ptx = compile_for_device(cuda_kernels.follow_photons, photon, *rest)
    check(ptx, "follow_photons")
    assert policy in ptx


def test_entangled_photons(compile_for_device):
    photon, _, rest = arguments(entangled_annihilation=True)
    ptx = compile_for_device(cuda_kernels.follow_photons, photon, *rest)
    check(ptx, "follow_photons")
    assert "Entangled" in ptx


@pytest.mark.slow
def test_the_layered_detector_of_tubes(compile_for_device):
    photon, charged, rest = arguments("woodcock", preset="atlas_like")
    check(compile_for_device(cuda_kernels.follow_photons, photon, *rest), "follow_photons")
    check(compile_for_device(cuda_kernels.follow_electrons, charged, *rest), "follow_electrons")
