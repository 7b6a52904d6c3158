"""A neutron's life: from collision to collision, down to thermal energies, until it is captured.

What it knows of nuclei is a toy: see simkit.physics.neutron. Nuclei that recoil, and charged particles that a
capture sets free, deposit their energy where they are.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from simkit.geometry import NEVER, OUTSIDE, distance_to_boundary
from simkit.jit import inlined, kernel
from simkit.particles import GAMMA, NEUTRON
from simkit.physics.deexcitation import gammas_of, next_share, recoil_of_gamma, sample_evaporated
from simkit.physics.directions import deflect, sample_azimuth, sample_isotropic
from simkit.physics.elementary import quick_log
from simkit.physics.neutron.elastic import sample_elastic
from simkit.physics.neutron.inelastic import (
    MEV_PER_GAMMA,
    MOST_GAMMAS,
    leave_excited,
    sample_continuum,
    sample_level,
)
from simkit.physics.neutron.nuclei import HIGHEST_ENERGY, THERMAL_ENERGY
from simkit.physics.neutron.tables import (
    CAPTURE,
    CONTINUUM_FROM,
    FIRST_LEVEL,
    INELASTIC,
    LEAST,
    LOCAL,
    MASS,
    MOST,
    N_LEVELS,
    NUCLEONS,
    PEAK,
    RELEASED,
    SEPARATION,
    NeutronTables,
    build_neutron_tables,
    choose,
    total_cross_section,
)
from simkit.physics.quenching import BY_ALPHA, BY_NUCLEUS
from simkit.processes import HADRON_ELASTIC, NEUTRON_CAPTURE, NEUTRON_INELASTIC
from simkit.rng import uniform
from simkit.tally import (
    NULL_INTERACTIONS,
    REST_MASS,
    book,
    book_escape,
    count,
    count_interaction,
    count_step,
    enter_step,
)
from simkit.tracking.policies import goes_on
from simkit.tracks import advanced, daughter, slowness, turned
from simkit.transport.life import BEGIN, STEP
from simkit.transport.lives.parts import Life, WorldParts
from simkit.transport.secondaries import Birth, emit_above, leave, recoil_proton
from simkit.units import NEUTRON_MASS

KINDS = (NEUTRON,)


class NeutronLife(NamedTuple):
    """What a neutron's life reads.

    least_gamma: MeV, below which a gamma is deposited where it is made; least_proton: float64[couples], below
    which a recoiling proton is.
    """

    geometry: Any
    readout: Any
    tables: NeutronTables
    least_gamma: float
    least_proton: np.ndarray
    policies: tuple[Any, ...]


class NeutronState(NamedTuple):
    """children: how many secondaries it has made."""

    children: int


def build_life(parts: WorldParts, least_proton: np.ndarray | None = None) -> NeutronLife:
    """Return what the neutrons of a world read; None: no protons are followed in it."""
    on = parts.scenario.physics.processes
    return NeutronLife(
        geometry=parts.detector.params,
        readout=parts.detector.readout,
        tables=build_neutron_tables(
            [couple.material for couple in parts.couples], (on.hadElastic, on.hadInelastic, on.nCapture)
        ),
        least_gamma=parts.thresholds.tracking_cut,
        least_proton=np.full(len(parts.couples), np.inf) if least_proton is None else least_proton,
        policies=parts.policies,
    )


def _begin(life, track):
    return NeutronState(0)


def take_step(life, tally, stacks, rng, track, state):
    """Fly to a boundary or to a collision, and make what that makes."""
    region = life.geometry.volume_region[track.volume]
    couple = life.geometry.volume_couple[track.volume]
    enter_step(tally, track.kind, region)
    if not goes_on(life.policies, tally, track):
        return track, state, False
    total = total_cross_section(life.tables, couple, track.energy)
    distance = -quick_log(uniform(rng)) / total if total > 0.0 else NEVER
    boundary, next_volume = distance_to_boundary(
        life.geometry, track.volume, track.x, track.y, track.z, track.u, track.v, track.w
    )
    count_step(tally, track.slot, track.kind, region)
    pace = slowness(track.energy, NEUTRON_MASS)
    if boundary <= distance:
        track = advanced(track, boundary, next_volume, pace)
        if next_volume == OUTSIDE:
            count_step(tally, track.slot, track.kind, tally.regions - 1)
            book_escape(tally, track)
        return track, state, next_volume != OUTSIDE
    track = advanced(track, distance, track.volume, pace)
    element, process = choose(rng, life.tables, couple, track.energy)
    if process == CAPTURE:
        _capture(life, tally, stacks, rng, track, state.children, couple, element, region)
        return track, state, False
    mass = life.tables.nuclei[couple, element, MASS]
    in_reach = track.energy * mass > life.tables.nuclei[couple, element, FIRST_LEVEL] * (mass + 1.0)
    if process == INELASTIC:
        if not in_reach:  # between nodes of the tables
            count(tally, track.slot, NULL_INTERACTIONS, 1)
            return track, state, True
        track, children = _scatter_inelastically(
            life, tally, stacks, rng, track, state.children, couple, element, region
        )
        return track, NeutronState(children), True
    track, children = _scatter_elastically(
        life, tally, stacks, rng, track, state.children, couple, element, region
    )
    return track, NeutronState(children), True


@inlined
def _scatter_elastically(life, tally, stacks, rng, track, children, couple, element, region):
    """Scatter off a nucleus at rest; a thermal neutron keeps its energy and forgets its direction.

    Returns (track, children).
    """
    count_interaction(tally, track.slot, HADRON_ELASTIC)
    nuclei = life.tables.nuclei
    ca, sa = sample_azimuth(rng)
    if track.energy <= THERMAL_ENERGY:
        u, v, w = deflect(2.0 * uniform(rng) - 1.0, ca, sa, track.u, track.v, track.w)
        return turned(track, track.energy, u, v, w), children
    energy, cosine = sample_elastic(
        rng, track.energy, nuclei[couple, element, MASS], nuclei[couple, element, PEAK]
    )
    energy = max(energy, THERMAL_ENERGY)
    given = track.energy - energy
    u, v, w = deflect(cosine, ca, sa, track.u, track.v, track.w)
    scattered = turned(track, energy, u, v, w)
    if nuclei[couple, element, NUCLEONS] < 2.0:
        birth = Birth(life.readout, life.policies, life.least_gamma, life.least_proton[couple])
        return scattered, recoil_proton(
            birth, tally, stacks, rng, track, scattered, children, region, given, NEUTRON_MASS
        )
    leave(life.readout, tally, track, region, given, BY_NUCLEUS)
    return scattered, children


@kernel
def _scatter_inelastically(life, tally, stacks, rng, track, children, couple, element, region):
    """Leave the nucleus excited; it calms down by gammas, or first by another neutron.

    Returns (track, children).
    """
    count_interaction(tally, track.slot, NEUTRON_INELASTIC)
    nuclei = life.tables.nuclei
    mass, nucleons = nuclei[couple, element, MASS], nuclei[couple, element, NUCLEONS]
    reduced = mass / (mass + 1.0)
    available = track.energy * reduced
    lowest = nuclei[couple, element, FIRST_LEVEL]
    evaporates = available > nuclei[couple, element, CONTINUUM_FROM]
    if evaporates:
        out = sample_continuum(rng, nucleons, available, (available - lowest) * reduced)
        excitation = available - out / reduced
    else:
        levels = int(nuclei[couple, element, N_LEVELS])
        excitation = sample_level(rng, nuclei, couple, element, FIRST_LEVEL, levels, available)
    energy, cosine = leave_excited(rng, track.energy, mass, excitation)
    energy = max(energy, THERMAL_ENERGY)
    recoil = track.energy - energy - excitation
    ca, sa = sample_azimuth(rng)
    u, v, w = deflect(cosine, ca, sa, track.u, track.v, track.w)
    gammas = gammas_of(excitation, MEV_PER_GAMMA, MOST_GAMMAS) if evaporates else 1  # a level's is one
    if evaporates and excitation > nuclei[couple, element, SEPARATION]:
        excitation -= nuclei[couple, element, SEPARATION]
        book(tally, track.slot, REST_MASS, -nuclei[couple, element, SEPARATION], track.weight)
        second = sample_evaporated(rng, nucleons, excitation, excitation)
        a, b, c = sample_isotropic(rng)
        children += 1
        neutron = daughter(track, children, NEUTRON, second, a, b, c)
        emit_above(THERMAL_ENERGY, life.policies, life.readout, tally, stacks, rng, neutron, region)
        excitation -= second
        gammas = gammas_of(excitation, MEV_PER_GAMMA, MOST_GAMMAS)
    elif not evaporates and excitation > lowest:  # to the first level, and from there
        children, more = _calm_down(
            life, tally, stacks, rng, track, children, region, excitation - lowest, 1, mass
        )
        recoil += more
        excitation = lowest
    children, more = _calm_down(life, tally, stacks, rng, track, children, region, excitation, gammas, mass)
    leave(life.readout, tally, track, region, recoil + more, BY_NUCLEUS)
    return turned(track, energy, u, v, w), children


@kernel
def _capture(life, tally, stacks, rng, track, children, couple, element, region):
    """End in a nucleus, whose gammas share what that sets free."""
    count_interaction(tally, track.slot, NEUTRON_CAPTURE)
    nuclei = life.tables.nuclei
    released, local = nuclei[couple, element, RELEASED], nuclei[couple, element, LOCAL]
    book(tally, track.slot, REST_MASS, released, track.weight)
    left = track.energy + local
    least, most = nuclei[couple, element, LEAST], nuclei[couple, element, MOST]
    gammas = int(least + uniform(rng) * (most - least + 1.0))
    if gammas > 0:
        mass = nuclei[couple, element, MASS] + 1.0
        _, recoil = _calm_down(
            life, tally, stacks, rng, track, children, region, released - local, gammas, mass
        )
        left += recoil
    leave(life.readout, tally, track, region, left, BY_ALPHA if local > 0.0 else BY_NUCLEUS)


@kernel
def _calm_down(life, tally, stacks, rng, track, children, region, excitation, gammas, mass):
    """Make the gammas of an excited nucleus (MeV; mass in neutron masses), which recoils.

    Returns (children, energy of its recoils).
    """
    left, recoils = excitation, 0.0
    for others in range(gammas, 0, -1):
        energy = next_share(rng, left, others)
        left -= energy
        recoil = recoil_of_gamma(energy, mass)
        recoils += recoil
        a, b, c = sample_isotropic(rng)
        children += 1
        photon = daughter(track, children, GAMMA, energy - recoil, a, b, c)
        emit_above(life.least_gamma, life.policies, life.readout, tally, stacks, rng, photon, region)
    return children, recoils


BEGIN[NeutronLife] = _begin
STEP[NeutronLife] = take_step

LIFE = Life("neutron", KINDS, build_life, highest_MeV=HIGHEST_ENERGY)
