"""Setup: all that a step reads, built once on the host and never written by a kernel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from simkit.particles import PARTICLES


class Setup(NamedTuple):
    """lives: the params of each life. life_of: int64[kinds], which of them follows a kind, -1 for none."""

    lives: tuple[Any, ...]
    life_of: np.ndarray


def build_setup(lives: Sequence[tuple[Sequence[int], Any]]) -> Setup:
    """Return the setup of lives, each (the kinds it follows, its params)."""
    life_of = np.full(len(PARTICLES), -1, dtype=np.int64)
    for number, (kinds, _) in enumerate(lives):
        life_of[list(kinds)] = number
    return Setup(tuple(params for _, params in lives), life_of)
