"""Electromagnetic showers as parametrised spots instead of tracks: the model gflash of `[[fastsim]]`.

G. Grindhammer and S. Peters, hep-ex/0001020 (1993); in Geant4 and CMS: J. Weng, CHEP 2004.
"""

from __future__ import annotations

from typing import Any

from simkit.speedups.speedup import REGIONS, Claim, Parameter, Speedup, Values, split_regions


def _on(values: Values) -> dict[str, Any]:
    rule = {
        "model": "gflash",
        "min_MeV": values["min_MeV"],
        "regions": list(split_regions(values["regions"])),
    }
    for name in ("visible_share", "resolution"):
        if values[name] > 0.0:
            rule[name] = values[name]
    if values["file"]:
        rule |= {"file": values["file"], "particles": ["e-"], "visible_region": values["visible_region"]}
    return {"fastsim": [rule]}


SPEEDUP = Speedup(
    name="fastsim-gflash",
    title="Showers by gflash",
    claim=Claim(
        text='"a significant gain in simulation time for pp events" (CMS, above 800 MeV); no number',
        source="J. Weng, CHEP 2004; the parametrisation: G. Grindhammer and S. Peters, hep-ex/0001020",
    ),
    off=lambda values: {"fastsim": []},
    on=_on,
    parameters={
        "min_MeV": Parameter(500.0, "MeV", "photons, electrons and positrons above it become showers"),
        "regions": REGIONS,
        "visible_share": Parameter(0.0, "", "of the energy, in the region that samples; 0: by its materials"),
        "resolution": Parameter(0.0, "", "c of c / sqrt(E / GeV), sampling; 0: by the layers"),
        "file": Parameter("", "", "of parameters fitted to showers of e-; gflash: those shipped for par04"),
        "visible_region": Parameter("silicon", "", "with a file: whose deposits those showers were"),
    },
    touches="all of a shower: response, resolution, longitudinal and lateral form, leakage",
    observables=("edep_MeV.*.width", "energy_balance_MeV.leaked"),
    off_where_named=True,
)
