"""Every stepper compiles for a GPU (sm_90), its operations rounded as the CPU's. No GPU is needed."""

import re

import pytest
from orbits import BOTTLE, NAMES, STEPPERS

from simkit.field import turning
from simkit.field.steppers import TrackPoint, Turning, advance, interpolate
from simkit.jit import numba
from studies import registers

pytest.importorskip("numba_cuda")

from simkit.transport.cuda_kernels import round_each

pytestmark = pytest.mark.skipif(bool(registers.missing_tools()), reason=registers.missing_tools())


def one_step(stepper, field, values):
    """values: float64[14], a TrackPoint, bend and length, then room for the middle."""
    round_each()
    start = TrackPoint(values[0], values[1], values[2], values[3], values[4], values[5])
    bend, length = values[6], values[7]
    u, v, w = turning(field, bend, start.x, start.y, start.z, start.u, start.v, start.w)
    end, error, dense = advance(stepper, field, bend, start, Turning(u, v, w), length)
    middle = interpolate(stepper, dense, 0.5)
    values[0], values[1], values[2], values[3], values[4], values[5] = end
    values[6] = error
    values[8], values[9], values[10], values[11], values[12], values[13] = middle


@pytest.mark.parametrize("stepper", STEPPERS, ids=lambda stepper: NAMES[type(stepper)])
def test_a_stepper_compiles_for_a_gpu(stepper):
    signature = numba.types.void(numba.typeof(stepper), numba.typeof(BOTTLE), numba.types.float64[::1])
    ptx = registers.compile_ptx(one_step, signature)
    assert ".target sm_90" in ptx
    assert not re.search(r"\b(add|sub|mul)\.f(32|64)\b", ptx)  # may be fused with its neighbour
    assert not re.search(r"\.extern|malloc|NRT_|\.approx|__internal|\bcall\b|\.f32", ptx)
    use = registers.assemble(ptx)
    assert use.spill_stores == use.spill_loads == 0
