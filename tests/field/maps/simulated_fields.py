"""Evaluates every field in numba's CUDA simulator; prints whether it has the bits of the CPU, as JSON.

A program of its own, because numba reads NUMBA_ENABLE_CUDASIM when it is imported.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

os.environ["NUMBA_ENABLE_CUDASIM"] = "1"

import numpy as np
from every_field import Places, every_field, fill_one

from simkit.field.maps.tabulate import field_at_points
from simkit.transport.cuda_kernels import cuda, launched


@launched
def fill(field, places):
    i = cuda.grid(1)
    if i < len(places.points):
        fill_one(field, places, i)


if __name__ == "__main__":
    points = np.random.default_rng(1).uniform(-2000.0, 2000.0, (20, 3))
    same = {}
    for name, field in every_field(Path(sys.argv[1])).items():
        values = np.zeros((len(points), 3))
        fill[1, len(points)](field, Places(points, values))
        expected = field_at_points(field, points)
        same[name] = bool(expected.any() and expected.tobytes() == values.tobytes())
    print(json.dumps(same))
