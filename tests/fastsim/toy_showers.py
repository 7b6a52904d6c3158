"""Toy showers, made in no time, with the fluctuations that metrics look at."""

from __future__ import annotations

import numpy as np

from simkit.fastsim.showers.binning import regular_binning
from simkit.fastsim.showers.files import Showers

TOY = regular_binning("electron", 11, layers=6, angles=4, radii=3, step_mm=5.0)


def toy_showers(n: int, seed: int = 1, scale: float = 1.0) -> Showers:
    """Return n showers of 1 to 100 GeV in 72 cells; `scale` multiplies the energies."""
    random = np.random.default_rng(seed)
    incident = 10.0 ** random.uniform(3.0, 5.0, n)
    depth = 2.0 + 0.4 * np.log(incident / 1e3) + 0.3 * random.standard_normal(n)
    along = np.exp(-0.5 * ((np.arange(6) - depth[:, None]) / 1.3) ** 2)
    across = np.exp(-np.arange(3) / 0.7)
    mean = along[:, :, None, None] * np.ones((4, 1)) * across
    mean *= (0.9 * scale * incident / mean.sum(axis=(1, 2, 3)))[:, None, None, None]
    cells = mean * random.gamma(4.0, 0.25, mean.shape) * (random.random(mean.shape) > 0.2)
    return Showers(TOY, incident, cells.reshape(n, -1).astype(np.float32))
