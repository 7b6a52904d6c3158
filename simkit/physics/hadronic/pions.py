"""Pions made in a collision: how many, and of which charge."""

from __future__ import annotations

from simkit.jit import kernel
from simkit.physics.distributions import sample_poisson
from simkit.physics.elementary import exp, log
from simkit.rng import uniform
from simkit.units import CHARGED_PION_MASS, NEUTRAL_PION_MASS, NUCLEON_MASS, GeV

__all__ = ["CHARGED_PION_MASS", "NEUTRAL_PION_MASS", "NUCLEON_MASS", "sample_charge", "sample_number"]

_AT_REST = 2.0 * NUCLEON_MASS


@kernel
def sample_number(rng, model, energy, annihilates):
    """Return how many pions are made with so much energy (MeV, with their masses)."""
    most = int(model.for_masses * energy / CHARGED_PION_MASS)
    if most < 1:
        return 0
    if annihilates:
        mean = model.annihilation * exp(model.pions_power * log(energy / _AT_REST))
        return min(max(sample_poisson(rng, mean), 2), most)
    number = min(sample_poisson(rng, model.pions * exp(model.pions_power * log(energy / GeV))), most)
    return 1 if number == 0 and energy > model.always else number


@kernel
def sample_charge(rng, model, others, excess, protons, nucleons):
    """Return the charge of the next pion, after which `others` are made.

    excess: charge that the particles so far have left over; the last pion leaves none that a nucleus of so
    many protons and nucleons cannot take.
    """
    charge = 0
    if uniform(rng) >= model.neutral:
        charge = (1 if uniform(rng) < 0.5 else -1) if excess == 0 else (1 if excess > 0 else -1)
    if others == 0 and not 0 <= protons + excess - charge <= nucleons:
        return excess
    return charge
