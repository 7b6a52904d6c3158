"""The time cut of neutrons: late ones, which no readout sees, are not followed to their capture."""

from __future__ import annotations

from simkit.speedups.observables import KILLED
from simkit.speedups.speedup import Claim, Parameter, Speedup

SPEEDUP = Speedup(
    name="neutron-time-cut",
    title="Neutron time cut",
    claim=Claim(
        text="always on in ATLAS, 150 ns; no figure published",
        source="Athena, Simulation/SimulationConfig: Sim.NeutronTimeCut",
    ),
    off=lambda values: {"tracking.neutron_time_cut.after_ns": 0.0},
    on=lambda values: {"tracking.neutron_time_cut.after_ns": values["after_ns"]},
    parameters={"after_ns": Parameter(150.0, "ns", "neutrons later than it are not followed")},
    off_where_named=True,
    touches="what late neutrons leave: gammas of captures, microseconds after the event, and their number",
    observables=(KILLED,),
)
