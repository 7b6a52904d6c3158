"""Entangled photons: the two from annihilation at rest are polarised at right angles to each other.

So the azimuths of their first Compton scatterings know of each other: the second is more often at right
angles to the first than along it. Sources: M. H. L. Pryce, J. C. Ward, Nature 160 (1947) 435; H. S. Snyder,
S. Pasternack, J. Hornbostel, Phys. Rev. 73 (1948) 440. With mu(theta) the azimuthal modulation of a
scattering, the azimuths differ by phi with the density 1 - mu(theta1) mu(theta2) cos(2 phi), while each polar
angle follows Klein and Nishina and each azimuth alone is uniform, as without entanglement.

The photons of a pair are tracks of their own, followed in any order and by any thread. Each therefore draws
both scatterings, from a stream of random numbers that belongs to the pair, and takes its half.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from simkit.jit import by_type, kernel
from simkit.physics.compton import sample_compton
from simkit.physics.directions import sample_azimuth
from simkit.rng import child_track, enter_stream, previous_sibling, return_to, uniform
from simkit.units import ELECTRON_MASS


class Unpolarised(NamedTuple):
    """Policy: every photon scatters on its own."""


class Entangled(NamedTuple):
    """Policy: the first Compton scatterings of two photons from annihilation at rest are correlated.

    Rayleigh scattering before them leaves the polarisation as it was, to first order in its small angle; a
    photon that has turned by more forgets its partner. Later scatterings are those of unpolarised photons.
    """


@kernel
def modulation(cosine):
    """Return the azimuthal modulation mu of a scattering of 511 keV by a polar cosine.

    A linearly polarised photon scatters with the density 1 - mu cos(2 phi), phi from its polarisation.
    """
    back = 1.0 - cosine
    return (1.0 - cosine * cosine) * (1.0 + back) / (2.0 + back * back * back)


def perpendicular_to_parallel(cosine1: ArrayLike, cosine2: ArrayLike) -> np.ndarray:
    """Return how often the photons of a pair scatter at right angles to each other over along each other.

    cosine1, cosine2: their polar cosines, of one shape. The largest ratio is 2.8358, at 81.66 degrees.
    """
    both = modulation.py_func(np.asarray(cosine1)) * modulation.py_func(np.asarray(cosine2))
    return (1.0 + both) / (1.0 - both)


@kernel
def sample_entangled(rng, first):
    """Sample the first scatterings of a pair; return that of its `first` photon or that of the other.

    As sample_compton, then cosine and sine of the azimuth, in the frame that `deflect` sets up for the
    photon's direction. The frames of opposite directions share one axis; their other axes are opposite, so
    that azimuths run against each other.
    """
    energy1, cosine1, electron1, cos_electron1 = sample_compton(rng, ELECTRON_MASS)
    energy2, cosine2, electron2, cos_electron2 = sample_compton(rng, ELECTRON_MASS)
    ca, sa = sample_azimuth(rng)
    if first:
        return energy1, cosine1, electron1, cos_electron1, ca, sa
    turn_c, turn_s = sample_azimuth(rng)
    aligned = turn_c * turn_c - turn_s * turn_s  # cos(2 phi)
    # A quarter turn changes the sign of cos(2 phi): what the density leaves out here, it has there.
    if 2.0 * uniform(rng) > 1.0 - modulation(cosine1) * modulation(cosine2) * aligned:
        turn_c, turn_s = -turn_s, turn_c
    return energy2, cosine2, electron2, cos_electron2, ca * turn_c - sa * turn_s, -ca * turn_s - sa * turn_c


def scatter(policy: Any, rng: Any, energy: float, identity: int, w: float, ca: float, sa: float) -> Any:
    """Scatter a photon on an electron; return as sample_compton, then cosine and sine of its azimuth.

    identity: of the photon's track; w: the z component of its direction; ca, sa: an azimuth drawn already.
    """
    return SCATTER[type(policy)](policy, rng, energy, identity, w, ca, sa)


SCATTER = by_type(scatter)


def _scatter_alone(policy, rng, energy, identity, w, ca, sa):
    energy, cosine, electron, cos_electron = sample_compton(rng, energy)
    return energy, cosine, electron, cos_electron, ca, sa


def _scatter_entangled(policy, rng, energy, identity, w, ca, sa):
    # No other photon has this very energy, and none keeps it when it scatters.
    if energy != ELECTRON_MASS:
        energy, cosine, electron, cos_electron = sample_compton(rng, energy)
        return energy, cosine, electron, cos_electron, ca, sa
    first = w > 0.0  # of a pair, the photon that flies up is made first
    of_first = identity if first else previous_sibling(identity)
    track, block = enter_stream(rng, child_track(of_first, 0))
    scattered = sample_entangled(rng, first)
    return_to(rng, track, block)
    return scattered


SCATTER[Unpolarised] = _scatter_alone
SCATTER[Entangled] = _scatter_entangled
