"""Every CUDA kernel compiles for a GPU (sm_90): to PTX, and on to the device's code. No GPU is needed.

Its operations are rounded one by one, as the CPU's are, so that both have the same bits, and it uses the
registers that the table says. The simulator runs the CPU's compiled functions, so it cannot see what only
fails on the way to a GPU: an overload the CUDA target does not find, an allocation, too much constant memory.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from importlib import import_module
from types import SimpleNamespace

import pytest

from simkit.jit import fma, numba
from studies import registers

pytest.importorskip("numba_cuda")

from simkit.transport.cuda_kernels import launched as launched_kernel
from simkit.transport.cuda_kernels import round_each

pytestmark = pytest.mark.skipif(bool(registers.missing_tools()), reason=registers.missing_tools())

CONSTANT_MEMORY = 65536  # bytes (CUDA C++ Programming Guide, technical specifications by compute capability)
GRAIN = 8  # registers a thread are given out by so many (the same table)
TABLE = json.loads(registers.TABLE.read_text())
KERNELS = [(case, name) for case, kernels in TABLE["kernels"].items() for name in kernels]
POLICIES = {
    "slabs": "BoundaryTracking",
    "slabs, Woodcock": "WoodcockTracking",
    "slabs, entangled": "Entangled",
}


@pytest.fixture(scope="module")
def launched():
    return registers.all_kernels()


def test_the_table_has_every_kernel(launched):
    assert {(case, name) for case, kernels in launched.items() for name in kernels} == set(KERNELS)


@pytest.mark.parametrize(("case", "name"), KERNELS)
def test_a_kernel_compiles_for_a_gpu(launched, case, name):
    kernel, signature = launched[case][name]
    # Optimised at link time it would be compiled once more, with other options.
    assert kernel.targetoptions["lto"] is False
    ptx = registers.compile_ptx(kernel.py_func, signature)
    (entry,) = re.findall(r"\.visible \.entry (\w+)\(", ptx)
    assert all(part in entry for part in name.split())
    assert ".target sm_90" in ptx
    assert name != "follow_waiting PhotonLife" or POLICIES.get(case, "") in entry
    assert re.search(r"(atom|red)\.(global\.)?add\.[us]64", ptx)
    assert not re.search(r"\.extern|malloc|NRT_", ptx)
    # Without the rounding in its name an operation may be fused with its neighbour by the assembler.
    assert not re.search(r"\b(add|sub|mul)\.f(32|64)\b", ptx)
    # CUDA's logarithm, exponential, power, cosine and sine, whose last bits are not those of the CPU's.
    assert not re.search(r"\.approx|abs\.f32|__internal|\bcall\b", ptx)
    # Single precision is stored, never computed with; and no unsigned integer has become a real number, which
    # is what numba makes of one that meets a signed one.
    assert set(re.findall(r"\b[a-z]\S*\.f32\S*", ptx)) <= {"ld.global.f32", "cvt.f64.f32", "cvt.rzi.s64.f32"}
    assert not re.search(r"cvt\.\w+\.f64\.u", ptx)
    assert sum(int(size) for size in re.findall(r"\.const .*?\[(\d+)\]", ptx)) < CONSTANT_MEMORY

    use, expected = asdict(registers.assemble(ptx)), dict(TABLE["kernels"][case][name])
    assert abs(use.pop("registers") - expected.pop("registers")) <= GRAIN
    assert use == expected, "if that is right: python -m studies.registers"


def computes(values):
    """A kernel with two products and sums, one of them to be fused."""
    round_each()
    values[0] = values[1] * values[2] + values[3]
    values[4] = fma(values[5], values[6], values[7])


def test_products_and_sums_are_fused_only_by_name(monkeypatch):
    argument = numba.types.float64[::1]
    compiled = [registers.compile_ptx(computes, numba.types.void(argument))]

    # And by the way of a launch, which ends in the device's code.
    dispatcher, codegen = (import_module(f"numba.cuda.{name}") for name in ("dispatcher", "codegen"))
    device = SimpleNamespace(compute_capability=registers.ARCHITECTURE)
    monkeypatch.setattr(dispatcher, "get_current_device", lambda: device)
    monkeypatch.setattr(
        codegen.CUDACodeLibrary, "_ensure_cc", lambda library, cc: (*registers.ARCHITECTURE, "a")
    )
    kernel = dispatcher._Kernel(computes, (argument,), **launched_kernel(computes).targetoptions)
    compiled.append(kernel.library.get_asm_str())
    assert kernel.library.get_cubin().code
    for ptx in compiled:
        operations = re.findall(r"\b(?:add|sub|mul|fma)\.\S*f64", ptx)
        assert operations == ["mul.rn.f64", "add.rn.f64", "fma.rn.f64"]
