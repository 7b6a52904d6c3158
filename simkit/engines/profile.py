"""Where the time goes, by particle and region, and who deposits and makes what: kernels compiled for it.

The instrumented kernels do the same work as the ordinary ones and read the processor's cycle counter at
every step, some 5 % on top. So they tell shares of the time, never the time: that is the ordinary
kernels'. What reading the counter costs is measured and taken off.
"""

from __future__ import annotations

import platform
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simkit.counting import CYCLES, LAPS, LEFT_OUT, empty, make_profiled, mark_often
from simkit.errors import BadInput
from simkit.events import Primaries
from simkit.jit import COUNTS_CYCLES
from simkit.record.result import ProfileInfo, Result
from simkit.record.tallies import PARTICLES, Tallies, kinds_met
from simkit.tally import ENERGY_UNIT

if TYPE_CHECKING:
    from simkit.engines.native import NativePrepared

PROFILED_S = 2.0  # CPU seconds of the ordinary kernels that a run's profile is made of
MARKS = 20_000  # a millisecond of doing nothing but reading the counter
TRIES = 7


@dataclass(frozen=True)
class Profile:
    """Cycles and steps of a profiled run.

    cycles: float64[particles, regions], the cost of counting taken off; steps: int64[particles, regions], of
    the same events, and so deposits, energy in units of the tallies by the particle that left it, and
    secondaries, tracks made by their own kind and where they began. lap_cycles: that cost, per lap.
    left_out: fraction of the laps that held other work, and were not counted. cpu_s: of the profiled run.
    """

    cycles: np.ndarray
    steps: np.ndarray
    deposits: np.ndarray
    secondaries: np.ndarray
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

    Compiling the kernels, once a machine, takes as long as compiling the ordinary ones. Errors: BadInput
    where cycles cannot be counted.
    """
    check_profiling(prepared.backend)
    regions = len(prepared.regions)
    lap_cycles = cost_of_a_lap()
    mode = make_profiled(regions)
    prepared.run_on(mode, Primaries(*(column[:1] for column in primaries)), seed)  # compiled and warm
    empty(mode)
    tallies = prepared.run_on(mode, primaries, seed)
    laps, deposits, secondaries = (
        array[: len(PARTICLES) * regions].reshape(len(PARTICLES), regions, *array.shape[1:]) for array in mode
    )
    cycles = np.maximum(laps[:, :, CYCLES] - lap_cycles * laps[:, :, LAPS], 0.0)
    counted, left_out = float(laps[:, :, LAPS].sum()), float(laps[:, :, LEFT_OUT].sum())
    found = Profile(
        cycles,
        tallies.steps.sum(axis=0),
        deposits,
        secondaries,
        lap_cycles,
        left_out / max(counted + left_out, 1.0),
        tallies.cpu_s,
    )
    return found, tallies


def add_profile(result: Result, prepared: NativePrepared, primaries: Primaries, tallies: Tallies) -> None:
    """Profile the first events of a run and write into its record where its time went.

    primaries: all of the run; tallies: theirs. Shares follow the steps of the whole run. Errors: BadInput.
    """
    numbers = np.unique(primaries.event)
    if not len(numbers):
        return
    wanted = PROFILED_S / max(tallies.cpu_s / len(numbers), 1e-9)
    count = int(min(max(wanted, 1.0), len(numbers)))
    rows = primaries.event <= numbers[count - 1]
    chosen = Primaries(*(column[rows] for column in primaries))
    found, _ = profile(prepared, chosen, result.seed)
    ordinary = prepared.run(chosen, result.seed)
    steps = tallies.steps.sum(axis=0)
    shares = found.shares(steps)
    timing = result.timing
    timing.by = by_region(shares, prepared.regions)
    timing.ns_per_step = {
        PARTICLES[p]: {
            region: 1e9 * tallies.cpu_s * float(shares[p, r]) / int(steps[p, r]) if steps[p, r] else None
            for r, region in enumerate(prepared.regions)
        }
        for p in kinds_met(tallies.steps, tallies.secondaries)
    }
    timing.profile = ProfileInfo(
        events=count,
        lap_cycles=found.lap_cycles,
        left_out=found.left_out,
        slowdown=found.cpu_s / max(ordinary.cpu_s, 1e-9),
        deposits_MeV=by_region(found.deposits * ENERGY_UNIT / count, prepared.regions),
        secondaries=by_region(found.secondaries / count, prepared.regions),
    )


def by_region(values: np.ndarray, regions: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """Return an array [particles, regions] as {particle: {region: value}}; as `kinds_met`, by its values."""
    met = kinds_met(values[None], values.sum(axis=1)[None])
    return {PARTICLES[kind]: dict(zip(regions, map(float, values[kind]))) for kind in met}


def cost_of_a_lap() -> float:
    """Return the cycles that a lap with nothing in it counts: the least of several means."""
    mode = make_profiled(1)
    mark_often(mode, 0, 1)
    costs = []
    for _ in range(TRIES):
        mode.laps[0] = 0
        mark_often(mode, 0, MARKS)
        costs.append(mode.laps[0, CYCLES] / max(mode.laps[0, LAPS], 1))
    return float(min(costs))
