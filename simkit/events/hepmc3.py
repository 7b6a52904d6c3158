"""HepMC3 ascii files, plain or gzipped, read as primaries.

A. Buckley et al., "The HepMC3 event record library for Monte Carlo event generators", Comput. Phys. Commun.
260 (2021) 107310.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyhepmc

from simkit.errors import BadInput
from simkit.events.event_check import MEND
from simkit.events.event_text import EventText, read_event_texts
from simkit.events.primaries import ELECTRON, GAMMA, POSITRON, Events, Primaries
from simkit.units import ELECTRON_MASS, GeV, cm

FINAL_STATE = 1
MASSES = {GAMMA: 0.0, ELECTRON: ELECTRON_MASS, POSITRON: ELECTRON_MASS}  # of what is transported


def read_hepmc3(
    path: str | Path,
    n_events: int | None = None,
    *,
    eta_max: float | None = None,
    energy_min_MeV: float = 0.0,
) -> Events:
    """Return the first `n_events` events (all of them for None) of a HepMC3 ascii file.

    Final-state particles (status 1) start at their production vertex. Gammas, electrons and positrons
    become primaries; a primary's number is its id in the file. Cuts, on every species: |eta| of the momentum
    not above `eta_max`, kinetic energy not below `energy_min_MeV`. The units of the file are honoured.

    Raises BadInput for a file that is missing, damaged, cut short or not HepMC3, that holds fewer events
    than asked for, or that has a number in it that is not finite.
    """
    columns: dict[str, list[Any]] = {name: [] for name in Primaries._fields}
    untransported: list[dict[str, float]] = []
    outside_cuts: list[dict[str, float]] = []
    for index, text in enumerate(read_event_texts(Path(path), n_events)):
        species: dict[str, float] = {}
        removed: dict[str, float] = {}
        for row in _final_state(_parse(text)):
            if abs(row.eta) > (math.inf if eta_max is None else eta_max) or row.kinetic < energy_min_MeV:
                removed[row.species] = removed.get(row.species, 0.0) + row.energy
            elif row.pdg in MASSES:
                values = (index, row.number, row.pdg, row.kinetic, *row.position, *row.direction)
                for name, value in zip(Primaries._fields, values):
                    columns[name].append(value)
            else:
                species[row.species] = species.get(row.species, 0.0) + row.energy
        untransported.append(species)
        outside_cuts.append(removed)
    types = dict.fromkeys(("event", "number", "pdg"), np.int64)
    arrays = (np.array(columns[name], dtype=types.get(name, np.float64)) for name in Primaries._fields)
    return Events(Primaries(*arrays), len(untransported), tuple(untransported), tuple(outside_cuts))


class _Particle(NamedTuple):
    """A final-state particle; energies in MeV, position in mm."""

    number: int
    pdg: int
    species: str
    eta: float
    kinetic: float
    energy: float
    position: tuple[float, float, float]
    direction: tuple[float, float, float]


def _parse(text: EventText) -> pyhepmc.GenEvent:
    event, reason = None, "its vertices and particles do not fit together"
    printing = pyhepmc.Setup.print_errors, pyhepmc.Setup.debug_level
    pyhepmc.Setup.print_errors, pyhepmc.Setup.debug_level = False, 0
    try:
        with pyhepmc.open(io.BytesIO(text.content)) as file:
            event = file.read()
    except RuntimeError as error:
        reason = str(error)
    finally:
        pyhepmc.Setup.print_errors, pyhepmc.Setup.debug_level = printing
    if event is None:
        raise BadInput(f"{text.where}: HepMC3 cannot read it: {reason}; {MEND}")
    return event


def _final_state(event: pyhepmc.GenEvent) -> Iterator[_Particle]:
    energy_unit = GeV if event.momentum_unit == pyhepmc.Units.GEV else 1.0
    length_unit = cm if event.length_unit == pyhepmc.Units.CM else 1.0
    for particle in event.particles:
        if particle.status != FINAL_STATE:
            continue
        momentum = particle.momentum
        px, py, pz = momentum.px * energy_unit, momentum.py * energy_unit, momentum.pz * energy_unit
        total = math.hypot(px, py, pz)
        if particle.pid in MASSES:
            # From the momentum, because energy and momentum in a file agree only to its digits.
            mass = MASSES[particle.pid]
            energy = math.hypot(total, mass)
            kinetic = total * (total / (energy + mass)) if total > 0.0 else 0.0
        else:
            energy = momentum.e * energy_unit
            kinetic = max(energy - particle.generated_mass * energy_unit, 0.0)
        vertex = particle.production_vertex
        place = event.event_pos() if vertex is None else vertex.position
        yield _Particle(
            particle.id,
            particle.pid,
            species_name(particle.pid),
            math.asinh(pz / math.hypot(px, py)) if px or py else math.copysign(math.inf, pz),
            kinetic,
            energy,
            (place.x * length_unit, place.y * length_unit, place.z * length_unit),
            (px / total, py / total, pz / total) if total > 0.0 else (0.0, 0.0, 1.0),
        )


@cache
def species_name(pdg: int) -> str:
    """Return the name of a species as in the PDG listings ("pi+", "nu(mu)", "gamma"), by its PDG number."""
    from particle import InvalidParticle, Particle, ParticleNotFound

    try:
        return Particle.from_pdgid(pdg).name
    except (InvalidParticle, ParticleNotFound):
        return f"PDG {pdg}"
