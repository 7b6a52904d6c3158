"""Times from rounds in which everything has its turn: what disturbs one round disturbs all in it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simkit.bench.statistics.intervals import FEWEST_BLOCKS, exp_interval, trimmed_mean
from simkit.bench.steppers.circles import PHASES, Circle, block_s
from simkit.record.interval import Interval

CHOOSING = 2  # rounds that only choose the best of each kind
FEWEST = CHOOSING + FEWEST_BLOCKS
MOST = 100
BLOCK_S = 0.003


class TimedTask(NamedTuple):
    """Something to time: a task, what moves its electrons, the longest step (turns), and of a block how many
    electrons it follows, and how often."""

    circle: Circle
    propagator: Any
    step_turns: float
    tracks: int
    times: int


def timed(circle: Circle, propagator: Any, step_turns: float) -> TimedTask:
    """Return it with as many electrons and repetitions as make a block of about BLOCK_S."""
    block_s(circle, propagator, step_turns, 0, 1)  # compiles
    once = max(block_s(circle, propagator, step_turns, 1, 1), 1e-7)
    tracks = min(max(math.ceil(BLOCK_S / once), 1), PHASES)
    return TimedTask(circle, propagator, step_turns, tracks, max(math.ceil(BLOCK_S / (once * tracks)), 1))


def time_round(all_timed: Sequence[TimedTask], backwards: bool) -> NDArray[np.float64]:
    """Return ln(microseconds a turn) of each, timed one after the other."""
    logs = np.zeros(len(all_timed))
    order = range(len(all_timed))
    for i in reversed(order) if backwards else order:
        one = all_timed[i]
        turns = one.times * one.tracks * one.circle.turns
        used = block_s(one.circle, one.propagator, one.step_turns, one.tracks, one.times)
        logs[i] = math.log(max(used, 1e-9) * 1e6 / turns)
    return logs


def time_rounds(
    all_timed: Sequence[TimedTask], seconds_left: Callable[[], float], tell: Callable[[int, int], None]
) -> NDArray[np.float64]:
    """Return ln(microseconds a turn), float64[rounds, timed]: FEWEST rounds, and more while time is left."""
    rows: list[NDArray[np.float64]] = []
    slowest = 0.0
    while len(rows) < FEWEST or (len(rows) < MOST and seconds_left() > 1.1 * slowest):
        before = seconds_left()
        rows.append(time_round(all_timed, bool(len(rows) % 2)))
        slowest = max(slowest, before - seconds_left())
        tell(len(rows), FEWEST)
    return np.array(rows)


def time_of(logs: NDArray[np.float64], i: int) -> Interval:
    """Return the time (microseconds a turn) of column `i`."""
    return exp_interval(trimmed_mean(logs[:, i]))


def ratio_of(logs: NDArray[np.float64], slower: int, faster: int) -> Interval:
    """Return the time of one column over that of another, paired by round, without the choosing rounds."""
    later = logs[CHOOSING:]
    return exp_interval(trimmed_mean(later[:, slower] - later[:, faster]))


def fastest(logs: NDArray[np.float64], columns: Sequence[int]) -> int | None:
    """Return which of the columns was the fastest in the choosing rounds, None where there is none."""
    mean = logs[:CHOOSING].mean(axis=0)
    return min(columns, key=lambda i: mean[i], default=None)
