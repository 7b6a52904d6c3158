"""What a measurement begins with: sides warmed up, and blocks made by what a MeV costs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simkit.bench.pairs.blocks import Schedule, make_schedule, take
from simkit.bench.pairs.clocks import SHORTEST_S, Clock
from simkit.bench.pairs.pairing import Measurement
from simkit.bench.statistics.samples import SampleColumns, make_columns
from simkit.engines import Prepared
from simkit.errors import BadInput
from simkit.events import Events

CALIBRATION_S = 0.02  # shortest run that tells what a MeV costs


def begin(
    sides: Sequence[Prepared],
    events: Events,
    seed: int,
    s_per_step: float | None = None,
    clock: Clock | None = None,
) -> Measurement:
    """Warm all sides up, find out what a MeV costs, and return a measurement with nothing measured yet.

    s_per_step: take this for the cost of a step instead of a clock, so that the blocks are the same on every
    machine and at every time. clock: what judges, None for what suits the sides.
    """
    layouts = [make_columns(side) for side in sides]
    for side in layouts[1:]:
        if (side.regions, side.layers) != (layouts[0].regions, layouts[0].layers):
            raise BadInput(
                f"the sides cannot be compared: one has the regions {', '.join(layouts[0].regions)}, another "
                f"{', '.join(side.regions)}, or other layers; give both the same regions and layers"
            )
    seeing_less = tuple(dict.fromkeys(name for side in layouts for name in side.seeing_less))
    layout = layouts[0]._replace(seeing_less=seeing_less)
    cost = max(_seconds_per_MeV(side, events, seed, s_per_step) for side in sides)
    schedule = make_schedule(events, seed, cost)
    return measure_on(sides, schedule, seed, cost, layout, clock)


def measure_on(
    sides: Sequence[Prepared],
    schedule: Schedule,
    seed: int,
    cost: float,
    layout: SampleColumns | None = None,
    clock: Clock | None = None,
) -> Measurement:
    """Return an empty measurement on a given schedule; `cost` in seconds per MeV of the slowest side."""
    return Measurement(
        sides,
        schedule,
        seed,
        cost,
        layout or make_columns(sides[0]),
        asked=clock,
        timed_steps=np.zeros(len(sides)),
        parts=[[] for _ in sides],
    )


def _seconds_per_MeV(side: Prepared, events: Events, seed: int, s_per_step: float | None) -> float:
    primaries = events.primaries
    total = len(primaries.event)
    if total == 0:
        raise BadInput("events: there is no gamma, e- or e+ among the primaries; nothing to measure")
    order = np.random.default_rng(seed).permutation(total)
    count = 1
    side.run(take(primaries, order[:1]), seed)  # the first run touches memory for the first time
    while True:
        rows = np.sort(order[:count])
        tallies = side.run(take(primaries, rows), seed)
        used = tallies.timed_s if s_per_step is None else s_per_step * float(tallies.steps.sum())
        if used >= CALIBRATION_S or count == total:
            return max(used, SHORTEST_S) / float(primaries.energy[rows].sum())
        count = min(2 * count, total)
