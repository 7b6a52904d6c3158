"""The general photon process: one total cross section, the process is chosen when the photon interacts."""

from __future__ import annotations

from simkit.speedups.speedup import CATANIA, Claim, Speedup

SPEEDUP = Speedup(
    name="gamma-general",
    title="General photon process",
    claim=Claim(text="4.3 % less CPU time", source=CATANIA, cpu_percent=(4.3, 4.3)),
    off=lambda values: {"engine.gamma": "per-process"},
    on=lambda values: {"engine.gamma": "general"},
    parameters={},
    touches="nothing: the sum of the processes' cross sections is sampled instead of each of them",
)
