"""A charged hadron's nature: it collides with nuclei, decays, and is captured at rest.

A toy: see simkit.physics.hadronic.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simkit.jit import kernel
from simkit.particles import (
    ANTIMUON,
    ANTINEUTRON,
    ANTIPROTON,
    KAON_LONG,
    KAON_MINUS,
    KAON_PLUS,
    KAON_SHORT,
    MUON,
    NEUTRON,
    PARTICLES,
    PION_MINUS,
    PION_PLUS,
    PROTON,
    species,
)
from simkit.physics.elementary import quick_log
from simkit.physics.grid import ENERGY_GRID
from simkit.physics.hadronic.cross_sections import per_mm
from simkit.physics.hadronic.model import hadron_model
from simkit.physics.hadronic.targets import build_targets
from simkit.physics.heavy.tables import DECAY_SIGMA, FIRST_SIGMA, Extra, Member, Switches, build_heavy_tables
from simkit.processes import HADRON_IONISATION
from simkit.rng import uniform
from simkit.tracks import later
from simkit.transport.lives.hadron_collision import Collisions, capture, collide, scatter_elastically
from simkit.transport.lives.hadron_decay import decay
from simkit.transport.lives.hadron_kinds import lifetime_of
from simkit.transport.lives.heavy import INTERACT, STOP, HeavyLife, build_heavy_life
from simkit.transport.lives.parts import Life, WorldParts
from simkit.transport.secondaries import birth_by

MESONS = (PION_PLUS, PION_MINUS, KAON_PLUS, KAON_MINUS, KAON_LONG, KAON_SHORT)
MAKES = (*MESONS, MUON, ANTIMUON, PROTON, ANTIPROTON, NEUTRON, ANTINEUTRON)
"""What hadrons make: none of them is alone."""


class Hadron(NamedTuple):
    """collisions; decays, captures: whether one at rest does."""

    collisions: Collisions
    decays: bool
    captures: bool


CLASS_OF = {
    (PION_PLUS, PION_MINUS): "pion",
    (KAON_PLUS, KAON_MINUS): "kaon",
    (PROTON,): "nucleon",
    (ANTIPROTON,): "antinucleon",
}
"""{a particle, and its antiparticle where that differs in nothing: the class of its cross sections}."""


def build_life(parts: WorldParts) -> HeavyLife:
    """Return what the charged hadrons of a world read."""
    physics = parts.scenario.physics
    on = physics.processes
    materials = [couple.material for couple in parts.couples]
    nothing = np.zeros_like(ENERGY_GRID)
    members = []
    for kinds, which in CLASS_OF.items():
        charge = species(PARTICLES[kinds[0]]).charge
        extras = [Extra(nothing, *per_mm(material, ENERGY_GRID, which, charge)) for material in materials]
        members.append(Member(kinds, extras, 0.0 if which in ("pion", "kaon") else 0.5))
    step_loss = min(max(0.2, physics.step_function[0]), 0.99)
    switches = Switches(on.hIoni, on.hadInelastic, on.hadElastic, on.Decay, on.msc)
    tables = build_heavy_tables(parts.couples, members, False, switches, step_loss)
    # which nucleus of a compound is hit depends little on the hadron
    collisions = Collisions(hadron_model(), build_targets(materials, "nucleon", 1))
    return build_heavy_life(
        parts, tables, Hadron(collisions, on.Decay, on.hadCaptureAtRest), HADRON_IONISATION, False
    )


def _interact(nature, life, tally, stacks, rng, track, children, couple, region, column):
    if column == FIRST_SIGMA:
        children, _ = collide(
            nature.collisions, birth_by(life, couple), tally, stacks, rng, track, children, couple, region
        )
        return track, children, False
    if column == DECAY_SIGMA:
        children = decay(birth_by(life, couple), tally, stacks, rng, track, children, region)
        return track, children, False
    track, children = scatter_elastically(
        nature.collisions, birth_by(life, couple), tally, stacks, rng, track, children, couple, region
    )
    return track, children, True


def _stop(nature, life, tally, stacks, rng, track, children, couple, region, where):
    _end(nature, life, tally, stacks, rng, track, children, couple, region)


@kernel
def _end(nature, life, tally, stacks, rng, track, children, couple, region):
    """Do what a hadron at rest does: negative ones are captured, now; mesons decay, later; a proton stays."""
    kind = track.kind
    if nature.captures and (kind in (PION_MINUS, KAON_MINUS, ANTIPROTON)):
        capture(
            nature.collisions, birth_by(life, couple), tally, stacks, rng, track, children, couple, region
        )
    elif nature.decays and kind != PROTON and kind != ANTIPROTON:
        track = later(track, -lifetime_of(kind) * quick_log(uniform(rng)))
        decay(birth_by(life, couple), tally, stacks, rng, track, children, region)


INTERACT[Hadron] = _interact
STOP[Hadron] = _stop


LIFE = Life("hadron", tuple(kind for kinds in CLASS_OF for kind in kinds), build_life, MAKES)
