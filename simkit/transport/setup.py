"""Setup: all that a step reads, built once on the host and never written by a kernel."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from simkit.physics.tables import ChargedTables, GammaTables


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


class Roulette(NamedTuple):
    """Russian roulette of new photons below `threshold` (MeV; 0 is off): one in `factor` survives, heavier.

    enabled: int64[regions].
    """

    threshold: float
    factor: float
    enabled: np.ndarray


class Killer(NamedTuple):
    """Kills tracks near the beam line, at their start: |cos(polar angle)| > cosine, transverse energy
    < energy (MeV) and |z| > z (mm). An energy of 0 is off."""

    cosine: float
    energy: float
    z: float


class Steps(NamedTuple):
    """How charged steps are limited: the step function (fraction of the range, final range in mm) and the
    range factor of multiple scattering."""

    range_fraction: float
    final_range: float
    range_factor: float


class PhotonSetup(NamedTuple):
    """What a photon's life reads. The types of the first three choose the algorithms.

    scattering: Unpolarised or Entangled, how annihilation photons scatter.
    """

    geometry: Any
    tracking: Any
    scattering: Any
    tables: GammaTables
    thresholds: Thresholds


class ChargedSetup(NamedTuple):
    """What an electron's life reads; apart from the photon's, so that a photon policy compiles nothing of it.

    fluctuation: int64[3, regions], 1 where the energy loss of a particle fluctuates.
    """

    geometry: Any
    tables: ChargedTables
    fluctuation: np.ndarray
    thresholds: Thresholds
    steps: Steps
    roulette: Roulette


class Setup(NamedTuple):
    """Params of a transport: geometry, tables and policies."""

    photon: PhotonSetup
    charged: ChargedSetup
    killer: Killer
