"""The nuclei of a material as a hadron finds them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from simkit.materials import Element, Material
from simkit.physics.hadronic.cross_sections import coulomb_barrier, elastic, inelastic
from simkit.physics.target_element import TargetTables, build_target_tables, elements_of
from simkit.units import NUCLEON_MASS

# Columns of Targets.rows. SEPARATION, BARRIER: MeV; SLOPE: of elastic scattering, 1/MeV^2, at high energy;
# RISE: kinetic energy (MeV) where it is half of that; MASS: MeV.
PROTONS, NUCLEONS, SEPARATION, BARRIER, SLOPE, RISE, MASS, N_COLUMNS = range(8)

# Bethe and Weizsaecker's formula: volume, surface, Coulomb, asymmetry (MeV), without pairing; J. W. Rohlf,
# "Modern Physics from alpha to Z0" (1994).
_VOLUME, _SURFACE, _COULOMB, _ASYMMETRY = 15.75, 17.8, 0.711, 23.7
_SLOPE_GEV = 14.5  # 1/GeV^2 A^(-2/3), of exp(-b t) on nuclei
# on hydrogen: 5.8 at 1 GeV, 9.7 at 10 GeV, as of pp in Particle Data Group's collection; isotropic well below
_PROTON_SLOPE_GEV, _PROTON_RISE = 10.5, 800.0
_NUCLEON_MASS = round(NUCLEON_MASS, 1)  # nuclei are bound: nothing finer


class Targets(NamedTuple):
    """shares, elastic: of the elements of each couple, by inelastic and by elastic cross section; rows:
    float64[rows of shares, N_COLUMNS], the nuclei."""

    shares: TargetTables
    elastic: TargetTables
    rows: np.ndarray


def separation_energy(z: int, nucleons: int) -> float:
    """Return what a nucleon costs (MeV) that is taken out of a nucleus: its mean binding energy."""
    if nucleons < 2:
        return 0.0
    binding = _VOLUME * nucleons - _SURFACE * nucleons ** (2.0 / 3.0)
    binding -= _COULOMB * z * (z - 1) / nucleons ** (1.0 / 3.0)
    binding -= _ASYMMETRY * (nucleons - 2 * z) ** 2 / nucleons
    return max(binding / nucleons, 1.0)


def _row(element: Element) -> np.ndarray:
    row = np.zeros(N_COLUMNS)
    nucleons = max(round(element.a_g_mol), element.z)
    row[PROTONS], row[NUCLEONS] = element.z, nucleons
    row[SEPARATION] = separation_energy(element.z, nucleons)
    row[BARRIER] = coulomb_barrier(element) if nucleons > 1 else 0.0
    row[SLOPE] = 1e-6 * _SLOPE_GEV * nucleons ** (2.0 / 3.0)
    if nucleons == 1:
        row[SLOPE], row[RISE] = 1e-6 * _PROTON_SLOPE_GEV, _PROTON_RISE
    row[MASS] = _NUCLEON_MASS * nucleons
    return row


def build_targets(materials: Sequence[Material], which: str, charge: int) -> Targets:
    """Return the nuclei of materials, one a couple; which, charge: of the hadron, see `cross_sections`."""
    shares = build_target_tables(
        materials, lambda material, element, energy: inelastic(element, energy, which)
    )
    elastic_shares = build_target_tables(
        materials, lambda material, element, energy: elastic(element, energy, which, charge)
    )
    return Targets(shares, elastic_shares, np.array([_row(element) for element in elements_of(materials)]))
