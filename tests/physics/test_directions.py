"""Rotations, azimuths and recoils: geometry that has exact answers."""

import numpy as np
import pytest
from scipy.stats import chi2

from simkit.jit import kernel
from simkit.physics.directions import deflect, momentum, recoil, rotate, sample_azimuth
from simkit.rng import make_rng, start_track


@kernel
def azimuths(rng, out):
    for i in range(len(out)):
        out[i, 0], out[i, 1] = sample_azimuth(rng)


def unit_vectors(n, seed=1):
    vectors = np.random.default_rng(seed).standard_normal((n, 3))
    return vectors / np.linalg.norm(vectors, axis=1)[:, None]


AXES = [
    (0.0, 0.0, 1.0),
    (0.0, 0.0, -1.0),
    (1.0, 0.0, 0.0),
    (0.0, -1.0, 0.0),
    (1e-9, 0.0, -1.0),
    (0.0, 3e-16, 1.0),
    (1e-160, 1e-160, 1.0),
    *(tuple(v) for v in unit_vectors(20)),
]


def test_azimuths_are_uniform():
    rng = make_rng(5)
    start_track(rng, 0, 1)
    out = np.zeros((200_000, 2))
    azimuths(rng, out)
    assert np.abs(np.hypot(out[:, 0], out[:, 1]) - 1.0).max() < 1e-15
    angle = np.arctan2(out[:, 1], out[:, 0])
    counts, _ = np.histogram(angle, bins=100, range=(-np.pi, np.pi))
    # false-alarm rate 1e-5
    assert ((counts - 2000.0) ** 2 / 2000.0).sum() < chi2.isf(1e-5, 99)


@pytest.mark.parametrize("axis", AXES)
def test_rotation_is_one(axis):
    columns = np.array([rotate(*unit, *axis) for unit in np.eye(3)]).T
    assert columns[:, 2] == pytest.approx(np.array(axis), abs=1e-15)
    assert columns.T @ columns == pytest.approx(np.eye(3), abs=1e-12)
    assert np.linalg.det(columns) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("cosine", [1.0, -1.0, 0.0, 0.3, 1.0 - 1e-14, -1.0 + 1e-14])
def test_deflection_turns_by_the_polar_angle(axis, cosine):
    for angle in (0.0, 1.0, 4.0):
        turned = np.array(deflect(cosine, np.cos(angle), np.sin(angle), *axis))
        assert np.linalg.norm(turned) == pytest.approx(1.0, abs=1e-15)
        assert turned @ np.array(axis) == pytest.approx(cosine, abs=1e-14)


def test_deflections_do_not_drift_from_unit_length():
    direction = (0.0, 0.0, 1.0)
    for i in range(10_000):
        direction = deflect(0.7, np.cos(i), np.sin(i), *direction)
    assert np.linalg.norm(direction) == pytest.approx(1.0, abs=1e-15)


def test_opposite_azimuths_leave_in_one_plane():
    axis = AXES[7]
    a = np.array(deflect(0.5, 0.6, 0.8, *axis))
    b = np.array(deflect(0.2, -0.6, -0.8, *axis))
    assert np.linalg.det(np.array([a, b, axis])) == pytest.approx(0.0, abs=1e-15)
    # their transverse parts point away from each other
    assert (a - 0.5 * np.array(axis)) @ (b - 0.2 * np.array(axis)) < 0.0


def test_momentum():
    assert momentum(1.0) == pytest.approx(1.42197, rel=1e-5)  # E^2 - m^2 with m = 0.51099895 MeV
    assert momentum(1e6) == pytest.approx(1e6 + 0.51099895, rel=1e-12)


def test_recoil_keeps_the_momentum():
    for track, secondary in zip(unit_vectors(50, 2), unit_vectors(50, 3)):
        left = 5.0 * track - 2.0 * secondary
        assert np.array(recoil(5.0, *track, 2.0, *secondary)) == pytest.approx(
            left / np.linalg.norm(left), abs=1e-14
        )
    assert recoil(2.0, 0.0, 0.0, 1.0, 2.0, 0.0, 0.0, 1.0) == (0.0, 0.0, 1.0)  # nothing is left: no turn
