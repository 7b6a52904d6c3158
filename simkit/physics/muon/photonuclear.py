"""Loss of muons to nuclear interactions, all of it continuous: 3 % of the loss at 1 TeV.

Source: V. V. Borog and A. A. Petrukhin, Proc. 14th ICRC (Munich, 1975) 6, 1949, with the photon's cross
section of D. O. Caldwell et al., Phys. Rev. Lett. 42 (1979) 553; as in the Geant4 Physics Reference Manual,
"Muon photonuclear interaction". Valid for energies above 1 GeV and transfers above 0.2 GeV.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simkit.materials import Material
from simkit.physics.bremsstrahlung.spectrum import gauss_legendre
from simkit.units import FINE_STRUCTURE, MUON_MASS, PROTON_MASS, GeV

_NODES, _WEIGHTS = gauss_legendre(48)
_LEAST_TRANSFER = 0.2 * GeV
_LAMBDA2 = 0.4 * GeV**2  # of the nucleon's form factor
_MICROBARN = 1e-28  # mm^2


def dedx(material: Material, energy: ArrayLike) -> NDArray[np.float64]:
    """Return the loss (MeV/mm) at kinetic energies (MeV), in their shape."""
    total = np.asarray(energy, dtype=float) + MUON_MASS
    most = total - 0.5 * PROTON_MASS
    allowed = most > _LEAST_TRANSFER
    e = np.where(allowed, total, GeV)[..., None]
    span = np.log((e - 0.5 * PROTON_MASS) / _LEAST_TRANSFER)
    transfer = _LEAST_TRANSFER * np.exp(span * _NODES)
    photon = transfer / GeV
    sigma = (49.2 + 11.1 * np.log(photon) + 151.8 / np.sqrt(photon)) * _MICROBARN
    v = transfer / e
    mu2 = (MUON_MASS / e) ** 2
    argument = (1.0 - v) / mu2 * (1.0 + MUON_MASS**2 * v**2 / (_LAMBDA2 * (1.0 - v)))
    size = math.sqrt(_LAMBDA2)
    argument /= 1.0 + transfer / size * (1.0 + 0.5 * size / PROTON_MASS + transfer / size)
    flux = v - 1.0 + (1.0 - v + 0.5 * v**2 * (1.0 + 2.0 * MUON_MASS**2 / _LAMBDA2)) * np.log(argument)
    # dsigma = alpha / pi sigma flux dnu / nu, and the loss is nu of it
    per_nucleon = FINE_STRUCTURE / math.pi * span[..., 0] * ((sigma * flux * transfer) @ _WEIGHTS)
    a = np.array([element.a_g_mol for element in material.elements])
    shadowed = float(material.atoms_per_mm3 @ (0.22 * a + 0.78 * a**0.89))
    return np.where(allowed, shadowed * np.maximum(per_nucleon, 0.0), 0.0)
