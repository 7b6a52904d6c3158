"""What speedups by trained generators have in common: the rule of `[[fastsim]]` that they switch on."""

from __future__ import annotations

from typing import Any

from simkit.fastsim.models.weights import shipped_weights
from simkit.speedups.speedup import Claim, Parameter, Speedup, Values


def generator_speedup(model: str, title: str, claim: Claim) -> Speedup:
    """Return the speedup by a trained generator, the shipped one where there is one."""
    shipped = shipped_weights(model) is not None

    def on(values: Values) -> dict[str, Any]:
        rule = {
            "model": "generator",
            "file": values["file"] or model,
            "particles": ["e-"],
            "min_MeV": values["min_MeV"],
            "max_MeV": values["max_MeV"],
            "visible_region": values["visible_region"],
        }
        return {"fastsim": [rule]}

    return Speedup(
        name=f"fastsim-{model}",
        title=title,
        claim=claim,
        off=lambda values: {"fastsim": []},
        on=on,
        parameters={
            "file": Parameter(
                "", "", f"of the trained model; {'none: the shipped one' if shipped else 'needed'}"
            ),
            "min_MeV": Parameter(1e3, "MeV", "kinetic energy from which electrons become showers"),
            "max_MeV": Parameter(1e6, "MeV", "and below which"),
            "visible_region": Parameter("silicon", "", "whose deposits the showers are"),
        },
        touches="all of a shower: response, resolution, longitudinal and lateral form, correlations",
        observables=("edep_MeV.*.width", "energy_balance_MeV.leaked"),
        off_where_named=True,
    )
