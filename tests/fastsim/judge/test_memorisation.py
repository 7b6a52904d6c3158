"""Memorisation: copies are found however they are turned, mirrored or scaled; new showers are not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from simkit.fastsim.judge.memorisation import memorisation, nearest
from simkit.fastsim.showers.files import Showers

Toy = Callable[..., Showers]


def test_copies_are_found_in_every_symmetry(toy: Toy) -> None:
    training, truth = toy(300, 1), toy(200, 2)
    images = training.binning.symmetries()
    assert len(images) == 8
    cells = np.stack([training.energies_MeV[i, images[i % 8]] for i in range(200)])
    copies = Showers(training.binning, training.incident_MeV[:200] * 1.05, (cells * 1.05).astype(np.float32))
    found = memorisation(copies, truth, training, seed=1)
    assert found.generated.max() < 2e-3
    assert found.ratio < 0.01
    assert found.hi < 0.01
    assert (found.near, found.copies) == (1.0, 1.0)


def test_new_showers_are_as_far_as_truth(toy: Toy) -> None:
    found = memorisation(toy(400, 3), toy(400, 2), toy(400, 1), seed=1)
    assert found.lo < 1.0 < found.hi
    assert found.ratio == pytest.approx(1.0, abs=0.1)
    assert found.near < 0.05
    assert found.copies == 0.0


def test_the_nearest_is_searched_at_the_same_energy_only(toy: Toy) -> None:
    training = toy(50, 1)
    one = training.take(slice(7, 8))
    same = one.energies_MeV * (1.2 / one.incident_MeV[0])
    moved = Showers(one.binning, one.incident_MeV * 1.2, (same * one.incident_MeV[0]).astype(np.float32))
    assert nearest(one, training)[0] < 1e-3
    assert nearest(moved, training)[0] > 1e-2
    many = toy(300, 1)
    scaled = many._replace(
        incident_MeV=many.incident_MeV * 1.3, energies_MeV=many.energies_MeV * np.float32(1.3)
    )
    inside = scaled.take(scaled.incident_MeV < many.incident_MeV.max())
    assert nearest(inside, many).min() > 1e-2  # each at its own energy, whatever is asked beside it
    sparse = Showers(one.binning, np.array([1e3, 2e3, 1e5]), toy(3, 5).energies_MeV)
    beside = sparse._replace(incident_MeV=np.array([1e3, 1.4e3, 1e5]))
    own, alone = nearest(beside, sparse), nearest(beside.take(slice(1, 2)), sparse.take(slice(0, 1)))
    assert own[1] == pytest.approx(alone[0])  # none within 10 %: the next one
    far = moved._replace(incident_MeV=np.array([1e9]))
    assert np.isfinite(nearest(far, training)).all()  # beyond all training energies: the last of them
