"""What a hadron does to a nucleus, and what becomes of it: the parts of simkit.physics.hadronic put together.

Every collision shares the energy that comes in, the hadron's kinetic energy and its mass where it ends, among
the leading particle, pions, nucleons knocked out, what is evaporated, gammas, and binding energy, which is
booked as rest mass. Charge and nucleons balance: the nucleus takes what the particles leave over. That a
proton differs in mass from a neutron is left out of this balance, but for pions captured by hydrogen.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from simkit.jit import kernel
from simkit.particles import (
    GAMMA,
    KAON_LONG,
    KAON_MINUS,
    KAON_PLUS,
    KAON_SHORT,
    NEUTRAL_PION,
    NEUTRON,
    PION_MINUS,
    PION_PLUS,
    PROTON,
)
from simkit.physics.decays import decay_momentum
from simkit.physics.deexcitation import next_share
from simkit.physics.directions import deflect, momentum_of, sample_azimuth, sample_isotropic
from simkit.physics.hadronic.angles import sample_forward_cosine
from simkit.physics.hadronic.cascade import sample_nuclear_energy
from simkit.physics.hadronic.elastic import sample_elastic
from simkit.physics.hadronic.leading import (
    absorption_probability,
    annihilation_probability,
    sample_elasticity,
)
from simkit.physics.hadronic.model import Model
from simkit.physics.hadronic.pions import (
    CHARGED_PION_MASS,
    NEUTRAL_PION_MASS,
    NUCLEON_MASS,
    sample_charge,
    sample_number,
)
from simkit.physics.hadronic.targets import BARRIER, MASS, NUCLEONS, PROTONS, RISE, SEPARATION, SLOPE, Targets
from simkit.physics.quenching import BY_NUCLEUS
from simkit.physics.target_element import sample_target
from simkit.processes import HADRON_CAPTURE, HADRON_ELASTIC, HADRON_INELASTIC
from simkit.rng import uniform
from simkit.tally import REST_MASS, book, count_interaction
from simkit.tracks import daughter, turned
from simkit.transport.lives.disintegration import HitNucleus, disintegrate
from simkit.transport.lives.hadron_kinds import charge_of, is_antinucleon, is_nucleon, is_pion, mass_of
from simkit.transport.lives.hadron_release import release
from simkit.transport.secondaries import emit_above, leave, recoil_proton

PANOFSKY_RATIO = 1.546
"""pi- p -> pi0 n to gamma n, at rest: J. Spuller et al., Phys. Lett. B 67 (1977) 479."""


class Collisions(NamedTuple):
    """What collisions of a class of hadrons read."""

    model: Model
    targets: Targets


@kernel
def _nucleus(rng, targets, couple, energy):
    """Choose the nucleus that a hadron of an energy (MeV) meets."""
    row = targets.rows[sample_target(rng, energy, targets.shares, couple)]
    return HitNucleus(int(row[PROTONS]), int(row[NUCLEONS]), row[SEPARATION], row[BARRIER])


@kernel
def scatter_elastically(collisions, birth, tally, stacks, rng, track, children, couple, region):
    """Scatter elastically; the nucleus leaves what it is given where it is, but a proton recoils.

    Returns (track, children).
    """
    count_interaction(tally, track.slot, HADRON_ELASTIC)
    row = collisions.targets.rows[sample_target(rng, track.energy, collisions.targets.elastic, couple)]
    given, cosine = sample_elastic(rng, track.energy, mass_of(track.kind), row[MASS], row[SLOPE], row[RISE])
    ca, sa = sample_azimuth(rng)
    u, v, w = deflect(cosine, ca, sa, track.u, track.v, track.w)
    scattered = turned(track, track.energy - given, u, v, w)
    if row[NUCLEONS] < 2.0:
        return scattered, recoil_proton(
            birth, tally, stacks, rng, track, scattered, children, region, given, mass_of(track.kind)
        )
    leave(birth.readout, tally, track, region, given, BY_NUCLEUS)
    return scattered, children


@kernel
def collide(collisions, birth, tally, stacks, rng, track, children, couple, region):
    """Collide inelastically; the track ends. Returns (children, the nucleus that stays)."""
    count_interaction(tally, track.slot, HADRON_INELASTIC)
    nucleus = _nucleus(rng, collisions.targets, couple, track.energy)
    goes_on = True
    if is_antinucleon(track.kind):
        goes_on = uniform(rng) >= annihilation_probability(collisions.model, track.energy)
    elif is_pion(track.kind) and nucleus.nucleons > 3:
        goes_on = uniform(rng) >= absorption_probability(collisions.model, track.energy)
    return break_up(collisions.model, nucleus, goes_on, birth, tally, stacks, rng, track, children, region)


@kernel
def capture(collisions, birth, tally, stacks, rng, track, children, couple, region):
    """End a negative hadron at rest in a nucleus. Returns (children, the nucleus that stays)."""
    count_interaction(tally, track.slot, HADRON_CAPTURE)
    nucleus = _nucleus(rng, collisions.targets, couple, collisions.model.least_knocking)
    for _ in range(100):  # hydrogen hands it on to heavier atoms
        if nucleus.nucleons > 3:
            break
        nucleus = _nucleus(rng, collisions.targets, couple, collisions.model.least_knocking)
    u, v, w = sample_isotropic(rng)  # which way it came is forgotten
    track = turned(track, track.energy, u, v, w)
    if nucleus.nucleons == 1 and track.kind == PION_MINUS:
        children = _lose_charge(birth, tally, stacks, rng, track, children, region)
        return children, HitNucleus(0, 0, nucleus.separation, nucleus.barrier)
    return break_up(collisions.model, nucleus, False, birth, tally, stacks, rng, track, children, region)


@kernel
def _lose_charge(birth, tally, stacks, rng, track, children, region):
    """Let a pi- at rest and a proton become a neutron and a pi0 or a photon. Returns children."""
    available = mass_of(PION_MINUS) + mass_of(PROTON)
    kind, mass = GAMMA, 0.0
    if uniform(rng) * (1.0 + PANOFSKY_RATIO) < PANOFSKY_RATIO:
        kind, mass = NEUTRAL_PION, NEUTRAL_PION_MASS
    neutron = mass_of(NEUTRON)
    momentum = decay_momentum(available, mass, neutron)
    energy = math.sqrt(momentum * momentum + neutron * neutron) - neutron
    book(tally, track.slot, REST_MASS, available - neutron, track.weight)
    children, _ = release(birth, tally, stacks, rng, track, children, region, NEUTRON, energy, -1.0)
    energy = available - neutron - energy - mass
    if kind == NEUTRAL_PION:
        children, _ = release(birth, tally, stacks, rng, track, children, region, kind, energy, 1.0)
        return children
    photon = daughter(track, children + 1, GAMMA, energy, track.u, track.v, track.w)
    emit_above(birth.tracking_cut, birth.policies, birth.readout, tally, stacks, rng, photon, region)
    return children + 1


@kernel
def break_up(model, nucleus, goes_on, birth, tally, stacks, rng, track, children, region):
    """Share the energy of a hadron that meets a nucleus. Returns (children, the nucleus that stays).

    goes_on: whether the hadron does; else its mass is shared too, an antinucleon's with that of a nucleon.
    """
    kind = track.kind
    protons, nucleons = nucleus.protons, nucleus.nucleons
    available, excess, made = track.energy, charge_of(kind), 0.0
    annihilates = False
    if not goes_on:
        made = mass_of(kind)
        if is_antinucleon(kind):
            annihilates = True
            made = 2.0 * NUCLEON_MASS
            proton = int(uniform(rng) * nucleons < protons)
            protons -= proton
            excess += proton
            nucleons -= 1
        available += made
    given = 0.0
    if is_pion(kind) and not goes_on:
        given = available
    elif nucleons > 0:
        given = sample_nuclear_energy(rng, model, available, nucleons)
    left = available - given
    leading = 0.0
    if goes_on:
        leading = left * sample_elasticity(rng, model)
        left -= leading
    pions = sample_number(rng, model, left, annihilates)
    if pions == 0:
        if nucleons > 0:
            given += left
        else:
            leading += left
        left = 0.0
    if goes_on:
        exchanged = kind
        if uniform(rng) < model.exchange:
            exchanged = _exchange(rng, kind)
        rest = excess - charge_of(exchanged)
        if pions == 0 and not 0 <= protons + rest <= nucleons:
            exchanged, rest = kind, excess - charge_of(kind)
        heavier = 0.0 if is_nucleon(kind) or is_antinucleon(kind) else mass_of(exchanged) - mass_of(kind)
        if leading < heavier:
            exchanged, rest, heavier = kind, excess - charge_of(kind), 0.0
        made -= heavier
        excess = rest
        cosine = sample_forward_cosine(
            rng, momentum_of(leading - heavier, mass_of(exchanged)), model.transverse
        )
        children, massive = release(
            birth, tally, stacks, rng, track, children, region, exchanged, leading - heavier, cosine
        )
        made += massive
    if pions > 0:
        children, excess, massive = _make_pions(
            model, birth, tally, stacks, rng, track, children, region, pions, left, excess, protons, nucleons
        )
        made -= massive
    # what stays counts what is knocked out only
    children, protons, nucleons, bound = disintegrate(
        model, nucleus, birth, tally, stacks, rng, track, children, region, given, protons + excess, nucleons
    )
    book(tally, track.slot, REST_MASS, made - bound, track.weight)
    return children, HitNucleus(protons, nucleons, nucleus.separation, nucleus.barrier)


@kernel
def _exchange(rng, kind):
    """Return what a hadron is after it changed its charge by one."""
    if kind in (PION_PLUS, PION_MINUS):
        return NEUTRAL_PION
    if kind in (KAON_PLUS, KAON_MINUS):
        return KAON_LONG if uniform(rng) < 0.5 else KAON_SHORT
    if kind in (KAON_LONG, KAON_SHORT):
        return KAON_PLUS if uniform(rng) < 0.5 else KAON_MINUS
    if kind == PROTON:
        return NEUTRON
    if kind == NEUTRON:
        return PROTON
    return kind


@kernel
def _make_pions(
    model, birth, tally, stacks, rng, track, children, region, pions, energy, excess, protons, nucleons
):
    """Make pions of a total energy (MeV), and of what the nucleus may not take of the charge.

    Returns (children, charge left over, mass that the charged ones have).
    """
    left = energy - pions * CHARGED_PION_MASS
    massive = 0.0
    for others in range(pions - 1, -1, -1):
        kinetic = next_share(rng, left, others + 1)
        left -= kinetic
        charge = sample_charge(rng, model, others, excess, protons, nucleons)
        kind = NEUTRAL_PION
        if charge != 0:
            kind = PION_PLUS if charge > 0 else PION_MINUS
            massive += CHARGED_PION_MASS
        else:
            kinetic += CHARGED_PION_MASS - NEUTRAL_PION_MASS
        excess -= charge
        cosine = sample_forward_cosine(rng, momentum_of(kinetic, mass_of(kind)), model.transverse)
        children, _ = release(birth, tally, stacks, rng, track, children, region, kind, kinetic, cosine)
    return children, excess, massive
