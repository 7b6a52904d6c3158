"""How the layers' energies go together: Pearson's correlation of their shares of the incident energy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simkit.fastsim.showers.features import Features


def correlations(of: Features) -> NDArray[np.float64]:
    """Return the matrix of correlations, [layers, layers]; 0 with a layer that never varies."""
    shares = of.layer_MeV / of.incident_MeV[:, None]
    shares = shares - shares.mean(axis=0)
    spread = np.sqrt(np.mean(shares**2, axis=0))
    shares /= np.where(spread > 0.0, spread, 1.0)
    return shares.T @ shares / len(shares)
