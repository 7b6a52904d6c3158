"""No fluctuation of the energy loss: a step deposits its mean loss."""

from __future__ import annotations

from typing import Any

from simkit.speedups.speedup import CATANIA, REGIONS, Claim, Parameter, Speedup, Values, split_regions


def _on(values: Values) -> dict[str, Any]:
    left = [name for name, off in (("e-", values["electrons"]), ("e+", values["positrons"])) if not off]
    left += [] if values["muons"] else ["mu-", "mu+"]
    left += [] if values["hadrons"] else ["pi+", "pi-", "K+", "K-", "p", "p~"]
    keys = [f"region.{name}.fluctuation" for name in split_regions(values["regions"])]
    return dict.fromkeys(keys or ["physics.fluctuation"], left)


SPEEDUP = Speedup(
    name="no-loss-fluctuation",
    title="Energy-loss fluctuation off",
    claim=Claim(
        text="3-5 % less CPU time; off everywhere it moved the e/gamma scale and muons above 500 GeV by 1 %",
        source=CATANIA,
        cpu_percent=(3.0, 5.0),
    ),
    off=lambda values: {"physics.fluctuation": True},
    on=_on,
    parameters={
        "electrons": Parameter(True, "", "switched off for electrons"),
        "positrons": Parameter(True, "", "switched off for positrons"),
        "muons": Parameter(True, "", "switched off for muons"),
        "hadrons": Parameter(True, "", "switched off for hadrons"),
        "regions": REGIONS,
    },
    touches="widths of deposits in thin regions, and the energy scale by their shares",
    observables=("edep_MeV.*", "edep_MeV.*.width"),
)
