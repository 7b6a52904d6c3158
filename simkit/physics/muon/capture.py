"""What a negative muon does at rest in matter: it falls into an atom, and is captured there or decays.

Sources: the rate by B. Goulard and H. Primakoff, Phys. Rev. C 10 (1974) 2034, with the constants and
lifetimes of T. Suzuki, D. F. Measday, J. P. Roalsvig, Phys. Rev. C 35 (1987) 2212; the atom by E. Fermi and
E. Teller, Phys. Rev. 72 (1947) 399 (in proportion to Z). Of a capture a neutrino carries nearly all the
energy away; the nucleus is left with some 15 MeV (D. F. Measday, Phys. Rep. 354 (2001) 243), which stay
where the muon stopped: they are not made into neutrons and photons.
"""

from __future__ import annotations

import numpy as np

from simkit.materials import Material
from simkit.units import MUON_LIFETIME

LEFT = 15.0
"""Energy (MeV) of a capture that stays in matter: mean excitation of the nucleus."""

_RATE, _SLOPES = 261e-9, (-0.040, -0.26, 3.24)  # 1/ns; Suzuki, Measday and Roalsvig's fit


def capture_rate(z: int, a: float) -> float:
    """Return the rate (1/ns) of capture by a nucleus of number `z` and weight `a`.

    The effective charge is Z (1 + (Z / 42)^1.47)^(-1 / 1.47).
    """
    effective = z * (1.0 + (z / 42.0) ** 1.47) ** (-1.0 / 1.47)
    g2, g3, g4 = _SLOPES
    excess = a - 2.0 * z
    blocked = (a - z) / (2.0 * a) + excess / (8.0 * a * z)
    return effective**4 * _RATE * (1.0 + g2 * a / (2.0 * z) - g3 * excess / (2.0 * z) - g4 * blocked)


def capture_probability(material: Material) -> float:
    """Return the probability that a negative muon at rest is captured before it decays."""
    rates = np.array([max(capture_rate(e.z, e.a_g_mol), 0.0) for e in material.elements])
    weights = material.atoms_per_mm3 * material.z
    return float(np.average(rates / (rates + 1.0 / MUON_LIFETIME), weights=weights))
