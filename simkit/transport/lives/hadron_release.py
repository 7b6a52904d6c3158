"""Setting free what hadrons and nuclei make: particles onto the stacks, a neutral pion as its photons."""

from __future__ import annotations

from simkit.jit import kernel
from simkit.particles import GAMMA, NEUTRAL_PION, PROTON
from simkit.physics.directions import deflect, momentum_of, sample_azimuth
from simkit.rng import uniform
from simkit.tracks import daughter
from simkit.transport.secondaries import emit_above
from simkit.units import NEUTRAL_PION_MASS


@kernel
def release(birth, tally, stacks, rng, track, children, region, kind, energy, cosine):
    """Set a particle free at a polar cosine to the track; a neutral pion as its two photons.

    Returns (children, mass that became energy).
    """
    ca, sa = sample_azimuth(rng)
    u, v, w = deflect(cosine, ca, sa, track.u, track.v, track.w)
    if kind == NEUTRAL_PION:
        return release_photons(birth, tally, stacks, rng, track, children, region, energy, u, v, w), (
            NEUTRAL_PION_MASS
        )
    one = daughter(track, children + 1, kind, energy, u, v, w)
    least = birth.least_proton if kind == PROTON else 0.0
    emit_above(least, birth.policies, birth.readout, tally, stacks, rng, one, region)
    return children + 1, 0.0


@kernel
def release_photons(birth, tally, stacks, rng, track, children, region, energy, u, v, w):
    """Put the two photons of a neutral pion of a kinetic `energy` (MeV) and direction on the stacks."""
    total = energy + NEUTRAL_PION_MASS
    momentum = momentum_of(energy, NEUTRAL_PION_MASS)
    along = 2.0 * uniform(rng) - 1.0
    ca, sa = sample_azimuth(rng)
    for number in range(2):
        sign = 1.0 - 2.0 * number
        photon = 0.5 * (total + sign * along * momentum)
        cosine = max(min(0.5 * (momentum + sign * along * total) / max(photon, 1e-12), 1.0), -1.0)
        a, b, c = deflect(cosine, sign * ca, sign * sa, u, v, w)
        one = daughter(track, children + 1 + number, GAMMA, photon, a, b, c)
        emit_above(birth.tracking_cut, birth.policies, birth.readout, tally, stacks, rng, one, region)
    return children + 2
