"""The fields' kernels have the CPU's bits in numba's CUDA simulator, and compile for a GPU (sm_90)."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from every_field import NAMES, Places, every_field, fill_one

from simkit.jit import numba
from studies import registers

pytest.importorskip("numba_cuda")

from simkit.transport.cuda_kernels import round_each


def test_in_the_simulator_they_have_the_bits_of_the_cpu(tmp_path):
    words = [sys.executable, str(Path(__file__).with_name("simulated_fields.py")), str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == dict.fromkeys(NAMES, True)


def field_kernel(field, places):
    """A kernel that evaluates a field."""
    round_each()
    fill_one(field, places, 0)


@pytest.mark.skipif(bool(registers.missing_tools()), reason=registers.missing_tools())
@pytest.mark.parametrize("name", NAMES)
def test_they_compile_for_a_gpu(tmp_path, name):
    places = Places(np.zeros((1, 3)), np.zeros((1, 3)))
    signature = numba.types.void(*map(numba.typeof, (every_field(tmp_path)[name], places)))
    ptx = registers.compile_ptx(field_kernel, signature)
    assert ".target sm_90" in ptx
    assert not re.search(r"\.extern|malloc|NRT_|\.approx|\bcall\b|\.f32\b", ptx)
    # without the rounding in its name an operation may be fused with its neighbour
    assert not re.search(r"\b(add|sub|mul)\.f64\b", ptx)
    assert registers.assemble(ptx).spill_stores == 0
