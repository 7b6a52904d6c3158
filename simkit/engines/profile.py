"""Where the time goes, by particle and region: cycles counted by kernels compiled for it.

The instrumented kernels do the same work as the ordinary ones and read the processor's cycle counter at
every step, 10 to 30 % on top. So they tell shares of the time, never the time: that is the ordinary
kernels'. What reading the counter costs is measured and taken off.
"""

from __future__ import annotations

import platform
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simkit.errors import BadInput
from simkit.jit import COUNTS_CYCLES
from simkit.record.tallies import PARTICLES, Tallies
from simkit.scores import CYCLES, LAPS, LEFT_OUT, Profiled, make_laps, mark_often

if TYPE_CHECKING:
    from simkit.engines.native import NativePrepared
    from simkit.events import Primaries

MARKS = 20_000  # a millisecond of doing nothing but reading the counter
TRIES = 7


@dataclass(frozen=True)
class Profile:
    """Cycles and steps of a profiled run.

    cycles: float64[particles, regions], the cost of counting taken off; steps: int64[particles, regions], of
    the same events. lap_cycles: that cost, per lap. left_out: fraction of the laps that held other work, and
    were not counted. cpu_s: of the profiled run.
    """

    cycles: np.ndarray
    steps: np.ndarray
    lap_cycles: float
    left_out: float
    cpu_s: float

    def shares(self, steps: np.ndarray | None = None) -> np.ndarray:
        """Return the fraction of the time by particle and region; `steps`: of events that differ in them."""
        cycles = self.cycles
        if steps is not None:
            cycles = np.divide(cycles, self.steps, out=np.zeros_like(cycles), where=self.steps > 0) * steps
        total = cycles.sum()
        return cycles / total if total else cycles


def check_profiling(backend: str) -> None:
    """Raise BadInput where cycles cannot be counted."""
    if backend != "cpu":
        raise BadInput(
            f"--profile: cycles are counted on the CPU only, found backend {backend!r}; leave it out"
        )
    if not COUNTS_CYCLES:
        raise BadInput(
            f"--profile: this processor ({platform.machine()}) has no cycle counter that programs may read; "
            "leave it out"
        )


def profile(prepared: NativePrepared, primaries: Primaries, seed: int) -> tuple[Profile, Tallies]:
    """Follow the primaries on one thread with instrumented kernels; the tallies are those of `prepared.run`.

    The kernels are compiled at the first use, as long as the ordinary ones take. Errors: BadInput where
    cycles cannot be counted.
    """
    check_profiling(prepared.backend)
    regions = len(prepared.regions)
    lap_cycles = cost_of_a_lap()
    mode = Profiled(make_laps(regions))
    tallies = prepared.run_on(mode, primaries, seed)
    laps = mode.laps[: len(PARTICLES) * regions].reshape(len(PARTICLES), regions, 3)
    cycles = np.maximum(laps[:, :, CYCLES] - lap_cycles * laps[:, :, LAPS], 0.0)
    counted, left_out = float(laps[:, :, LAPS].sum()), float(laps[:, :, LEFT_OUT].sum())
    found = Profile(
        cycles,
        tallies.steps.sum(axis=0),
        lap_cycles,
        left_out / max(counted + left_out, 1.0),
        tallies.cpu_s,
    )
    return found, tallies


def cost_of_a_lap() -> float:
    """Return the cycles that a lap with nothing in it counts: the least of several means."""
    mode = Profiled(make_laps(1))
    mark_often(mode, 0, 1)
    costs = []
    for _ in range(TRIES):
        mode.laps[0] = 0
        mark_often(mode, 0, MARKS)
        costs.append(mode.laps[0, CYCLES] / max(mode.laps[0, LAPS], 1))
    return float(min(costs))
