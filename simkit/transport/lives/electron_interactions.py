"""What electrons and positrons make: hard interactions, and annihilation where a positron ends."""

from __future__ import annotations

from simkit.jit import inlined, kernel
from simkit.particles import ELECTRON, GAMMA, POSITRON
from simkit.physics.annihilation import sample_annihilation
from simkit.physics.bremsstrahlung import sample_bremsstrahlung
from simkit.physics.directions import deflect, momentum, recoil, sample_azimuth
from simkit.physics.ionisation import sample_bhabha, sample_moller
from simkit.physics.quenching import BY_ELECTRON
from simkit.processes import ANNIHILATION, BREMSSTRAHLUNG, IONISATION
from simkit.rng import uniform
from simkit.tally import NULL_INTERACTIONS, REST_MASS, book, count, count_interaction
from simkit.tracking.hard_interaction import NOTHING, decide
from simkit.tracking.range_cut import least_photon
from simkit.tracks import daughter, turned
from simkit.transport.secondaries import emit, emit_above, leave
from simkit.units import ELECTRON_MASS


@inlined
def interact(life, tally, stacks, rng, track, children, couple, region, reach):
    """Make a hard interaction, unless the cross section at the energy left says that none happened.

    Returns (track, children, whether it goes on).
    """
    process = decide(life.hard, rng, life.tables.rows, reach.row, track.energy, reach.bounds, reach.process)
    if process == NOTHING:
        count(tally, track.slot, NULL_INTERACTIONS, 1)
        return track, children, True
    ca, sa = sample_azimuth(rng)
    if process == BREMSSTRAHLUNG:
        track, children = _radiate(life, tally, stacks, rng, track, children, couple, region, ca, sa)
        return track, children, True
    if process == IONISATION:
        track, children = _ionise(life, tally, stacks, rng, track, children, couple, region, ca, sa)
        return track, children, True
    _annihilate(life, tally, stacks, rng, track, children, couple, region, ca, sa)
    return track, children, False


@inlined
def _radiate(life, tally, stacks, rng, track, children, couple, region, ca, sa):
    energy, cosine = sample_bremsstrahlung(
        rng, track.energy, life.tables.bremsstrahlung, couple, track.kind == POSITRON
    )
    if energy <= 0.0:  # below the threshold, in the bin of the tables that holds it
        count(tally, track.slot, NULL_INTERACTIONS, 1)
        return track, children
    count_interaction(tally, track.slot, BREMSSTRAHLUNG)
    a, b, c = deflect(cosine, ca, sa, track.u, track.v, track.w)
    children += 1
    photon = daughter(track, children, GAMMA, energy, a, b, c)
    emit_above(life.thresholds.tracking_cut, life.policies, life.readout, tally, stacks, rng, photon, region)
    u, v, w = recoil(momentum(track.energy), track.u, track.v, track.w, energy, a, b, c)
    return turned(track, track.energy - energy, u, v, w), children


@inlined
def _ionise(life, tally, stacks, rng, track, children, couple, region, ca, sa):
    cut = life.tables.electron_cut[couple]
    if track.kind == POSITRON:
        delta, cosine = sample_bhabha(rng, track.energy, cut)
    else:
        delta, cosine = sample_moller(rng, track.energy, cut)
    if delta <= 0.0:
        count(tally, track.slot, NULL_INTERACTIONS, 1)
        return track, children
    count_interaction(tally, track.slot, IONISATION)
    a, b, c = deflect(cosine, ca, sa, track.u, track.v, track.w)
    if delta > life.thresholds.tracking_cut:
        children += 1
        emit(life.policies, tally, stacks, rng, daughter(track, children, ELECTRON, delta, a, b, c), region)
    else:
        leave(life.readout, tally, track, region, delta, BY_ELECTRON)
    u, v, w = recoil(momentum(track.energy), track.u, track.v, track.w, momentum(delta), a, b, c)
    return turned(track, track.energy - delta, u, v, w), children


@inlined
def _annihilate(life, tally, stacks, rng, track, children, couple, region, ca, sa):
    count_interaction(tally, track.slot, ANNIHILATION)
    book(tally, track.slot, REST_MASS, 2.0 * ELECTRON_MASS, track.weight)
    energy1, cos1, energy2, cos2 = sample_annihilation(rng, track.energy)
    least = least_photon(life.thresholds, couple)
    a, b, c = deflect(cos1, ca, sa, track.u, track.v, track.w)
    photon = daughter(track, children + 1, GAMMA, energy1, a, b, c)
    emit_above(least, life.policies, life.readout, tally, stacks, rng, photon, region)
    a, b, c = deflect(cos2, -ca, -sa, track.u, track.v, track.w)
    photon = daughter(track, children + 2, GAMMA, energy2, a, b, c)
    emit_above(least, life.policies, life.readout, tally, stacks, rng, photon, region)


@inlined
def end(life, tally, stacks, rng, track, children, couple, region):
    """End a track that has left its energy: a positron annihilates at rest."""
    if track.kind == POSITRON and life.thresholds.annihilation > 0.0:
        least = least_photon(life.thresholds, couple)
        _annihilate_at_rest(least, life.policies, life.readout, tally, stacks, rng, track, children, region)


@kernel
def _annihilate_at_rest(least, policies, readout, tally, stacks, rng, track, children, region):
    """Make two photons of 511 keV, the first in a random direction upwards, then its opposite."""
    count_interaction(tally, track.slot, ANNIHILATION)
    book(tally, track.slot, REST_MASS, 2.0 * ELECTRON_MASS, track.weight)
    ca, sa = sample_azimuth(rng)
    a, b, c = deflect(uniform(rng), ca, sa, 0.0, 0.0, 1.0)
    for number in range(2):
        sign = 1.0 - 2.0 * number
        photon = daughter(track, children + 1 + number, GAMMA, ELECTRON_MASS, sign * a, sign * b, sign * c)
        emit_above(least, policies, readout, tally, stacks, rng, photon, region)
