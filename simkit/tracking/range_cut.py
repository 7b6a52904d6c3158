"""Range cuts and the tracking cut: the energies below which something is deposited instead of followed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simkit.jit import kernel


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


@kernel
def least_electron(thresholds, couple):
    """Return the least energy (MeV) of an electron from a photon's interaction that is followed."""
    return max(thresholds.secondary_electron[couple], thresholds.tracking_cut)


@kernel
def least_photon(thresholds, couple):
    """Return the least energy (MeV) of a photon from annihilation that is followed."""
    return max(thresholds.secondary_gamma[couple], thresholds.tracking_cut)
