"""Precision, recall, density and coverage of samples whose place is known."""

from __future__ import annotations

import numpy as np
import pytest

from simkit.fastsim.judge import manifold as module
from simkit.fastsim.judge.manifold import manifolds


def cells(n: int, seed: int, shift: float = 0.0, spread: float = 0.3) -> np.ndarray:
    """Return energies whose logarithms are normal."""
    values = np.random.default_rng(seed).standard_normal((n, 4)) * spread + shift
    return (10.0**values).astype(np.float32)


def test_same_far_and_narrow_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same: coverage near 1 - 2^-5, density near 1 (M. F. Naeem et al., section 3.4)."""
    truth = cells(800, 1)
    same, far, narrow = manifolds(
        truth, [cells(800, 2), cells(800, 3, shift=9.0), cells(800, 4, spread=0.03)]
    )
    assert same.coverage == pytest.approx(1 - 2**-5, abs=0.03)
    assert same.density == pytest.approx(1.0, abs=0.15)
    assert min(same.precision, same.recall) > 0.85
    assert far == (0.0, 0.0, 0.0, 0.0)
    assert narrow.precision == 1.0
    assert narrow.recall < 0.05
    assert narrow.coverage < same.coverage / 2.0
    monkeypatch.setattr(module, "BLOCK", 77)
    assert manifolds(truth, [cells(800, 2)])[0] == pytest.approx(same, abs=0.01)


def test_by_the_definition() -> None:
    """The distances of log10 energies, a cell of zero as 0.1 MeV: worked out with full matrices."""
    truth, other = cells(40, 1), cells(40, 2, shift=0.2)
    truth[3, 1] = other[5, 2] = 0.0
    x, y = (np.log10(np.where(e == 0.0, 0.1, e).astype(np.float64)) for e in (truth, other))
    own, theirs, cross = (np.linalg.norm(a[:, None] - b[None], axis=2) for a, b in ((x, x), (y, y), (x, y)))
    radius, reach = np.sort(own, axis=1)[:, 5], np.sort(theirs, axis=1)[:, 5]
    near = cross < radius[:, None]
    expected = (
        near.any(axis=0).mean(),
        (cross < reach).any(axis=1).mean(),
        near.sum(axis=0).mean() / 5,
        (cross.min(axis=1) < radius).mean(),
    )
    np.testing.assert_allclose(manifolds(truth, [other])[0], expected, rtol=1e-12)
