"""HepMC3 ascii files, plain or gzipped, read as primaries.

A. Buckley et al., "The HepMC3 event record library for Monte Carlo event generators", Comput. Phys. Commun.
260 (2021) 107310.
"""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from simkit.events.event_lines import Particle
from simkit.events.listing import read_events
from simkit.events.not_simulated import NotSimulated
from simkit.events.primaries import ELECTRON, GAMMA, POSITRON, Events, Primaries
from simkit.units import ELECTRON_MASS

MASSES = {GAMMA: 0.0, ELECTRON: ELECTRON_MASS, POSITRON: ELECTRON_MASS}  # of what is transported
OFF_SHELL = 0.01, 1.0  # relative and in MeV; a massless electron of a matrix element is within


def read_hepmc3(
    path: str | Path,
    n_events: int | None = None,
    *,
    eta_max: float | None = None,
    energy_min_MeV: float = 0.0,
) -> Events:
    """Return the first `n_events` events (all of them for None) of a HepMC3 ascii file or pipe.

    Final-state particles (status 1) start at their production vertex. Gammas, electrons and positrons
    become primaries; a primary's number is its id in the file. Cuts, on every species: |eta| of the momentum
    not above `eta_max`, kinetic energy not below `energy_min_MeV`. The units of the file are honoured; what
    else is in the events and not simulated is counted in `not_simulated`.

    Raises BadInput for a file that is missing, damaged, cut short or not HepMC3, that holds fewer events
    than asked for, or that has a number in it that is not finite.
    """
    columns: dict[str, list[Any]] = {name: [] for name in Primaries._fields}
    untransported: list[dict[str, float]] = []
    outside_cuts: list[dict[str, float]] = []
    left_out = NotSimulated(events=0)
    for index, event in enumerate(read_events(Path(path), n_events)):
        left_out.add_event(event)
        species: dict[str, float] = {}
        removed: dict[str, float] = {}
        for particle in event.particles:
            px, py, pz = particle.momentum
            kinetic, energy = _energies(particle)
            if abs(energy - particle.energy) > OFF_SHELL[0] * energy + OFF_SHELL[1]:
                left_out.off_shell += 1
            eta = math.asinh(pz / math.hypot(px, py)) if px or py else math.copysign(math.inf, pz)
            if abs(eta) > (math.inf if eta_max is None else eta_max) or kinetic < energy_min_MeV:
                name = species_name(particle.pdg)
                removed[name] = removed.get(name, 0.0) + energy
            elif particle.pdg in MASSES:
                total = math.hypot(px, py, pz)
                direction = (px / total, py / total, pz / total) if total > 0.0 else (0.0, 0.0, 1.0)
                values = (index, particle.number, particle.pdg, kinetic, *particle.position, *direction)
                for column, value in zip(Primaries._fields, values):
                    columns[column].append(value)
            else:
                name = species_name(particle.pdg)
                species[name] = species.get(name, 0.0) + energy
        untransported.append(species)
        outside_cuts.append(removed)
    types = dict.fromkeys(("event", "number", "pdg"), np.int64)
    arrays = (np.array(columns[name], dtype=types.get(name, np.float64)) for name in Primaries._fields)
    return Events(Primaries(*arrays), len(untransported), tuple(untransported), tuple(outside_cuts), left_out)


def _energies(particle: Particle) -> tuple[float, float]:
    """Return kinetic and total energy (MeV).

    Of what is transported from the momentum, because energy and momentum in a file agree only to its digits.
    """
    if particle.pdg not in MASSES:
        return max(particle.energy - particle.mass, 0.0), particle.energy
    total, mass = math.hypot(*particle.momentum), MASSES[particle.pdg]
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
