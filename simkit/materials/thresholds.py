"""Production thresholds: the kinetic energies that a cut in range stands for.

Geant4 Physics Reference Manual, "Conversion from range in production threshold to energy". The approximate
stopping power and absorption cross section serve this purpose alone: thresholds do not move with the models.
"""

from __future__ import annotations

from math import isfinite, log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simkit.errors import BadInput
from simkit.materials.material import Material
from simkit.units import ELECTRON_MASS, TWO_PI_RE2_ME, GeV, barn, eV, keV

LOWEST_THRESHOLD = 990.0 * eV
HIGHEST_THRESHOLD = 10.0 * GeV
_ENERGIES = np.geomspace(LOWEST_THRESHOLD, HIGHEST_THRESHOLD, 351)[:-1]  # 50 intervals a decade


class ProductionThresholds(NamedTuple):
    """Kinetic energies in MeV below which no secondary of the kind is made."""

    gamma: float
    electron: float
    positron: float


def production_thresholds(material: Material, range_cut_mm: float) -> ProductionThresholds:
    """Return the production thresholds of a range cut in a material, as Geant4 makes them, MeV.

    All lie between 990 eV, which a cut of zero gives, and 10 GeV.
    Raises BadInput for a cut that is negative or not a finite number.
    """
    if not (isfinite(range_cut_mm) and range_cut_mm >= 0.0):
        raise BadInput(f"production cut is {range_cut_mm} mm; give a length of 0 mm or more")
    return ProductionThresholds(
        gamma=_clamped(_energy_of_length(_absorption_lengths(material), range_cut_mm)),
        electron=_charged_threshold(material, range_cut_mm, positron=False),
        positron=_charged_threshold(material, range_cut_mm, positron=True),
    )


def _clamped(energy: float) -> float:
    return min(max(energy, LOWEST_THRESHOLD), HIGHEST_THRESHOLD)


def _charged_threshold(material: Material, range_cut_mm: float, positron: bool) -> float:
    energy = _energy_of_length(_ranges(material, positron), range_cut_mm, from_origin=True)
    softening_below = 30.0 * keV
    if 0.0 < energy < softening_below:
        # slow electrons scatter so much that they get less far than their path length
        scale_mm = 0.025 / material.density_g_cm3  # 0.025 mm g/cm3
        energy /= 1.0 + (1.0 - energy / softening_below) * scale_mm / range_cut_mm
    return _clamped(energy)


def _energy_of_length(lengths: NDArray[np.float64], cut_mm: float, from_origin: bool = False) -> float:
    """Return the energy at which a length that grows with energy reaches the cut, by linear interpolation.

    `from_origin` adds the point (0, 0); without it the first interval is continued downwards.
    """
    reached = np.nonzero(lengths >= cut_mm)[0]
    if len(reached) == 0:
        return float(_ENERGIES[-1])
    upper = int(reached[0])
    if upper == 0 and from_origin:
        return float(_ENERGIES[0] * cut_mm / lengths[0])
    upper = max(upper, 1)
    low, high = _ENERGIES[upper - 1], _ENERGIES[upper]
    fraction = (cut_mm - lengths[upper - 1]) / (lengths[upper] - lengths[upper - 1])
    return float(low + (high - low) * fraction)


def _ranges(material: Material, positron: bool) -> NDArray[np.float64]:
    """Return the approximate ranges in mm at all grid energies."""
    per_atom = [_stopping_power_per_atom(element.z, positron) for element in material.elements]
    dedx = material.atoms_per_mm3 @ np.array(per_atom)
    steps = np.diff(_ENERGIES, prepend=0.0)
    previous = np.concatenate(([0.0], dedx[:-1]))
    return np.cumsum(2.0 * steps / (previous + dedx))


def _stopping_power_per_atom(z: int, positron: bool) -> NDArray[np.float64]:
    """Return the approximate total stopping power per atom and unit volume, MeV mm^2.

    Berger and Seltzer's collision loss, without density effect and with a mean excitation energy of
    16 eV Z^0.9, down to 10 keV and proportional to 1/sqrt(T) below; a radiative loss is added above.
    """
    ln_excitation = log(16.0 * eV / ELECTRON_MASS) + 0.9 * log(z)
    lowest = 10.0 * keV / ELECTRON_MASS
    all_tau = _ENERGIES / ELECTRON_MASS
    tau = np.maximum(all_tau, lowest)
    gamma = tau + 1.0
    beta2 = tau * (tau + 2.0) / gamma**2
    if positron:
        y = 1.0 / (tau + 2.0)
        series = (
            6.0 * tau + 1.5 * tau**2 - tau * (1.0 - tau**2 / 3.0) * y - tau**2 * (0.5 - tau**2 / 12.0) * y**2
        )
        shape = 2.0 * np.log(tau) - series / gamma**2
    else:
        moller = 0.5 + 0.25 * tau**2 - (1.0 + 2.0 * tau) * log(2.0)
        shape = 1.0 - beta2 + np.log(tau**2 / 2.0) + moller / gamma**2
    collision = z * (np.log(2.0 * (tau + 2.0)) - 2.0 * ln_excitation + shape) / beta2
    collision *= np.sqrt(np.minimum(all_tau / lowest, 1.0)) ** -1
    strength = 0.1 * (0.02 - 5.7e-5 * z) * (1.0 + 0.072 * np.log(_ENERGIES / GeV))
    radiative = np.where(all_tau < lowest, 0.0, z * (z + 1.0) * strength * tau / beta2)
    return TWO_PI_RE2_ME * (collision + radiative)


def _absorption_lengths(material: Material) -> NDArray[np.float64]:
    """Return five mean free paths of absorption of a photon, in mm, at all grid energies."""
    per_atom = [_absorption_per_atom(element.z) for element in material.elements]
    return 5.0 / (material.atoms_per_mm3 @ np.array(per_atom))


def _absorption_per_atom(z: int) -> NDArray[np.float64]:
    """Return the empirical absorption cross section of a photon per atom, mm^2 at all grid energies.

    Four pieces joined in the photoelectric region, at 200 keV and at the minimum of the cross section.
    """
    ln_z = log(z)
    low = 0.2 * np.exp(-7.355 / np.sqrt(z))
    middle = 0.2
    minimum = 0.552 + 218.5 / z + 557.17 / z**2
    at_minimum = (0.01239 + 0.005585 * ln_z - 0.000923 * ln_z**2) * z**1.5
    at_middle = (0.2651 - 0.1501 * ln_z + 0.02283 * ln_z**2) * z**2
    at_low = at_middle * np.exp(0.042 * z * np.log(middle / low) ** 2)
    low_power = np.log(300.0 * z**2 / at_low) / np.log(low / keV)
    curvature = log(at_middle / at_minimum) / log(minimum / middle) ** 2
    growth = (7.55e-5 - 0.0542e-5 * z) * z**3 / log(100.0 / minimum)
    energy = _ENERGIES
    sections = np.select(
        [energy < low, energy < middle, energy < minimum],
        [
            at_low * (low / np.maximum(energy, keV)) ** low_power,
            at_middle * np.exp(0.042 * z * np.log(middle / energy) ** 2),
            at_minimum * np.exp(curvature * np.log(minimum / energy) ** 2),
        ],
        at_minimum + growth * np.log(energy / minimum),
    )
    return barn * sections
