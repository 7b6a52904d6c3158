"""No field in the liquid-argon calorimeter, but for muons: showers there do not feel it."""

from __future__ import annotations

from typing import Any

from simkit.particles import PARTICLES
from simkit.speedups.speedup import CATANIA, Claim, Parameter, Speedup, Values

KEY = "field.off.tailored"
MUONS = ("mu-", "mu+")


def _on(values: Values) -> dict[str, Any]:
    limits = {f"{name}_mm": values[f"{name}_mm"] for name in ("r_min", "r_max", "z_max")}
    # A scenario may name tracked particles only: without muons there is nothing to except.
    excepted = [name for name in MUONS if name in PARTICLES]
    return {KEY: {"name": "tailored", "except_particles": excepted, **limits}}


SPEEDUP = Speedup(
    name="tailored-field-off",
    title="No field in the liquid argon, muons excepted",
    claim=Claim(text="1-2 % less CPU time", source=CATANIA, cpu_percent=(1.0, 2.0)),
    off=lambda values: {KEY: None},
    on=_on,
    parameters={
        "r_min_mm": Parameter(1500.0, "mm", "off beyond this distance from the z axis"),
        "r_max_mm": Parameter(1900.0, "mm", "off within this distance from the z axis"),
        "z_max_mm": Parameter(2000.0, "mm", "off at a smaller |z|"),
    },
    touches="the way of charged particles other than muons in that region, decided at each step",
    observables=("edep_MeV.*",),
    needs="field",
)
