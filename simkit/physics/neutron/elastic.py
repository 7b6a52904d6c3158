"""Elastic scattering of a neutron on a free nucleus at rest.

On hydrogen the cross section is that of the effective-range theory (H. A. Bethe, Phys. Rev. 76 (1949) 38),
with the scattering lengths and ranges of O. Dumbrajs et al., Nucl. Phys. B 216 (1983) 277: within 0.3 % of
ENDF/B-VII below 10 MeV, isotropic in the centre of mass. A larger nucleus scatters forwards as a grey disc of
its radius R does, exp(-(q R)^2 / 4) in the momentum transfer q.
"""

from __future__ import annotations

import math

import numpy as np

from simkit.jit import kernel
from simkit.physics.elementary import quick_exp, quick_log
from simkit.rng import uniform
from simkit.units import HBAR_C, NEUTRON_MASS

_SINGLET, _TRIPLET = (-23.748, 2.75), (5.424, 1.759)  # scattering length, effective range (fm)
_RADIUS = 1.25  # fm, times A^(1/3)
_FM = 1e-12  # mm
_SMALLEST_PEAK = 1e-3  # a forward peak below it is none


def hydrogen_cross_section(energy: np.ndarray) -> np.ndarray:
    """Return the cross section (barn) of a free proton at kinetic energies (MeV)."""
    k2 = 0.5 * NEUTRON_MASS * energy * (_FM / HBAR_C) ** 2  # 1/fm^2, in the centre of mass
    total = np.zeros_like(energy)
    for share, (length, effective_range) in ((0.25, _SINGLET), (0.75, _TRIPLET)):
        total = total + share * 4.0 * math.pi / (k2 + (0.5 * effective_range * k2 - 1.0 / length) ** 2)
    return total / 100.0


def forward_peak(mass: float, nucleons: float) -> float:
    """Return how the forward peak of a nucleus (mass in neutron masses) grows with energy, 1/MeV."""
    if nucleons < 2.0:
        return 0.0
    k2 = 2.0 * NEUTRON_MASS * (mass / (mass + 1.0)) ** 2 * (_FM / HBAR_C) ** 2  # of 1 MeV
    return 0.5 * k2 * (_RADIUS * nucleons ** (1.0 / 3.0)) ** 2


@kernel
def sample_elastic(rng, energy, mass, peak):
    """Return (energy after (MeV), cosine) of a scattering. peak: of `forward_peak`, 1/MeV."""
    chance = uniform(rng)
    width = peak * energy
    if width > _SMALLEST_PEAK:
        cosine = 1.0 + quick_log(chance + (1.0 - chance) * quick_exp(-2.0 * width)) / width
    else:
        cosine = 2.0 * chance - 1.0
    speed2 = mass * mass + 2.0 * mass * cosine + 1.0  # of the neutron after, in units of the centre's
    after = energy * speed2 / ((mass + 1.0) * (mass + 1.0))
    if speed2 <= 0.0:  # stopped by a proton, or a rounding error below
        return 0.0, 1.0
    return after, min(max((1.0 + mass * cosine) / math.sqrt(speed2), -1.0), 1.0)
