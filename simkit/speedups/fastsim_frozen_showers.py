"""Showers whose soft part comes from a library: the model frozen-showers of `[[fastsim]]`."""

from __future__ import annotations

from typing import Any

from simkit.speedups.speedup import Claim, Parameter, Speedup, Values


def _on(values: Values) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "model": "frozen-showers",
        "ratio": values["ratio"],
        "most_MeV": values["most_MeV"],
    }
    if values["file"]:
        rule["file"] = values["file"]
    return {"fastsim": [rule]}


SPEEDUP = Speedup(
    name="fastsim-frozen-showers",
    title="Soft tracks from a library of showers",
    claim=Claim(
        text="forward calorimeter of ATLAS, campaign mc20: frozen showers below some GeV; no number",
        source="E. Barberio et al., J. Phys. Conf. Ser. 160 (2009) 012082",
    ),
    off=lambda values: {"fastsim": []},
    on=_on,
    parameters={
        "file": Parameter("", "", "of a library; none: the shipped one, for par04"),
        "ratio": Parameter(40.0, "", "tracks below the event's energy over this are replaced"),
        "most_MeV": Parameter(8000.0, "MeV", "and below this"),
    },
    touches="fluctuations of the soft part of a shower: one of a library's, turned",
    observables=("edep_MeV.*.width", "energy_balance_MeV.leaked"),
    off_where_named=True,
)
