"""Losses of muons in all, to photons and to pairs, and their ranges, 10 MeV to 10 TeV."""

from __future__ import annotations

import numpy as np

from simkit.materials import find_material
from simkit.physics.couple import Couple, continuous_range
from simkit.physics.grid import ENERGY_GRID
from simkit.physics.heavy import ionisation
from simkit.physics.muon import photonuclear, spectra
from simkit.record.validation import ValidationRow
from simkit.units import MUON_MASS, cm2, cm3
from simkit.validation.curves import Sweep
from simkit.validation.judgement import judge
from simkit.validation.reference import Reference, evaluate, load_figures

_UNRESTRICTED = 1e9  # MeV: all that muons lose is continuous
_EMITTED = {"loss to photons": spectra.PHOTON, "loss to pairs": spectra.PAIR}


def check() -> list[ValidationRow]:
    """Return the rows of losses and ranges."""
    figures = load_figures("muon_losses")
    tolerances = [figure.parameters["tolerance"] for figure in figures]
    bare = [figure._replace(parameters={}) for figure in figures]
    return judge(bare, evaluate(bare, ours), tolerances)


def ours(figure: Reference, energies: np.ndarray) -> np.ndarray:
    material = find_material(figure.material)
    couple = Couple(material, _UNRESTRICTED, _UNRESTRICTED)
    per_mass = material.density_g_cm3 * cm2 / cm3
    if figure.quantity == "range":
        along = np.concatenate([np.geomspace(1e-4, ENERGY_GRID[0], 33)[:-1], ENERGY_GRID])
        return np.interp(energies, along, continuous_range(along, _loss(couple, along))) * per_mass
    if figure.quantity in _EMITTED:
        return spectra.integrals(couple, _EMITTED[figure.quantity], energies)[1] / per_mass
    return _loss(couple, energies) / per_mass


def _loss(couple: Couple, energies: np.ndarray) -> np.ndarray:
    """Return the whole loss (MeV/mm) of muons at kinetic energies (MeV)."""
    material = couple.material
    loss = ionisation.restricted_dedx(material, energies, _UNRESTRICTED, MUON_MASS, 1, radiates=True)
    emitted = sum(spectra.integrals(couple, which, energies)[1] for which in _EMITTED.values())
    return loss + emitted + photonuclear.dedx(material, energies)


CURVES = (Sweep("muon_losses", ours, low=1.0, high=1e7),)
"""Our quantities over their whole range, to be drawn through the reference figures."""
