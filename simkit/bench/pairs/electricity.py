"""The energy of each side of a comparison, read around every block.

A reading is that of whole packages of processors, whatever else runs on them: while one side runs, the other
does not, so that the difference of the sides is theirs, on top of what the machine takes for itself and other
work.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from simkit.engines import Prepared
from simkit.events import Primaries
from simkit.record.electricity import Electricity, Meter, find_readers
from simkit.record.tallies import Tallies

NO_GPU = "a GPU tells its energy ten times a second, too seldom for blocks that short; simkit run reads it"


class Metered:
    """A prepared scenario whose energy is read around all that it does on one thread; else as it is.

    energy_MeV: kinetic energy of the primaries of those runs.
    """

    def __init__(self, prepared: Prepared, meter: Meter) -> None:
        self.prepared = prepared
        self.meter = meter
        self.energy_MeV = 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.prepared, name)

    def run(
        self,
        primaries: Primaries,
        seed: int,
        threads: int = 1,
        progress: Callable[[int], None] | None = None,
    ) -> Tallies:
        """See simkit.engines.Prepared."""
        if threads != 1:
            return self.prepared.run(primaries, seed, threads, progress)
        with self.meter:
            tallies = self.prepared.run(primaries, seed, threads, progress)
        self.energy_MeV += float(primaries.energy.sum())
        return tallies

    def electricity(self, events: float) -> Electricity:
        """Return what was used so far, which are `events` events."""
        return self.meter.used(events)


def meter_sides(sides: Sequence[Prepared]) -> list[Any]:
    """Return the sides with their energy read; beside a GPU, that of its host would not be theirs."""
    readers, reasons = find_readers()
    meters = [
        Meter([], [NO_GPU]) if side.backend == "cuda" else Meter(readers, reasons, watched=False)
        for side in sides
    ]
    return [Metered(side, meter) for side, meter in zip(sides, meters)]
