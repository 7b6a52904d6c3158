"""The mesh about an incoming particle: the cell of a point, in any direction, and what lies outside it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simkit.errors import BadInput
from simkit.jit import kernel
from simkit.particles import ELECTRON
from simkit.readout import cell, step_cell
from simkit.scenario import load_scenario
from simkit.tracks import Track

ABSORBER, SILICON = 1, 2  # volumes of the first layer


@kernel
def step_ends(readout, where, track):
    return step_cell(readout, where, track)


@pytest.mark.parametrize("direction", [(1, 0, 0), (0, -2, 0), (3, 2, 1)])
def test_the_cell_of_a_point(direction):
    scenario = load_scenario("par04", overrides={"readout.direction": list(direction)})
    readout = scenario.detector.readout
    along, first, second = scenario.readout.axes()
    np.testing.assert_allclose(
        np.array([along, first, second]) @ np.array([along, first, second]).T, np.eye(3), atol=1e-12
    )
    assert np.linalg.det([along, first, second]) == pytest.approx(1.0)
    draw = np.random.default_rng(1)
    for _ in range(300):
        depth, radius, turn = draw.uniform(-10, 170), draw.uniform(0, 50), draw.uniform(0, 1)
        angle = 2 * math.pi * turn
        point = (800 + depth) * along + radius * (math.cos(angle) * first + math.sin(angle) * second)
        inside = 0 <= depth < 153 and radius < 41.85
        expected = (
            (int(depth / 3.4) * 16 + (int(16 * turn) + 8) % 16) * 9 + int(radius / 4.65)
            if inside
            else 6480 + 1
        )
        assert cell(readout, SILICON, *point) == expected
        assert cell(readout, ABSORBER, *point) == 6480


def test_a_loss_is_counted_where_the_step_ends():
    """As Geant4's Par04 does: at the middles of the steps the outer rings are 3 to 7 % off."""
    end = Track(ELECTRON, 1.0, 801.0, 2.0, 0.5, 1.0, 0.0, 0.0, 0.0, 1.0, SILICON, 1, 0)
    mesh = load_scenario("par04").detector.readout
    middle = load_scenario("testem3").detector.readout
    assert step_ends(mesh, 5, end) == cell(mesh, SILICON, end.x, end.y, end.z) == 8 * 9
    assert step_ends(middle, 5, end) == 5


def test_a_region_that_is_not_there():
    scenario = load_scenario("par04", overrides={"readout.region": "lar"})
    with pytest.raises(BadInput, match=r"readout.region: 'lar' is not there; take one of absorber, silicon"):
        _ = scenario.detector
