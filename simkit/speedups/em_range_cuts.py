"""Production cuts applied to Compton, photoelectric and pair-production secondaries."""

from __future__ import annotations

from simkit.speedups.speedup import CATANIA, Claim, Speedup

SPEEDUP = Speedup(
    name="em-range-cuts",
    title="Range cuts for all electromagnetic processes",
    claim=Claim(text="6-7 % less CPU time", source=CATANIA, cpu_percent=(6.0, 7.0)),
    off=lambda values: {"physics.apply_cuts": False},
    on=lambda values: {"physics.apply_cuts": True},
    parameters={},
    touches="electrons below the cut deposit where they are made: shares between thin neighbouring regions",
    observables=("edep_MeV.*",),
)
