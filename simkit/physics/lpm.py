"""Landau-Pomeranchuk-Migdal suppression: Migdal's G(s), phi(s) and xi(s).

A. B. Migdal, Phys. Rev. 103 (1956) 1811; xi in the form of T. Stanev et al., Phys. Rev. D 25 (1982) 1291;
both in the Geant4 Physics Reference Manual, chapters on bremsstrahlung and pair production at high energies.
"""

from __future__ import annotations

import math

import numpy as np

from simkit.jit import kernel
from simkit.physics.elementary import log
from simkit.units import ELECTRON_MASS, FINE_STRUCTURE, HBAR_C

LPM_ENERGY_PER_LENGTH = FINE_STRUCTURE * ELECTRON_MASS**2 / (4.0 * math.pi * HBAR_C)
"""LPM energy (MeV) per radiation length (mm): 7.7 TeV / cm."""

_S_MAX = 2.0
_NODES_PER_UNIT = 200.0


def migdal_functions(s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return Migdal's G(s) and phi(s) for s >= 0.

    His series sum_k 1 / ((k + x)^2 + s^2), k = 0, 1, ..., are Im digamma(x + i s) / s.
    """
    s = np.asarray(s, dtype=float)
    g = 12.0 * np.pi * s**2 - 48.0 * s**2 * _digamma(s + 0.5 + 1j * s).imag
    phi = 6.0 * s - 6.0 * np.pi * s**2 + 24.0 * s**2 * _digamma(s + 1.0 + 1j * s).imag
    return g, phi


def _digamma(z: np.ndarray) -> np.ndarray:
    """Return the digamma function of complex z with a positive real part, to 1e-14.

    The recurrence to z + 12 and the asymptotic series there (M. Abramowitz and I. A. Stegun, 6.3.5, 6.3.18);
    importing scipy for it would cost every start a tenth of a second.
    """
    steps = sum(1.0 / (z + k) for k in range(12))
    z = z + 12.0
    i = 1.0 / z**2
    series = i * (1 / 12 - i * (1 / 120 - i * (1 / 252 - i * (1 / 240 - i * (1 / 132 - i * 691 / 32760)))))
    return np.log(z) - 0.5 / z - series - steps


_G, _PHI = migdal_functions(np.arange(int(_S_MAX * _NODES_PER_UNIT) + 2) / _NODES_PER_UNIT)


def xi_threshold(z: int) -> float:
    """Return s1 = sqrt(2) (Z^(1/3) / 184)^2, below which xi(s') is 2."""
    return math.sqrt(2.0) * z ** (2.0 / 3.0) / 184.0**2


@kernel
def suppression(s_prime, s1, inverse_log_s1):
    """Return (xi, G, phi) for Migdal's variable s' and the element's s1 = xi_threshold(z), 1 / ln(s1).

    s' = sqrt(E_LPM E_gamma / (8 E E')), E and E' the energies of the electrons, E_LPM = radiation length
    times LPM_ENERGY_PER_LENGTH. xi is limited so that suppression never enhances.
    """
    xi = 2.0
    if s_prime > 1.0:
        xi = 1.0
    elif s_prime > s1:
        h = log(s_prime) * inverse_log_s1
        xi = 1.0 + h - 0.08 * (1.0 - h) * h * (2.0 - h) * inverse_log_s1
    s = s_prime / math.sqrt(xi)
    if s < _S_MAX:
        place = s * _NODES_PER_UNIT
        i = int(place)
        fraction = place - i
        g = _G[i] + fraction * (_G[i + 1] - _G[i])
        phi = _PHI[i] + fraction * (_PHI[i + 1] - _PHI[i])
    else:
        s4 = 1.0 / (s * s * s * s)
        g = 1.0 - 0.0230655 * s4
        phi = 1.0 - 0.01190476 * s4
    if xi * phi > 1.0 or s > 0.57:
        xi = 1.0 / phi
    return xi, g, phi
