"""How an excited nucleus shares its energy among gammas: evenly at random, which no nucleus does exactly."""

from __future__ import annotations

from simkit.jit import kernel
from simkit.physics.elementary import exp, log
from simkit.rng import uniform
from simkit.units import NEUTRON_MASS

MEV_PER_GAMMA = 2.5  # of a cascade from the continuum
MOST_GAMMAS = 4


@kernel
def gammas_of(excitation):
    """Return how many gammas a nucleus so much excited (MeV) makes."""
    return min(1 + int(excitation / MEV_PER_GAMMA), MOST_GAMMAS)


@kernel
def next_gamma(rng, left, gammas):
    """Return the energy (MeV) of the next of `gammas` that share what is left: a stick broken at random."""
    if gammas <= 1:
        return left
    return left * (1.0 - exp(log(uniform(rng)) / (gammas - 1.0)))


@kernel
def recoil_of_gamma(energy, mass):
    """Return what a nucleus (mass in neutron masses) takes of the transition energy (MeV) of a gamma."""
    return 0.5 * energy * energy / (mass * NEUTRON_MASS)
