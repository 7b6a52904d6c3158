"""Where a speedup comes from: the time of both sides by particle and region.

Shares of the time are those of short profiled runs (simkit.engines.profile), outside what is timed; the time
itself, and the steps, are those that were measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np

from simkit.bench.pairs.blocks import derive_seed, take
from simkit.bench.pairs.pairing import Measurement
from simkit.engines.native import NativePrepared
from simkit.engines.profile import Profile, by_region, profile
from simkit.record.comparison import Attribution, Side
from simkit.record.tallies import PARTICLES

PROFILED_S = 1.0  # CPU seconds of the slowest side
SEEDS = 1_000_002  # where the seeds of these runs branch off


def profile_sides(m: Measurement) -> list[Profile]:
    """Profile all sides, which are simkit's own engine's, on the same blocks."""
    block = m.schedule.joined(0, m.schedule.chunk(0, PROFILED_S / m.seconds_per_MeV))
    primaries = take(m.schedule.primaries, block.rows)
    return [
        profile(cast(NativePrepared, side), primaries, derive_seed(m.seed, SEEDS, i))[0]
        for i, side in enumerate(m.sides)
    ]


def add_time(m: Measurement, profiles: Sequence[Profile], sides: Sequence[Side]) -> None:
    """Write into the record of each side where its time goes."""
    for i, side in enumerate(sides):
        side.time_by = by_region(_shares(m, profiles, i), m.layout.regions)


def attribute(
    m: Measurement, profiles: Sequence[Profile], a: int, b: int, speedup: float, into: Attribution
) -> None:
    """Write into an attribution what of the time side `b` saves by particle and region."""
    x, y = _shares(m, profiles, a), _shares(m, profiles, b) / speedup
    steps_x, steps_y = (m.sample(side).steps.sum(axis=0) for side in (a, b))
    into.time_saved_by = by_region(x - y, m.layout.regions)
    into.time_per_step_by = {
        particle: {
            region: _ratio(x[p, r] * steps_y[p, r], y[p, r] * steps_x[p, r])
            for r, region in enumerate(m.layout.regions)
        }
        for p, particle in enumerate(PARTICLES)
    }


def _shares(m: Measurement, profiles: Sequence[Profile], side: int) -> np.ndarray:
    return profiles[side].shares(m.sample(side).steps.sum(axis=0))


def _ratio(above: float, below: float) -> float | None:
    return float(above / below) if below > 0.0 else None
