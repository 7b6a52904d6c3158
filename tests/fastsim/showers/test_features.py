"""Features: a shower worked out by hand, the definitions of the CaloChallenge, and its symmetries."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from simkit.fastsim.showers import features as module
from simkit.fastsim.showers.binning import DATASET_2, Binning
from simkit.fastsim.showers.features import features, high_level, high_level_names, low_level
from simkit.fastsim.showers.files import Showers

# Two layers with cells, the first cut in four angles; between them one without.
BINNING = Binning("electron", 11, ((0.0, 2.0, 4.0), (0.0,), (0.0, 10.0)), (4, 1, 1))


def test_a_shower_worked_out_by_hand() -> None:
    """Angles' middles are at -135, -45, 45, 135 degrees: 3 MeV at (-1, -1)/sqrt 2, 1 at 3 (1, 1)/sqrt 2."""
    cells = np.zeros((2, 9), dtype=np.float32)
    cells[0, [0, 5, 8]] = 3.0, 1.0, 4.0
    of = features(Showers(BINNING, np.array([10.0, 100.0]), cells))
    assert (of.layers, of.angular) == ((0, 2), (0,))
    assert of.total_MeV.tolist() == [8.0, 0.0]
    assert of.response[0] == 0.8
    assert of.layer_MeV[0].tolist() == [4.0, 4.0]
    assert of.sparsity.tolist() == [[0.75, 0.0], [1.0, 1.0]]
    mean = (3.0 * -1.0 + 3.0) / 4.0 / 2.0**0.5
    width = ((3.0 * 0.5 + 4.5) / 4.0 - mean**2) ** 0.5
    np.testing.assert_allclose([of.x_mm[0, 0], of.y_mm[0, 0]], mean, atol=1e-12)
    np.testing.assert_allclose([of.x_width_mm[0, 0], of.y_width_mm[0, 0]], width, rtol=1e-12)
    np.testing.assert_allclose(of.radius_mm[0], [1.5, 5.0])
    np.testing.assert_allclose(of.radius_width_mm[0], [(12.0 / 4.0 - 1.5**2) ** 0.5, 0.0], atol=1e-6)
    assert (of.depth[0], of.depth_width[0]) == (0.5, 0.5)
    assert all(np.all(values[1] == 0.0) for values in (of.x_mm, of.radius_mm, of.radius_width_mm))


def test_inputs_of_classifiers_are_the_challenges() -> None:
    """Dataset 2 has 362 high-level inputs, 2 + 4 L + 4 A: as in evaluate.py."""
    cells = np.zeros((1, 6480), dtype=np.float32)
    cells[0, 5] = 50.0
    showers = Showers(DATASET_2, np.array([1000.0]), cells)
    of = features(showers)
    values = dict(zip(high_level_names(of), high_level(of)[0]))
    assert len(values) == 362 == high_level(of).shape[1]
    assert values["incident"] == 3.0
    assert values["layer energy 0"] == pytest.approx(np.log10(50.0))
    assert values["layer energy 44"] == values["total"] - np.float32(np.log10(50.0)) - 8.0 == -8.0
    assert values["radius 0"] == pytest.approx(0.255750)  # 5.5 rings of 4.65 mm, over 100 mm
    assert values["x 0"] == pytest.approx(0.255750 * np.cos(-15 * np.pi / 16))
    low = low_level(showers)
    assert (low.shape, low.dtype, low[0, 0], low[0, 6]) == ((1, 6481), np.float32, 3.0, np.float32(0.05))


def test_many_showers_are_taken_in_parts(
    monkeypatch: pytest.MonkeyPatch, toy: Callable[..., Showers]
) -> None:
    whole = features(toy(50))
    monkeypatch.setattr(module, "CHUNK_BYTES", 8 * 72 * 7)
    for one, other in zip(whole[2:], features(toy(50))[2:]):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)


def test_symmetries_turn_and_mirror_and_keep_what_does_not_depend_on_the_angle() -> None:
    images = DATASET_2.symmetries()
    assert images.shape == (32, 6480)
    assert len({tuple(image[:144]) for image in images}) == 32
    assert images[0].tolist() == list(range(6480))
    cells = np.random.default_rng(1).exponential(size=(1, 6480)).astype(np.float32)
    turned = np.concatenate([cells[:, image] for image in images])
    of = features(Showers(DATASET_2, np.full(32, 1e3), turned))
    for values in (of.layer_MeV, of.radius_mm, np.hypot(of.x_mm, of.y_mm)):
        np.testing.assert_allclose(values, np.broadcast_to(values[0], values.shape), rtol=1e-6)
    turn = np.exp(-2j * np.pi / 16)
    centre = of.x_mm + 1j * of.y_mm
    np.testing.assert_allclose(centre[1], turn * centre[0], rtol=1e-9)
    assert BINNING.symmetries().shape == (8, 9)
    assert np.all(BINNING.symmetries()[:, 8] == 8)
