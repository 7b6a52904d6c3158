"""A run of two events whose sums can be done by hand."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from simkit.record.making import build_result
from simkit.record.result import Result
from simkit.record.tallies import (
    BALANCE,
    COUNTERS,
    ENERGY_UNIT,
    LENGTH_UNIT,
    PARTICLES,
    PROCESSES,
    Tallies,
    empty_tallies,
)
from simkit.scenario import Scenario, load_scenario

REGIONS = ("absorber", "gap", "world")


@pytest.fixture(scope="session")
def prepared() -> SimpleNamespace:
    return SimpleNamespace(
        regions=REGIONS,
        calorimeter=REGIONS[:2],
        layers={"absorber": ((0,), (2,)), "gap": ((1,), (3,))},
        cuts_MeV={"G4_Pb": {"gamma": 0.1, "e-": 1.0}},
        backend="cpu",
        setup_s=0.5,
        compile_s=0.25,
    )


@pytest.fixture
def tallies() -> Tallies:
    """Two events of 10 MeV; the second leaks 1 MeV."""
    t = empty_tallies(np.array([0, 1]), 3, np.array([0, 1, 0, 1]))
    t.deposits[:] = (np.array([[4, 2, 3, 1], [5, 1, 2, 1]]) / ENERGY_UNIT).astype(np.int64)
    t.balance[:, BALANCE.index("in")] = int(10 / ENERGY_UNIT)
    t.balance[1, BALANCE.index("leaked")] = int(1 / ENERGY_UNIT)
    t.steps[0, :3] = [[10, 20, 7], [3, 4, 1], [1, 0, 0]]
    t.secondaries[0, :3] = [4, 6, 2]
    t.interactions[0, PROCESSES.index("compt")] = 8
    t.track_length[0, 1] = int(30 / LENGTH_UNIT)
    t.counters[:, COUNTERS.index("virtual_collisions")] = [5, 6]
    t.escaped[:, PARTICLES.index("mu-")] = [[2**20, 2**30], [0, 0]]
    t.cpu_s, t.wall_s = 2.0, 1.0
    return t


@pytest.fixture(scope="session")
def scenario() -> Scenario:
    return load_scenario("testem3", with_speedups=["woodcock"])


@pytest.fixture
def result(scenario: Scenario, tallies: Tallies, prepared: SimpleNamespace) -> Result:
    return build_result(
        scenario,
        tallies,
        prepared,
        seed=3,
        engine="native",
        engine_version="1.2",
        untransported=({"pi+": 7.0}, {"pi+": 1.0, "p": 2.0}),
        outside_cuts=({}, {"gamma": 4.0}),
    )
