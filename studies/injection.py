"""An engine with a fault of known size, to see whether a comparison finds it.

It is simkit's own engine with, of each run, extra work and a wrong energy scale. The extra work is more
electrons of the same scenario, followed within the same call and thrown away, whose energies add up to a
fixed fraction of the run's: the CPU time grows by that fraction of the engine's own work, as it would in a
slower release, and no clock decides how much. (In a call of their own they cost 0.3 % of a 50 ms block more.)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np

from simkit.engines import ENGINES, Prepared
from simkit.engines.native import ENGINE as NATIVE
from simkit.engines.native import NativePrepared
from simkit.events import Primaries
from simkit.record.tallies import PER_EVENT, Tallies
from simkit.scenario import Scenario

NAME = "injected"
EXTRA_EVENT = 1_000_000_000  # number of the first extra event: none of the run's own has it
LEAST_MEV = 1.0  # a remainder below is left out


class Injected:
    """simkit's own engine with `extra_work` and `energy_scale` wrong on purpose; see simkit.engines.Engine.

    extra_work: CPU time more, as a fraction of the run's. energy_scale: factor on all deposits. measured: the
    steps of the extra work over those of the runs, so far.
    """

    name = NAME
    version = NATIVE.version

    def __init__(self) -> None:
        self.extra_work = 0.0
        self.energy_scale = 1.0
        self.steps = np.zeros(2)

    @property
    def measured(self) -> float:
        """Return the extra steps over the run's own."""
        return float(self.steps[1] / self.steps[0]) if self.steps[0] else 0.0

    def inject(self, extra_work: float = 0.0, energy_scale: float = 1.0) -> None:
        """Set the fault of what is prepared from now on."""
        self.extra_work, self.energy_scale, self.steps = extra_work, energy_scale, np.zeros(2)

    def prepare(self, scenario: Scenario) -> Prepared:
        """Prepare `scenario` as simkit's own engine does."""
        return cast(Prepared, _Faulty(NATIVE.prepare(scenario), self))


class _Faulty:
    """Everything of what was prepared, but for `run`."""

    def __init__(self, inner: NativePrepared, fault: Injected) -> None:
        self.inner, self.fault = inner, fault

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def run(
        self,
        primaries: Primaries,
        seed: int,
        threads: int = 1,
        progress: Callable[[int], None] | None = None,
    ) -> Tallies:
        """Follow the primaries; the fault goes into the CPU time and the deposits."""
        extra = extra_primaries(primaries, self.fault.extra_work)
        together = Primaries(*(np.concatenate(columns) for columns in zip(primaries, extra)))
        tallies = self.inner.run(together, seed, threads, progress)
        own, steps = len(tallies) - len(extra.event), tallies.steps.sum()
        for name in PER_EVENT:
            setattr(tallies, name, getattr(tallies, name)[:own])
        self.fault.steps += (tallies.steps.sum(), steps - tallies.steps.sum())
        if self.fault.energy_scale != 1.0:
            tallies.deposits = np.rint(tallies.deposits * self.fault.energy_scale).astype(np.int64)
        return tallies


def extra_primaries(primaries: Primaries, fraction: float) -> Primaries:
    """Return primaries like the first, whose energies add up to `fraction` of those of `primaries`."""
    nominal = float(primaries.energy[0])
    whole, rest = divmod(fraction * float(primaries.energy.sum()), nominal)
    energies = np.array([nominal] * int(whole) + ([rest] if rest >= LEAST_MEV else []))
    rows = np.zeros(len(energies), dtype=np.int64)
    return Primaries(*(column[rows] for column in primaries))._replace(
        event=EXTRA_EVENT + np.arange(len(energies), dtype=np.int64), energy=energies
    )


ENGINE = Injected()


def register() -> None:
    """Let sides of a comparison be called "engine:injected"."""
    ENGINES[NAME] = __name__
