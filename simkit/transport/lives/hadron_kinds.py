"""What kernels ask of a hadron's kind."""

from __future__ import annotations

import numpy as np

from simkit.jit import kernel
from simkit.particles import (
    ANTINEUTRON,
    ANTIPROTON,
    NEUTRAL_PION,
    NEUTRON,
    PARTICLES,
    PION_MINUS,
    PION_PLUS,
    PROTON,
    species,
)

_SPECIES = [species(name) for name in PARTICLES]
_MASSES = np.array([each.mass for each in _SPECIES])
_LIFETIMES = np.array([each.lifetime for each in _SPECIES])
_CHARGES = np.array([each.charge for each in _SPECIES])


@kernel
def mass_of(kind):
    """Return the mass (MeV) of one of simkit's own species."""
    return _MASSES[kind]


@kernel
def charge_of(kind):
    """Return the charge of one of simkit's own species."""
    return _CHARGES[kind]


@kernel
def lifetime_of(kind):
    """Return the mean lifetime at rest (ns) of one of simkit's own species."""
    return _LIFETIMES[kind]


@kernel
def is_pion(kind):
    """Return whether it is a pion."""
    return kind in (PION_PLUS, PION_MINUS, NEUTRAL_PION)


@kernel
def is_nucleon(kind):
    """Return whether it is a proton or a neutron."""
    return kind in (PROTON, NEUTRON)


@kernel
def is_antinucleon(kind):
    """Return whether it is an antiproton or an antineutron."""
    return kind in (ANTIPROTON, ANTINEUTRON)
