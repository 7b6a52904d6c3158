"""Matrix products of the decoder: sums in a fixed order, so that no row depends on others."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.core import cgutils
from numpy.typing import NDArray

from simkit.jit import device_code, ir, kernel, types

ROWS = 4  # that are taken together: arrays have a whole multiple
LANES = 16  # of a vector: matrices have a whole multiple of columns


def up(number: int, of: int = ROWS) -> int:
    """Return the next multiple."""
    return -(-number // of) * of


def widened(matrix: NDArray[Any]) -> NDArray[np.float32]:
    """Return a matrix or biases with columns of zeros up to a multiple of LANES."""
    width = [(0, 0)] * (matrix.ndim - 1) + [(0, -matrix.shape[-1] % LANES)]
    return np.ascontiguousarray(np.pad(matrix, width), dtype=np.float32)


def _tile(rows: int, vectors: int) -> Any:
    """Return the device function that multiplies `rows` rows with `vectors` times LANES columns.

    Sums stay in registers, which no compiler finds by itself. Products are rounded before they are added.
    """

    @device_code
    def tile(typingctx: Any, x: Any, w: Any, out: Any, row: Any, column: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            arrays = [
                context.make_array(t)(context, builder, a) for t, a in zip(signature.args, arguments[:3])
            ]
            row, column = arguments[3:]
            real, word = ir.FloatType(), ir.IntType(64)
            vector = ir.VectorType(real, LANES)
            inputs = cgutils.unpack_tuple(builder, arrays[1].shape)[0]
            widths = [cgutils.unpack_tuple(builder, array.shape)[1] for array in arrays]
            none = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)

            def place(array: int, row: Any, column: Any) -> Any:
                return builder.gep(arrays[array].data, [builder.add(builder.mul(row, widths[array]), column)])

            def columns(pointer: Any) -> list[Any]:
                firsts = [builder.gep(pointer, [ir.Constant(word, LANES * v)]) for v in range(vectors)]
                return [builder.bitcast(first, vector.as_pointer()) for first in firsts]

            lines = [builder.add(row, ir.Constant(word, r)) for r in range(rows)]
            given = [place(0, line, ir.Constant(word, 0)) for line in lines]
            taken = [columns(place(2, line, column)) for line in lines]
            sums = [[cgutils.alloca_once(builder, vector) for _ in range(vectors)] for _ in lines]
            for mine, pointers in zip(sums, taken):
                for kept, pointer in zip(mine, pointers):
                    builder.store(builder.load(pointer, align=4), kept)
            with cgutils.for_range(builder, inputs) as loop:
                weights = [builder.load(p, align=4) for p in columns(place(1, loop.index, column))]
                for mine, pointer in zip(sums, given):
                    one = builder.load(builder.gep(pointer, [loop.index]))
                    first = builder.insert_element(
                        ir.Constant(vector, ir.Undefined), one, ir.Constant(ir.IntType(32), 0)
                    )
                    many = builder.shuffle_vector(first, first, none)
                    for kept, weight in zip(mine, weights):
                        builder.store(builder.fadd(builder.load(kept), builder.fmul(many, weight)), kept)
            for mine, pointers in zip(sums, taken):
                for kept, pointer in zip(mine, pointers):
                    builder.store(builder.load(kept), pointer, align=4)
            return context.get_dummy_value()

        return types.void(x, w, out, types.int64, types.int64), codegen

    return tile


_tile_wide, _tile_narrow, _tile_row = _tile(ROWS, 2), _tile(ROWS, 1), _tile(1, 1)


@kernel
def multiply(x, w, out, rows):
    """Add x w to `out`, for `rows` rows and what fills the last four; x may have more columns."""
    whole = w.shape[1] // (2 * LANES) * (2 * LANES)
    for j in range(0, whole, 2 * LANES):
        for i in range(0, rows, ROWS):
            _tile_wide(x, w, out, i, j)
    if whole < w.shape[1]:
        for i in range(0, rows, ROWS):
            _tile_narrow(x, w, out, i, whole)


@kernel
def multiply_row(x, w, out, row):
    """Add row `row` of x times w to that of `out`."""
    for j in range(0, w.shape[1], LANES):
        _tile_row(x, w, out, row, j)


@kernel
def add_row(factor, w, out):
    """Add a row times a factor to `out`, both [outputs]."""
    for j in range(w.shape[0]):
        out[j] += factor * w[j]


@kernel
def fill_rows(out, bias, rows):
    """Set rows of `out` to the bias."""
    for i in range(rows):
        for j in range(out.shape[1]):
            out[i, j] = bias[j]


@kernel
def activate(x, out, rows, slope):
    """Set rows of `out` to the leaky ReLU of those of x."""
    for i in range(rows):
        for j in range(x.shape[1]):
            value = x[i, j]
            out[i, j] = value if value > np.float32(0.0) else slope * value


@kernel
def activate_with(x, bias, out, rows, slope):
    """Set rows of `out` to the leaky ReLU of those of x with a bias added."""
    for i in range(rows):
        for j in range(x.shape[1]):
            value = x[i, j] + bias[j]
            out[i, j] = value if value > np.float32(0.0) else slope * value
