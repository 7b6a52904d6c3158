"""What a nucleus is given, and the nucleons that are knocked out of it."""

from __future__ import annotations

from simkit.jit import kernel
from simkit.physics.distributions import sample_poisson
from simkit.physics.elementary import exp, log
from simkit.rng import uniform

_REFERENCE = 64.0  # nucleons


@kernel
def sample_nuclear_energy(rng, model, available, nucleons):
    """Return the energy (MeV) given to a nucleus; its law is that of a sum of two exponential numbers."""
    mean = model.cascade * exp(model.cascade_power * log(nucleons / _REFERENCE))
    mean *= 1.0 - exp(-available / model.cascade_rise)
    return min(-0.5 * mean * log(uniform(rng) * uniform(rng)), model.for_nucleus * available)


@kernel
def sample_knocked(rng, model, energy, nucleons, separation):
    """Return how many nucleons share so much energy (MeV, with their separation), at most all but one."""
    number = 1 + sample_poisson(rng, max(energy / model.knocked - 1.0, 0.0))
    return min(number, int(model.for_separation * energy / max(separation, 1.0)), nucleons - 1)
