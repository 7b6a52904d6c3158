"""The uniform field is the same everywhere, along any axis."""

from __future__ import annotations

import numpy as np
import pytest
from made import at, built


@pytest.mark.parametrize(
    ("axis", "unit"),
    [("x", (1, 0, 0)), ("y", (0, 1, 0)), ("z", (0, 0, 1)), ([0.0, 3.0, -4.0], (0, 0.6, -0.8))],
)
def test_uniform(axis, unit):
    field = built({"kind": "uniform", "strength_T": -3.8, "axis": axis})
    np.testing.assert_allclose(at(field, 1e6, -3.0, 0.0), -3.8 * np.array(unit), rtol=1e-15)
