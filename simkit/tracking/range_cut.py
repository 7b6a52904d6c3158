"""Range cuts and the tracking cut: the energies below which something is deposited instead of followed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, NamedTuple

import numpy as np
from pydantic import Field

from simkit.jit import kernel
from simkit.units import ELECTRON_MASS, keV

if TYPE_CHECKING:
    from simkit.physics.couple import Couple

Cut = Annotated[float, Field(ge=0.0, le=1e5)]  # mm
TrackingCut = Annotated[float, Field(ge=1.0, le=1e6)]  # keV


PROTON_CUT = 0.1  # MeV for a millimetre, in all materials: Geant4's cut for protons


class Thresholds(NamedTuple):
    """Energies below which something is not followed; 0 means off.

    tracking_cut: kinetic energy (MeV) below which every track ends and leaves its energy where it is.
    secondary_electron: float64[couples], least kinetic energy (MeV) of electrons from Compton scattering,
    photoelectric effect and pair production (the production cut where cuts are applied to them).
    secondary_gamma, secondary_positron: the same for photons from annihilation and positrons from pairs.
    annihilation: rest mass (MeV) that a positron and its electron give back where it ends: 2 m, or 0 where
    annihilation is off; its kinetic energy is then all that it leaves.
    """

    tracking_cut: float
    secondary_electron: np.ndarray
    secondary_gamma: np.ndarray
    secondary_positron: np.ndarray
    annihilation: float


class HeavyThresholds(NamedTuple):
    """Energies (MeV) below which something heavier than an electron, or what it makes, is not followed.

    tracking_cut: as in Thresholds. proton: float64[couples], of protons that are set free or recoil.
    """

    tracking_cut: float
    proton: np.ndarray


def build_heavy_thresholds(cuts_mm: Sequence[float], tracking_cut: float) -> HeavyThresholds:
    """Return the thresholds; cuts_mm: the production cut of each couple; tracking_cut: MeV."""
    proton = PROTON_CUT * np.array(cuts_mm, dtype=float)
    return HeavyThresholds(tracking_cut, np.maximum(proton, tracking_cut))


def build_thresholds(
    couples: Sequence[Couple], tracking_cut_keV: float, apply_cuts: bool, annihilation: bool
) -> Thresholds:
    """Return the thresholds; the couples hold the production cuts as energies."""
    electron_cut = np.array([couple.electron_cut for couple in couples])
    gamma_cut = np.array([couple.gamma_cut for couple in couples])
    apply = float(apply_cuts)
    return Thresholds(
        tracking_cut=tracking_cut_keV * keV,
        secondary_electron=apply * electron_cut,
        secondary_gamma=apply * gamma_cut,
        # as in Geant4: a positron is dropped only where its annihilation photons would be
        secondary_positron=apply * np.where(gamma_cut > ELECTRON_MASS, electron_cut, 0.0),
        annihilation=2.0 * ELECTRON_MASS * annihilation,
    )


@kernel
def least_electron(thresholds, couple):
    """Return the least energy (MeV) of an electron from a photon's interaction that is followed."""
    return max(thresholds.secondary_electron[couple], thresholds.tracking_cut)


@kernel
def least_photon(thresholds, couple):
    """Return the least energy (MeV) of a photon from annihilation that is followed."""
    return max(thresholds.secondary_gamma[couple], thresholds.tracking_cut)
