"""Particles near the beam pipe are killed: what they make in the far forward region reaches no detector."""

from __future__ import annotations

from simkit.speedups.speedup import CATANIA, Claim, Parameter, Speedup

SPEEDUP = Speedup(
    name="high-eta-killer",
    title="High-eta particle killer",
    claim=Claim(
        text="a few % less CPU time: eta > 5.0 and ET < 0.5 GeV, showers near the beam pipe at 5-6 m",
        source=CATANIA,
    ),
    off=lambda values: {"tracking.high_eta_killer.et_max_MeV": 0.0},
    on=lambda values: {f"tracking.high_eta_killer.{name}": value for name, value in values.items()},
    parameters={
        "eta_min": Parameter(5.0, "", "|eta| above which particles are killed"),
        "et_max_MeV": Parameter(500.0, "MeV", "transverse energy below which they are killed"),
        "z_min_mm": Parameter(0.0, "mm", "least |z| of the start of a track that is killed; 0: anywhere"),
    },
    touches=(
        "deposits at high eta, and the energy counted as killed instead of leaked; by direction, secondaries "
        "included, where ATLAS kills primaries at 5-6 m only: give z_min_mm to spare soft tracks elsewhere"
    ),
    observables=("energy_balance_MeV.leaked", "energy_balance_MeV.killed"),
)
