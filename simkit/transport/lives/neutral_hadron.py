"""A neutral hadron's life: straight to a collision, a decay or a boundary.

A toy: see simkit.physics.hadronic.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from simkit.geometry import NEVER, OUTSIDE, distance_to_boundary
from simkit.jit import merged
from simkit.particles import ANTINEUTRON, KAON_LONG, KAON_SHORT, NEUTRAL_PION, NEUTRON, PARTICLES, species
from simkit.physics.elementary import quick_log
from simkit.physics.grid import ENERGY_GRID, N_NODES
from simkit.physics.hadronic.cross_sections import CLASSES, per_mm
from simkit.physics.hadronic.model import hadron_model
from simkit.physics.hadronic.targets import build_targets
from simkit.physics.tables import column
from simkit.rng import uniform
from simkit.tally import NULL_INTERACTIONS, book_escape, count, count_step, enter_step
from simkit.tracking.policies import goes_on
from simkit.tracking.range_cut import HeavyThresholds
from simkit.tracks import advanced, slowness
from simkit.transport.life import BEGIN, STEP
from simkit.transport.lives import neutron
from simkit.transport.lives.hadron import MAKES
from simkit.transport.lives.hadron_collision import Collisions, collide, scatter_elastically
from simkit.transport.lives.hadron_decay import decay
from simkit.transport.lives.hadron_kinds import mass_of
from simkit.transport.lives.neutron import NeutronLife, NeutronState
from simkit.transport.lives.parts import Life, WorldParts
from simkit.transport.secondaries import birth_by
from simkit.units import SPEED_OF_LIGHT

KINDS = (NEUTRAL_PION, KAON_LONG, KAON_SHORT, ANTINEUTRON, NEUTRON)
_CLASSES = {
    NEUTRAL_PION: "pion",
    KAON_LONG: "kaon",
    KAON_SHORT: "kaon",
    ANTINEUTRON: "antinucleon",
    NEUTRON: "nucleon",
}
INELASTIC, ELASTIC, N_COLUMNS = range(3)
SLOW = neutron.LIFE.highest_MeV

take_slow_step = merged(neutron.take_step)


class NeutralLife(NamedTuple):
    """What a neutral hadron's life reads.

    place: int64[kinds], its number among CLASSES; sigma: float64[classes * couples, N_NODES, 2], cross
    sections (1/mm); decay: 1 / (c lifetime) (1/mm), by kind; slow: what neutrons read from SLOW (MeV) down.
    """

    geometry: Any
    readout: Any
    place: np.ndarray
    sigma: np.ndarray
    decay: np.ndarray
    collisions: Collisions
    couples: int
    slow: NeutronLife
    thresholds: HeavyThresholds
    policies: tuple[Any, ...]


def build_life(parts: WorldParts) -> NeutralLife:
    """Return what the neutral hadrons of a world read."""
    on = parts.scenario.physics.processes
    materials = [couple.material for couple in parts.couples]
    sigma = np.zeros((len(CLASSES) * len(materials), N_NODES, N_COLUMNS))
    for number, which in enumerate(CLASSES):
        for couple, material in enumerate(materials):
            inelastic, elastic = per_mm(material, ENERGY_GRID, which, 0)
            row = sigma[number * len(materials) + couple]
            row[:, INELASTIC] = inelastic if on.hadInelastic else 0.0
            row[:, ELASTIC] = elastic if on.hadElastic else 0.0
    place, rates = np.zeros(len(PARTICLES), dtype=np.int64), np.zeros(len(PARTICLES))
    for kind in KINDS:
        place[kind] = CLASSES.index(_CLASSES[kind])
        rates[kind] = on.Decay / (species(PARTICLES[kind]).lifetime * SPEED_OF_LIGHT)
    rates[[NEUTRON, ANTINEUTRON]] = 0.0
    return NeutralLife(
        geometry=parts.detector.params,
        readout=parts.detector.readout,
        place=place,
        sigma=sigma,
        decay=rates,
        # which nucleus is hit depends little on the hadron
        collisions=Collisions(hadron_model(), build_targets(materials, "nucleon", 0)),
        couples=len(materials),
        slow=neutron.build_life(parts, parts.heavy_thresholds.proton),
        thresholds=parts.heavy_thresholds,
        policies=parts.policies,
    )


def _begin(life, track):
    return NeutronState(0)


def take_step(life, tally, stacks, rng, track, state):
    """Fly to a boundary or to what happens first, and let it happen."""
    if track.kind == NEUTRON and track.energy <= SLOW:
        return take_slow_step(life.slow, tally, stacks, rng, track, state)
    region = life.geometry.volume_region[track.volume]
    couple = life.geometry.volume_couple[track.volume]
    enter_step(tally, track.kind, region)
    if not goes_on(life.policies, tally, track):
        return track, state, False
    mass = mass_of(track.kind)
    row = life.place[track.kind] * life.couples + couple
    inelastic = column(life.sigma, row, track.energy, INELASTIC)
    elastic = column(life.sigma, row, track.energy, ELASTIC)
    if track.kind == NEUTRAL_PION:
        inelastic, elastic = 0.0, 0.0
    decays = life.decay[track.kind] * mass / max(math.sqrt(track.energy * (track.energy + 2.0 * mass)), 1e-9)
    total = inelastic + elastic + decays
    distance = -quick_log(uniform(rng)) / total if total > 0.0 else NEVER
    boundary, next_volume = distance_to_boundary(
        life.geometry, track.volume, track.x, track.y, track.z, track.u, track.v, track.w
    )
    count_step(tally, track.slot, track.kind, region)
    pace = slowness(max(track.energy, 1e-9), mass)
    if boundary <= distance:
        track = advanced(track, boundary, next_volume, pace)
        if next_volume == OUTSIDE:
            count_step(tally, track.slot, track.kind, tally.regions - 1)
            book_escape(tally, track)
        return track, state, next_volume != OUTSIDE
    track = advanced(track, distance, track.volume, pace)
    chance = uniform(rng) * total
    if chance < inelastic:
        children, _ = collide(
            life.collisions, birth_by(life, couple), tally, stacks, rng, track, state.children, couple, region
        )
        return track, NeutronState(children), False
    if chance < inelastic + elastic:
        track, children = scatter_elastically(
            life.collisions, birth_by(life, couple), tally, stacks, rng, track, state.children, couple, region
        )
        return track, NeutronState(children), True
    if decays <= 0.0:  # a rounding error
        count(tally, track.slot, NULL_INTERACTIONS, 1)
        return track, state, True
    children = decay(birth_by(life, couple), tally, stacks, rng, track, state.children, region)
    return track, NeutronState(children), False


BEGIN[NeutralLife] = _begin
STEP[NeutralLife] = take_step

LIFE = Life("neutral_hadron", KINDS, build_life, MAKES)
