"""Decays of unstable particles into two or three bodies: modes, and momenta in flat phase space.

Branching ratios: Particle Data Group 2022; what is left out (pi0 -> e+ e- gamma, 1.2 %, radiative and rare
modes) is added to the largest mode. The matrix elements of three-body decays are taken as constant.
"""

from __future__ import annotations

import math

from simkit.jit import kernel
from simkit.particles import (
    ANTIMUON,
    ELECTRON,
    GAMMA,
    KAON_LONG,
    KAON_PLUS,
    KAON_SHORT,
    MUON,
    NEUTRAL_PION,
    PION_MINUS,
    PION_PLUS,
    POSITRON,
)
from simkit.physics.directions import sample_azimuth
from simkit.rng import MOST_DRAWS, give_up, uniform

NEUTRINO, NOTHING = -1, -2


@kernel
def sample_mode(rng, kind):
    """Return the kinds of the (first, second, third) daughter; NEUTRINO or NOTHING where it is none."""
    chance = uniform(rng)
    if kind == NEUTRAL_PION:
        return GAMMA, GAMMA, NOTHING
    if kind == KAON_SHORT:
        return (PION_PLUS, PION_MINUS, NOTHING) if chance < 0.6931 else (NEUTRAL_PION, NEUTRAL_PION, NOTHING)
    if kind == KAON_LONG:
        plus = uniform(rng) < 0.5
        pion = PION_PLUS if plus else PION_MINUS
        if chance < 0.2704:
            return pion, (MUON if plus else ANTIMUON), NEUTRINO
        if chance < 0.2704 + 0.1952:
            return NEUTRAL_PION, NEUTRAL_PION, NEUTRAL_PION
        if chance < 0.2704 + 0.1952 + 0.1254:
            return PION_PLUS, PION_MINUS, NEUTRAL_PION
        return pion, (ELECTRON if plus else POSITRON), NEUTRINO
    plus = kind in (PION_PLUS, KAON_PLUS)
    muon = ANTIMUON if plus else MUON
    pion = PION_PLUS if plus else PION_MINUS
    if kind in (PION_PLUS, PION_MINUS):
        return muon, NEUTRINO, NOTHING
    if chance < 0.2067:
        return pion, NEUTRAL_PION, NOTHING
    if chance < 0.2067 + 0.0558:
        return pion, PION_PLUS, PION_MINUS
    if chance < 0.2067 + 0.0558 + 0.0507:
        return (POSITRON if plus else ELECTRON), NEUTRAL_PION, NEUTRINO
    if chance < 0.2067 + 0.0558 + 0.0507 + 0.0335:
        return muon, NEUTRAL_PION, NEUTRINO
    if chance < 0.2067 + 0.0558 + 0.0507 + 0.0335 + 0.0176:
        return pion, NEUTRAL_PION, NEUTRAL_PION
    return muon, NEUTRINO, NOTHING


@kernel
def decay_momentum(mass, first, second):
    """Return the momentum (MeV/c) of the two daughters of a body at rest; masses in MeV."""
    term = mass * mass - (first + second) * (first + second)
    return math.sqrt(max(term * (mass * mass - (first - second) * (first - second)), 0.0)) / (2.0 * mass)


@kernel
def sample_pair_mass(rng, mass, first, second, third):
    """Return the mass (MeV) of the second and third daughter together, in flat phase space."""
    low, high = second + third, mass - first
    bound = decay_momentum(mass, first, low) * decay_momentum(high, second, third)
    pair = high
    for _ in range(MOST_DRAWS):
        pair = low + (high - low) * uniform(rng)
        weight = decay_momentum(mass, first, pair) * decay_momentum(pair, second, third)
        if bound * uniform(rng) <= weight:
            break
    else:
        give_up(rng)
    return pair


@kernel
def sample_daughter(rng, energy, px, py, pz, mass, first, second):
    """Return (total energy, px, py, pz) of the first daughter of a moving body of a mass, isotropic at rest.

    energy: total (MeV). What is left of energy and momentum is the second's.
    """
    p = decay_momentum(mass, first, second)
    cosine = 2.0 * uniform(rng) - 1.0
    across = p * math.sqrt(max(1.0 - cosine * cosine, 0.0))
    ca, sa = sample_azimuth(rng)
    x, y, z = across * ca, across * sa, p * cosine
    rest = math.sqrt(first * first + p * p)
    dot = (px * x + py * y + pz * z) / mass
    moved = (energy * rest + mass * dot) / mass
    along = (rest + dot * mass / (energy + mass)) / mass
    return moved, x + px * along, y + py * along, z + pz * along
