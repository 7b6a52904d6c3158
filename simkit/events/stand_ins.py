"""Particles that no life follows, and which one that is followed takes their place: the nearest."""

from __future__ import annotations

import math

from simkit.events.event_lines import ListedParticle
from simkit.particles import PARTICLES, kind_of_pdg, species

_ION = 1_000_000_000  # PDG numbers 10LZZZAAAI
_BARYONS = {3122: 2112, 3222: 2212, 3212: 2112, 3112: 2112, 3322: 2112, 3312: 2112, 3334: 2112}
# Neutral kaons of a generator that does not mix them.
_MESONS = {311: 130, -311: 130}


def stand_in(particle: ListedParticle) -> ListedParticle | None:
    """Return the particle that takes the place of one: a nucleon for a hyperon or a light ion; None for none.

    A stand-in has its way and its energy: of a hyperon all of it, so that what its decay sets free is there;
    of an ion the kinetic energy. The charge of negative hyperons is lost.
    """
    code = particle.pdg
    ion = abs(code) > _ION
    nearest = _MESONS.get(code) or _BARYONS.get(abs(code), 2212 if ion else 0) * int(math.copysign(1, code))
    if nearest not in kind_of_pdg():
        return None
    mass = species(PARTICLES[kind_of_pdg()[nearest]]).mass
    energy = particle.energy - particle.mass + mass if ion else particle.energy
    momentum = math.sqrt(max(energy * energy - mass * mass, 0.0))
    total = math.hypot(*particle.momentum)
    scale = momentum / total if total > 0.0 else 0.0
    px, py, pz = particle.momentum
    return particle._replace(
        pdg=nearest,
        momentum=(scale * px, scale * py, scale * pz),
        energy=max(energy, mass),
        mass=mass,
    )
