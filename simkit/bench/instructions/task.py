"""Blocks of events whose instructions are counted, in this process or in one under callgrind.

What takes long to import is not imported here: under callgrind it takes ten times as long.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simkit.bench.pairs.blocks import derive_seed, take
from simkit.engines import Prepared, find_engine
from simkit.events import Primaries
from simkit.scenario import Scenario

SEEDS = 1_000_004  # where the seeds of these runs branch off

Counts = NDArray[np.float64]
Count = Callable[[Callable[[], object]], int]
"""Does a piece of work and returns how many instructions it took."""


class CountedSide(NamedTuple):
    """A scenario and the engine that runs it, which is one of this process."""

    engine: str
    scenario: Scenario


class Task(NamedTuple):
    """What is counted: blocks of primaries, the same on every side. events: what each block amounts to."""

    sides: tuple[CountedSide, ...]
    blocks: tuple[Primaries, ...]
    events: Counts
    seed: int


def prepare(task: Task) -> list[Prepared]:
    """Return the sides of a task, ready to run."""
    return [find_engine(side.engine).prepare(side.scenario) for side in task.sides]


def count_blocks(task: Task, prepared: Sequence[Prepared], count: Count) -> Counts:
    """Return instructions [sides, 1 + blocks] of every block; the first is of no primaries."""
    nobody = take(task.blocks[0], np.zeros(0, dtype=np.int64))
    counts = np.zeros((len(prepared), 1 + len(task.blocks)))
    for i, side in enumerate(prepared):
        for k, block in enumerate((nobody, *task.blocks)):
            run = partial(side.run, block, derive_seed(task.seed, SEEDS, i, k))
            if k == 0:
                run()  # what is done once is done
            counts[i, k] = count(run)
    return counts
