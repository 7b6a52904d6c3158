"""HepMC3 ascii files, plain or gzipped, read as primaries.

A. Buckley et al., "The HepMC3 event record library for Monte Carlo event generators", Comput. Phys. Commun.
260 (2021) 107310.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, Field

from simkit.events.event_lines import ListedParticle
from simkit.events.listing import read_events
from simkit.events.not_simulated import NotSimulated
from simkit.events.pipes import file_problem
from simkit.events.primaries import Events, Primaries
from simkit.events.source import EventCount, Source
from simkit.events.stand_ins import stand_in
from simkit.particles import species as species_of
from simkit.sections import KeyPath
from simkit.units import SPEED_OF_LIGHT

SAMPLE = "ttbar_13p6TeV.hepmc3.gz"
OFF_SHELL = 0.01, 1.0  # relative and in MeV; a massless electron of a matrix element is within


def _as_text(value: Any) -> Any:
    return str(value) if hasattr(value, "__fspath__") else value


class HepMC3File(Source):
    """Final-state particles of the events in a HepMC3 file (plain or gzipped)."""

    source: Literal["hepmc3"]
    """Where events come from."""
    path: Annotated[str, BeforeValidator(_as_text)] = ""
    """The file, seen from the scenario's; empty: the packaged top-quark pair sample."""
    count: EventCount | None = None
    """Events, where -n does not say; without: all of the file."""
    eta_max: Annotated[float, Field(gt=0.0, le=100.0)] | None = None
    """Only particles with |eta| up to it; without: all."""
    energy_min_MeV: Annotated[float, Field(ge=0.0)] = 0.0
    """Only particles with kinetic energies from it on."""

    def problems(self) -> Iterator[tuple[KeyPath, str]]:
        """See simkit.sections.Section."""
        problem = self.path and file_problem(Path(self.path), "a HepMC3 file (.hepmc3, .gz)")
        if problem:
            yield ("path",), problem

    def load(self, n_events: int | None = None, seed: int = 1) -> Events:
        """See simkit.events.source.Source; a file knows no seed."""
        return read_hepmc3(
            self.path or packaged_sample(),
            self.count if n_events is None else n_events,
            eta_max=self.eta_max,
            energy_min_MeV=self.energy_min_MeV,
        )


def packaged_sample() -> Path:
    """Return the path of the packaged sample: 20 top-quark pair events at 13.6 TeV (data/README.md)."""
    with as_file(files("simkit.events") / "data" / SAMPLE) as path:
        return path


def read_hepmc3(
    path: str | Path,
    n_events: int | None = None,
    *,
    eta_max: float | None = None,
    energy_min_MeV: float = 0.0,
) -> Events:
    """Return the first `n_events` events (all of them for None) of a HepMC3 ascii file or pipe.

    Final-state particles (status 1) start at their production vertex, at its time. Those that a life follows
    become primaries, as do stand-ins of some others (simkit.events.stand_ins); a primary's number is its id
    in the file. Cuts, on every species: |eta| of the momentum not above `eta_max`, kinetic energy not below
    `energy_min_MeV`. The units of the file are honoured; what else is in the events and not simulated is
    counted in `not_simulated`.

    Raises BadInput for a file that is missing, damaged, cut short or not HepMC3, that holds fewer events
    than asked for, or that has a number in it that is not finite.
    """
    columns: dict[str, list[Any]] = {name: [] for name in Primaries._fields}
    untransported: list[dict[str, float]] = []
    outside_cuts: list[dict[str, float]] = []
    left_out = NotSimulated(events=0)
    from simkit.transport.lives import followed as names  # with the engine, which records do not need

    followed = {species_of(name).pdg: (species_of(name).mass, highest) for name, highest in names().items()}
    for index, event in enumerate(read_events(Path(path), n_events)):
        left_out.add_event(event)
        species: dict[str, float] = {}
        removed: dict[str, float] = {}
        for particle in event.particles:
            original = particle
            if particle.pdg not in followed and (nearest := stand_in(particle)):
                particle = nearest
            px, py, pz = particle.momentum
            kinetic, energy = _energies(particle, followed)
            if abs(energy - particle.energy) > OFF_SHELL[0] * energy + OFF_SHELL[1]:
                left_out.off_shell += 1
            left = energy if particle is original else original.energy
            eta = math.asinh(pz / math.hypot(px, py)) if px or py else math.copysign(math.inf, pz)
            if abs(eta) > (math.inf if eta_max is None else eta_max) or kinetic < energy_min_MeV:
                name = species_name(original.pdg)
                removed[name] = removed.get(name, 0.0) + left
            elif particle.pdg in followed and kinetic <= followed[particle.pdg][1]:
                total = math.hypot(px, py, pz)
                direction = (px / total, py / total, pz / total) if total > 0.0 else (0.0, 0.0, 1.0)
                *place, ct = particle.position
                start = (*place, *direction, ct / SPEED_OF_LIGHT)
                values = (index, particle.number, particle.pdg, kinetic, *start)
                for column, value in zip(Primaries._fields, values):
                    columns[column].append(value)
                if particle is not original:
                    left_out.add_stand_in(original, species_name(original.pdg), species_name(particle.pdg))
            else:
                name = species_name(original.pdg)
                species[name] = species.get(name, 0.0) + left
        untransported.append(species)
        outside_cuts.append(removed)
    types = dict.fromkeys(("event", "number", "pdg"), np.int64)
    arrays = (np.array(columns[name], dtype=types.get(name, np.float64)) for name in Primaries._fields)
    return Events(Primaries(*arrays), len(untransported), tuple(untransported), tuple(outside_cuts), left_out)


def _energies(particle: ListedParticle, followed: Mapping[int, tuple[float, float]]) -> tuple[float, float]:
    """Return kinetic and total energy (MeV).

    Of what is transported from the momentum, because energy and momentum in a file agree only to its digits.
    """
    if particle.pdg not in followed:
        return max(particle.energy - particle.mass, 0.0), particle.energy
    total, mass = math.hypot(*particle.momentum), followed[particle.pdg][0]
    energy = math.hypot(total, mass)
    return (total * (total / (energy + mass)) if total > 0.0 else 0.0), energy


@cache
def species_name(pdg: int) -> str:
    """Return the name of a species as in the PDG listings ("pi+", "nu(mu)", "gamma"), by its PDG number."""
    from particle import InvalidParticle, Particle, ParticleNotFound

    try:
        return Particle.from_pdgid(pdg).name
    except (InvalidParticle, ParticleNotFound):
        return f"PDG {pdg}"
