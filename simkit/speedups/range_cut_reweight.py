"""Larger range cuts, and events weighted so that they stand for those of the nominal cuts."""

from __future__ import annotations

from typing import Any

from simkit.speedups.speedup import CATANIA, Claim, Parameter, Speedup, Values


def _on(values: Values) -> dict[str, Any]:
    cut = {"physics.production_cut_mm": values["cut_mm"]}
    return cut | ({"reweight.file": values["file"] or "range-cut-reweight"} if values["weights"] else {})


SPEEDUP = Speedup(
    name="range-cut-reweight",
    title="Larger range cuts with learned weights",
    claim=Claim(text="about 15 % less CPU time", source=CATANIA, cpu_percent=(15.0, 15.0)),
    off=lambda values: {"reweight.file": ""},
    on=_on,
    parameters={
        "file": Parameter("", "", "of the trained model; none: the shipped one, for segmented"),
        "cut_mm": Parameter(7.0, "mm", "production cut, that of the training"),
        "weights": Parameter(True, "", "false: larger cuts alone"),
    },
    touches="what soft electrons carry from one region to the next; events count by weights",
    observables=("edep_MeV.*", "energy_balance_MeV.leaked"),
    off_where_named=True,
)
