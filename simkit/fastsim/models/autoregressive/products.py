"""Matrix products of the decoder: sums in a fixed order, so that no row depends on others."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simkit.jit import kernel

STEP = 4  # rows and inputs that are taken together; both must be whole multiples


def padded(matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a matrix [..., inputs, outputs] with rows of zeros up to a multiple of STEP."""
    missing = -matrix.shape[-2] % STEP
    width = [(0, 0)] * (matrix.ndim - 2) + [(0, missing), (0, 0)]
    return np.ascontiguousarray(np.pad(matrix, width), dtype=np.float32)


def up(number: int) -> int:
    """Return the next multiple of STEP."""
    return -(-number // STEP) * STEP


@kernel
def multiply(x, w, out, rows):
    """Add x w to `out`, for `rows` rows and what fills the last four: x [*, inputs], w [inputs, outputs]."""
    for i in range(0, rows, 4):
        for k in range(0, w.shape[0], 4):
            a0, a1, a2, a3 = x[i, k], x[i, k + 1], x[i, k + 2], x[i, k + 3]
            b0, b1, b2, b3 = x[i + 1, k], x[i + 1, k + 1], x[i + 1, k + 2], x[i + 1, k + 3]
            c0, c1, c2, c3 = x[i + 2, k], x[i + 2, k + 1], x[i + 2, k + 2], x[i + 2, k + 3]
            d0, d1, d2, d3 = x[i + 3, k], x[i + 3, k + 1], x[i + 3, k + 2], x[i + 3, k + 3]
            for j in range(w.shape[1]):
                w0, w1, w2, w3 = w[k, j], w[k + 1, j], w[k + 2, j], w[k + 3, j]
                out[i, j] = out[i, j] + a0 * w0 + a1 * w1 + a2 * w2 + a3 * w3
                out[i + 1, j] = out[i + 1, j] + b0 * w0 + b1 * w1 + b2 * w2 + b3 * w3
                out[i + 2, j] = out[i + 2, j] + c0 * w0 + c1 * w1 + c2 * w2 + c3 * w3
                out[i + 3, j] = out[i + 3, j] + d0 * w0 + d1 * w1 + d2 * w2 + d3 * w3


@kernel
def multiply_row(x, w, out):
    """Add x w to `out`: x [inputs], w [inputs, outputs]."""
    for k in range(0, w.shape[0], 4):
        a0, a1, a2, a3 = x[k], x[k + 1], x[k + 2], x[k + 3]
        for j in range(w.shape[1]):
            out[j] = out[j] + a0 * w[k, j] + a1 * w[k + 1, j] + a2 * w[k + 2, j] + a3 * w[k + 3, j]


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
