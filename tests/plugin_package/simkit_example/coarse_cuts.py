"""Production cuts of so many millimetres everywhere."""

from simkit.speedups import Claim, Parameter, Speedup

KEY = "physics.production_cut_mm"

SPEEDUP = Speedup(
    name="coarse-cuts",
    title="Coarse production cuts",
    claim=Claim(text="no number", source="this example"),
    off=lambda values: {KEY: 0.7},
    on=lambda values: {KEY: values["cut_mm"]},
    parameters={"cut_mm": Parameter(5.0, "mm", "the cut")},
    touches="soft electrons and photons",
)
