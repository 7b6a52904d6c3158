"""The density effect of the ionisation loss: parameters and the correction delta.

R.M. Sternheimer, M.J. Berger, S.M. Seltzer, Atomic Data and Nuclear Data Tables 30 (1984) 261;
R.M. Sternheimer, R.F. Peierls, Phys. Rev. B 3 (1971) 3681; Geant4 Physics Reference Manual, ionisation.
"""

from __future__ import annotations

from functools import cache
from math import log, pi, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simkit.materials.elements import read_data
from simkit.units import CLASSICAL_ELECTRON_RADIUS, HBAR_C, eV

TWO_LN_10 = 2.0 * log(10.0)


class DensityEffect(NamedTuple):
    """Sternheimer's parameters.

    `plasma_MeV` is the plasma energy that the set was made with; `cbar` is -C; the correction starts at `x0`
    and is asymptotic from `x1`, x = log10(beta gamma); `delta0` > 0 only for conductors.
    """

    plasma_MeV: float
    cbar: float
    x0: float
    x1: float
    a: float
    m: float
    delta0: float


def density_correction(effect: DensityEffect, x: ArrayLike) -> NDArray[np.float64]:
    """Return delta at x = log10(beta gamma), of the shape of x (Sternheimer 1984)."""
    x = np.asarray(x, dtype=np.float64)
    below = effect.delta0 * 10.0 ** (2.0 * np.minimum(x - effect.x0, 0.0))
    between = effect.a * np.maximum(effect.x1 - x, 0.0) ** effect.m
    return np.where(x < effect.x0, below, TWO_LN_10 * x - effect.cbar + between)


def plasma_energy(electrons_per_mm3: float) -> float:
    """Return the plasma energy hbar sqrt(4 pi n r_e) c in MeV of a free electron gas."""
    return HBAR_C * sqrt(4.0 * pi * electrons_per_mm3 * CLASSICAL_ELECTRON_RADIUS)


def tabulated(name: str) -> tuple[DensityEffect, float] | None:
    """Return the 1984 set of a material and the mean excitation energy (MeV) it goes with, or None."""
    return _tabulated_sets().get(name)


def scaled_to_density(effect: DensityEffect, nominal_density: float, density: float) -> DensityEffect:
    """Return the set for the same substance at another density: -C contains the logarithm of the density."""
    return shifted(effect, log(nominal_density / density))


def shifted(effect: DensityEffect, change_of_cbar: float) -> DensityEffect:
    """Return the set with cbar changed and the same shape of delta around x0 and x1."""
    change_of_x = change_of_cbar / TWO_LN_10
    effect = effect._replace(
        cbar=effect.cbar + change_of_cbar, x0=effect.x0 + change_of_x, x1=effect.x1 + change_of_x
    )
    return continuous(effect)


def continuous(effect: DensityEffect) -> DensityEffect:
    """Return the set with `a` such that delta is continuous at x0; conductors (delta0 > 0) keep theirs."""
    if effect.delta0 > 0.0:
        return effect
    return effect._replace(a=(effect.cbar - TWO_LN_10 * effect.x0) / (effect.x1 - effect.x0) ** effect.m)


def general_formula(
    mean_excitation_MeV: float, electrons_per_mm3: float, state: str, z: int | None = None
) -> DensityEffect:
    """Return parameters for a substance without a measured set (Sternheimer and Peierls 1971).

    `state` is "solid", "liquid" or "gas"; `z` is the atomic number of an elemental substance (hydrogen and
    helium have rules of their own), None for a compound.
    """
    plasma_MeV = plasma_energy(electrons_per_mm3)
    cbar = 1.0 + 2.0 * log(mean_excitation_MeV / plasma_MeV)
    if state == "gas":
        ruled, x0, x1, m = _gas_range(cbar, z)
    else:
        ruled, x0, x1, m = _condensed_range(cbar, mean_excitation_MeV, z)
    at_ruled_density = continuous(DensityEffect(plasma_MeV, ruled, x0, x1, 0.0, m, 0.0))
    return shifted(at_ruled_density, cbar - ruled)


# The rules hold for substances of ordinary density. Each returns, with x0, x1 and m, the cbar it applies to:
# the substance's own or, for a thinner one, the largest that the rule is good for (x0 would pass x1 beyond).
_THINNEST_SOLID = 7.5
_THINNEST_GAS = 16.0
_LIQUID_HYDROGEN = 3.2632
_HYDROGEN_GAS = 9.5835
_HELIUM_GAS = 11.1393


def _condensed_range(
    cbar: float, mean_excitation_MeV: float, z: int | None
) -> tuple[float, float, float, float]:
    if z == 1:
        return _LIQUID_HYDROGEN, 0.425, 2.0, 5.949
    if mean_excitation_MeV < 100.0 * eV:
        limit, offset, x1 = 3.681, 1.0, 2.0
    else:
        limit, offset, x1 = 5.215, 1.5, 3.0
    ruled = min(cbar, _THINNEST_SOLID)
    return ruled, (0.2 if ruled < limit else 0.326 * ruled - offset), x1, 3.0


def _gas_range(cbar: float, z: int | None) -> tuple[float, float, float, float]:
    if z == 1:
        return _HYDROGEN_GAS, 1.837, 3.0, 4.754
    if z == 2:
        return _HELIUM_GAS, 2.191, 3.0, 3.297
    ruled = min(cbar, _THINNEST_GAS)
    for limit, x0, x1 in _GAS_STEPS:
        if ruled <= limit:
            return ruled, x0, x1, 3.0
    return ruled, 0.326 * ruled - 2.5, 5.0, 3.0


_GAS_STEPS = (  # cbar up to, x0, x1
    (10.0, 1.6, 4.0),
    (10.5, 1.7, 4.0),
    (11.0, 1.8, 4.0),
    (11.5, 1.9, 4.0),
    (12.25, 2.0, 4.0),
    (13.804, 2.0, 5.0),
)


@cache
def _tabulated_sets() -> dict[str, tuple[DensityEffect, float]]:
    return {
        row["name"]: (
            DensityEffect(
                float(row["plasma_eV"]) * eV,
                float(row["minus_c"]),
                float(row["x0"]),
                float(row["x1"]),
                float(row["a"]),
                float(row["m"]),
                float(row["delta0"]),
            ),
            float(row["mean_excitation_eV"]) * eV,
        )
        for row in read_data("density_effect.csv")
    }
