"""The leading particle: what a hadron that interacts keeps of its energy, and whether it goes on at all."""

from __future__ import annotations

from simkit.jit import kernel
from simkit.physics.elementary import exp
from simkit.rng import uniform


@kernel
def sample_elasticity(rng, model):
    """Return the share that the leading particle keeps of the energy that stays outside the nucleus."""
    return model.least_share + (model.largest_share - model.least_share) * uniform(rng)


@kernel
def absorption_probability(model, energy):
    """Return the probability that a pion of kinetic `energy` (MeV) that interacts is absorbed."""
    return model.absorption * exp(-energy / model.absorption_fall)


@kernel
def annihilation_probability(model, energy):
    """Return the probability that an antinucleon of kinetic `energy` (MeV) that interacts annihilates."""
    return model.annihilation_fall / (model.annihilation_fall + energy)
