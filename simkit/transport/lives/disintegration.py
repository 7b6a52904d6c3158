"""A nucleus that was given energy: nucleons knocked out of it, what it evaporates, its gammas."""

from __future__ import annotations

from typing import NamedTuple

from simkit.jit import kernel
from simkit.particles import GAMMA, NEUTRON, PROTON
from simkit.physics.deexcitation import gammas_of, next_share, sample_evaporated
from simkit.physics.directions import sample_isotropic
from simkit.physics.elementary import exp
from simkit.physics.hadronic.angles import sample_sloped_cosine
from simkit.physics.hadronic.cascade import sample_knocked
from simkit.physics.quenching import BY_NUCLEUS
from simkit.rng import uniform
from simkit.tracks import daughter
from simkit.transport.lives.hadron_release import release
from simkit.transport.secondaries import emit_above, leave


class HitNucleus(NamedTuple):
    """A nucleus that is hit. separation, barrier: of a nucleon (MeV)."""

    protons: int
    nucleons: int
    separation: float
    barrier: float


@kernel
def disintegrate(
    model, nucleus, birth, tally, stacks, rng, track, children, region, energy, protons, nucleons
):
    """Share the energy given to a nucleus (MeV): nucleons knocked out, what is evaporated, gammas.

    Returns (children, protons and nucleons that stay here, binding energy spent).
    """
    separation = nucleus.separation
    bound = 0.0
    if nucleons == 1:  # a free nucleon
        if energy > 0.0:
            children = _knock_out(model, birth, tally, stacks, rng, track, children, region, protons, energy)
            return children, 0, 0, 0.0
        return children, protons, nucleons, 0.0
    knocked = 0
    excitation = energy
    if energy > model.least_knocking and nucleons > 1:
        outside = energy - min(model.excitation * energy, model.most_excitation * nucleons)
        knocked = sample_knocked(rng, model, outside, nucleons, separation)
        if knocked > 0:
            excitation -= outside
            bound = knocked * separation
            left = outside - bound
            for others in range(knocked - 1, -1, -1):
                kinetic = next_share(rng, left, others + 1)
                left -= kinetic
                charge = int(uniform(rng) * nucleons < protons)
                protons -= charge
                nucleons -= 1
                children = _knock_out(
                    model, birth, tally, stacks, rng, track, children, region, charge, kinetic
                )
    remaining, fragments = nucleons, 0  # protons below the cut stay here too, but are not evaporated again
    charged = exp(-nucleus.barrier / model.fragments)  # what is evaporated is, as one proton
    while remaining > 1 and excitation > separation:
        is_charged = uniform(rng) < charged
        if is_charged and (protons - fragments < 1 or excitation <= separation + nucleus.barrier):
            is_charged = False
        if not is_charged and remaining - (protons - fragments) < 1:
            break
        most = excitation - separation
        if is_charged:
            most -= nucleus.barrier
        kinetic = sample_evaporated(rng, remaining, most, most)
        remaining -= 1
        bound += separation
        kind, least = NEUTRON, 0.0
        if is_charged:
            kinetic += nucleus.barrier
            kind, least = PROTON, birth.least_proton
        if kinetic < least:
            fragments += 1
        else:
            nucleons -= 1
            protons -= int(is_charged)
        u, v, w = sample_isotropic(rng)
        children += 1
        one = daughter(track, children, kind, kinetic, u, v, w)
        emit_above(least, birth.policies, birth.readout, tally, stacks, rng, one, region)
        excitation -= separation + kinetic
    if excitation > 0.0 and remaining > 3:
        gammas = gammas_of(excitation, model.gamma, int(model.most_gammas))
        for sharing in range(gammas, 0, -1):
            photon = next_share(rng, excitation, sharing)
            excitation -= photon
            u, v, w = sample_isotropic(rng)
            children += 1
            one = daughter(track, children, GAMMA, photon, u, v, w)
            emit_above(birth.tracking_cut, birth.policies, birth.readout, tally, stacks, rng, one, region)
    else:
        leave(birth.readout, tally, track, region, excitation, BY_NUCLEUS)
    return children, protons, nucleons, bound


@kernel
def _knock_out(model, birth, tally, stacks, rng, track, children, region, charge, energy):
    """Set a nucleon free, forwards by preference. Returns children."""
    cosine = sample_sloped_cosine(rng, model.forwards)
    kind = PROTON if charge > 0 else NEUTRON
    children, _ = release(birth, tally, stacks, rng, track, children, region, kind, energy, cosine)
    return children
