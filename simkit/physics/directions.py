"""Directions: azimuths, rotation into the frame of a track, momentum conservation."""

from __future__ import annotations

import math

from simkit.jit import fma, kernel
from simkit.rng import uniform
from simkit.units import ELECTRON_MASS


@kernel
def sample_azimuth(rng):
    """Return (cos, sin) of a uniform azimuth, without trigonometry.

    A point drawn in the half disc, its angle doubled (J. von Neumann, NBS Appl. Math. Ser. 12 (1951) 36).
    """
    a, b, r2 = 0.0, 0.0, 2.0
    while r2 > 1.0:  # in 785 of 1000 draws it ends, whatever the track
        a = 2.0 * uniform(rng) - 1.0
        b = uniform(rng)
        r2 = a * a + b * b
    scale = 1.0 / r2
    return (a * a - b * b) * scale, 2.0 * a * b * scale


@kernel
def rotate(px, py, pz, u, v, w):
    """Return the vector (px, py, pz), given in a frame whose z axis is (u, v, w), in the outer frame."""
    transverse = u * u + v * v
    if transverse < 1e-30:
        return (px, py, pz) if w > 0.0 else (-px, py, -pz)
    s = math.sqrt(transverse)
    per_s = 1.0 / s
    t = w * px
    return (
        fma(fma(u, t, -v * py), per_s, u * pz),
        fma(fma(v, t, u * py), per_s, v * pz),
        fma(w, pz, -s * px),
    )


@kernel
def deflect(cosine, cos_azimuth, sin_azimuth, u, v, w):
    """Return the direction (u, v, w) turned by a polar cosine and an azimuth, of unit length."""
    sine = math.sqrt(max((1.0 - cosine) * (1.0 + cosine), 0.0))
    a, b, c = rotate(sine * cos_azimuth, sine * sin_azimuth, cosine, u, v, w)
    # 1 / sqrt of what is a rounding error from 1
    norm = 1.5 - 0.5 * (a * a + b * b + c * c)
    return a * norm, b * norm, c * norm


@kernel
def sample_isotropic(rng):
    """Return a direction, isotropic."""
    ca, sa = sample_azimuth(rng)
    return deflect(2.0 * uniform(rng) - 1.0, ca, sa, 0.0, 0.0, 1.0)


@kernel
def momentum_of(energy, mass):
    """Return the momentum (MeV/c) of a particle of kinetic `energy` and `mass` (MeV)."""
    return math.sqrt(energy * (energy + 2.0 * mass))


@kernel
def momentum(energy):
    """Return the momentum (MeV/c) of an electron of kinetic `energy` (MeV)."""
    return math.sqrt(energy * (energy + 2.0 * ELECTRON_MASS))


@kernel
def recoil(p, u, v, w, q, a, b, c):
    """Return the unit vector of p (u, v, w) - q (a, b, c): what is left after a secondary took q."""
    x = p * u - q * a
    y = p * v - q * b
    z = p * w - q * c
    norm2 = x * x + y * y + z * z
    if norm2 <= 0.0:
        return u, v, w
    norm = 1.0 / math.sqrt(norm2)
    return x * norm, y * norm, z * norm
