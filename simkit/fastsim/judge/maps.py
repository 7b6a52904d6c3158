"""A map of showers: high-level features in two dimensions, near where they are alike (t-SNE).

L. van der Maaten, G. Hinton, J. Mach. Learn. Res. 9 (2008) 2579. Needs scikit-learn.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simkit.imports import extra

COMPONENTS = 30
PERPLEXITY = 30.0


def shower_map(samples: Sequence[NDArray[np.float32]], seed: int) -> list[NDArray[np.float32]]:
    """Return places on one map for all samples together, float32[n, 2] each; the first sets the scales.

    Features are standardised and cut to their 30 principal components before.
    """
    with extra("ml", "the map of showers"):
        from sklearn.decomposition import PCA
        from sklearn.manifold import TSNE
    together = np.concatenate(samples).astype(np.float64)
    spread = samples[0].std(axis=0, dtype=np.float64)
    together = (together - samples[0].mean(axis=0)) / np.where(spread > 0.0, spread, 1.0)
    components = min(COMPONENTS, *together.shape)
    together = PCA(components, svd_solver="full", random_state=seed).fit_transform(together)
    perplexity = min(PERPLEXITY, (len(together) - 1) / 3.0)
    places = TSNE(2, perplexity=perplexity, init="pca", random_state=seed).fit_transform(together)
    return np.split(places.astype(np.float32), np.cumsum([len(sample) for sample in samples])[:-1])
