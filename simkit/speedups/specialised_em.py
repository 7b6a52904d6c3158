"""Specialised transport of electrons and positrons, in place of a step that asks every process in turn."""

from __future__ import annotations

from simkit.speedups.speedup import CATANIA, Claim, Speedup

SPEEDUP = Speedup(
    name="specialised-em",
    title="Specialised e- and e+ transport",
    claim=Claim(
        text="7-8 % less CPU time from G4HepEm's specialised e/gamma transport, of which this is a part",
        source=CATANIA,
        cpu_percent=(7.0, 8.0),
    ),
    off=lambda values: {"engine.em": "generic"},
    on=lambda values: {"engine.em": "specialised"},
    parameters={},
    off_where_named=True,
    touches="nothing: the summed cross section is sampled instead of each process's own",
)
