"""Estimates with their intervals, the speedup first among them, and the clocks that they come from.

`lo`, `hi` are the interval at confidence `level`. A speedup is the time of A (before) over that of B (after).
"""

from __future__ import annotations

from typing import Literal

from simkit.record.part import Part

Clock = Literal["cpu", "wall", "gpu"]
CLOCKS: tuple[Clock, ...] = ("cpu", "wall", "gpu")
CLOCK_NAMES: dict[str, str] = {"cpu": "CPU time", "wall": "wall time", "gpu": "GPU time"}
SpeedVerdict = Literal["faster", "slower", "no difference seen", "inconclusive"]


class Interval(Part):
    """An estimate with its confidence interval."""

    value: float
    lo: float
    hi: float
    level: float = 0.95


class MeasuredSpeedup(Interval):
    """Time of A over time of B by the clock that judges, from the trimmed mean of paired log ratios.

    `lo`, `hi` are the 95 % interval; `sequential_lo`, `sequential_hi` the wider one, valid however often one
    looks, by which "faster" and "slower" are declared. `smallest_detectable` is the relative change of the
    time (0.01 = 1 %) that these blocks would have declared four times in five; `standard_error` is
    relative too. `cpu_time_ratio` is the plain ratio of the sums of CPU times, for cross-checking.
    `placements` is at how many places in memory the code of both sides stood in these blocks, and
    `between_placements` how far the ratio scatters from place to place (relative standard deviation, the
    blocks' own noise taken out; 0 where it may be chance). With one place the interval knows that place
    alone; None where each run was a process of its own, and in records made before code was moved.
    `of_sums`: events differ so much in what they gain that the value is the ratio of the sums of times, with
    the interval of that.
    """

    sequential_lo: float
    sequential_hi: float
    sequential_level: float = 0.995
    smallest_detectable: float
    standard_error: float
    blocks: int
    cpu_time_ratio: float
    placements: int | None = None
    between_placements: float | None = None
    of_sums: bool = False


class NoiseFloor(Part):
    """A against itself, measured in between: what this machine makes of no difference at all.

    `floor` is the half-width (relative, 95 %) that this noise gives a speedup measured with as many blocks as
    the comparison had.
    """

    value: float
    lo: float
    hi: float
    level: float = 0.95
    blocks: int
    floor: float
