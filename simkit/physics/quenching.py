"""Birks' law: how much of a deposit a scintillator shows, dL/dx = (dE/dx) / (1 + kB dE/dx).

Along a step dE/dx is the step's loss over its length. What stops within a step (a recoiling nucleus, a
fragment, an electron below the cuts) shows the integral of the law over its own track, as its stopping power
falls and rises. Sources: J. B. Birks, Proc. Phys. Soc. A 64 (1951) 874; Geant4 Physics Reference Manual,
chapter "Ionization" (heavy particles), for the stopping powers, unrestricted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simkit.jit import kernel
from simkit.materials import Material
from simkit.particles import PARTICLES, PROTON, species
from simkit.physics import ionisation
from simkit.physics.couple import Couple
from simkit.physics.grid import ENERGY_GRID, energy_bin, energy_fraction
from simkit.physics.heavy.ionisation import restricted_dedx

BY_ELECTRON, BY_PROTON, BY_ALPHA, BY_NUCLEUS = range(4)
"""What stops and leaves its energy; the nucleus is the mean of the material's, hydrogen left out."""

_PROTON_MASS = species(PARTICLES[PROTON]).mass
_ALPHA_MASS = 3727.379  # MeV
_ATOMIC_MASS = 931.494  # MeV, the unit
_UNRESTRICTED = 1e12  # MeV, a cut above every transfer
_BELOW_GRID = np.geomspace(1e-7, ENERGY_GRID[0], 65)[:-1]  # MeV, where the integral begins


class Quenching(NamedTuple):
    """Birks' law in the couples of a detector.

    kb: float64[couples], mm/MeV, 0 where all is visible. stopped: float64[couples, 4, N_NODES], the visible
    fraction of the kinetic energy that an electron, a proton, an alpha or a nucleus stops with.
    """

    kb: NDArray[np.float64]
    stopped: NDArray[np.float64]


def build_quenching(couples: Sequence[Couple], kb: Sequence[float]) -> Quenching:
    """Return the law in couples; kb: Birks' constant of each, mm/MeV."""
    stopped = np.stack([_stopped(couple.material, each) for couple, each in zip(couples, kb)])
    return Quenching(np.array(kb, dtype=float), stopped)


def _stopped(material: Material, kb: float) -> NDArray[np.float64]:
    energies = np.concatenate([_BELOW_GRID, ENERGY_GRID])
    rows = []
    for dedx in _stopping_powers(material, energies):
        shown = 1.0 / (1.0 + kb * dedx)
        pieces = 0.5 * np.diff(energies) * (shown[1:] + shown[:-1])
        visible = energies[0] * shown[0] + np.concatenate([[0.0], np.cumsum(pieces)])
        rows.append((visible / energies)[len(_BELOW_GRID) :])
    return np.stack(rows)


def _stopping_powers(material: Material, energies: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Return the unrestricted stopping powers (MeV/mm) of what can stop, in their order."""
    heavy = [(e, n) for e, n in zip(material.elements, material.atoms_per_mm3) if e.z > 1]
    atoms = sum(n for _, n in heavy) or 1.0
    z = max(round(sum(e.z * n for e, n in heavy) / atoms), 1)
    mass = sum(e.a_g_mol * n for e, n in heavy) / atoms * _ATOMIC_MASS or _PROTON_MASS
    return [
        ionisation.restricted_dedx(material, energies, _UNRESTRICTED, positron=False),
        *(
            restricted_dedx(material, energies, _UNRESTRICTED, each_mass, charge, radiates=False)
            for each_mass, charge in ((_PROTON_MASS, 1), (_ALPHA_MASS, 2), (mass, z))
        ),
    ]


@kernel
def visible_along(quenching, couple, energy, length):
    """Return the visible part of the `energy` (MeV) that a track lost along a `length` (mm)."""
    hidden = quenching.kb[couple] * energy
    return energy * length / (length + hidden) if hidden > 0.0 else energy


@kernel
def visible_stopped(quenching, couple, carrier, energy):
    """Return the visible part of the kinetic `energy` (MeV) that a carrier (BY_...) stopped with."""
    i = energy_bin(energy)
    fraction = min(max(energy_fraction(energy, i), 0.0), 1.0)
    low = quenching.stopped[couple, carrier, i]
    return energy * (low + fraction * (quenching.stopped[couple, carrier, i + 1] - low))
