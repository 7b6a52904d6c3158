"""An own production cut for one region, such as the xenon gas of a transition-radiation tracker."""

from __future__ import annotations

from simkit.speedups.speedup import CATANIA, Claim, Parameter, Speedup

SPEEDUP = Speedup(
    name="region-range-cut",
    title="Own range cut in the xenon gas",
    claim=Claim(text="part of mc20 (TRT range cut for e-/e+); no number of its own", source=CATANIA),
    off=lambda values: {f"region.{values['region']}.production_cut_mm": None},
    on=lambda values: {f"region.{values['region']}.production_cut_mm": values["cut_mm"]},
    parameters={
        "region": Parameter("trt_xenon", "", "the region"),
        "cut_mm": Parameter(30.0, "mm", "its production cut"),
    },
    touches="delta electrons and soft photons in that region: its deposits and their width",
    observables=("edep_MeV.{region}", "edep_MeV.{region}.width"),
)
