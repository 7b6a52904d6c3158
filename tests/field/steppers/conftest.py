"""A field that counts how often it is asked."""

from typing import NamedTuple

import numpy as np
import pytest

from simkit.field import FIELD_AT


class Counted(NamedTuple):
    """calls: int64[1]."""

    calls: np.ndarray


def _counted(field, x, y, z):
    field.calls[0] += 1
    return 0.01 * x, 0.02 * y, 1.0 - 0.03 * z


FIELD_AT[Counted] = _counted


@pytest.fixture
def counted_field():
    return Counted(np.zeros(1, dtype=np.int64))
