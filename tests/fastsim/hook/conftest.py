"""What the tests of the hook share."""

import pytest

from simkit.engines.native import ENGINE
from simkit.scenario import load_scenario
from tests.fastsim.hook.trial import E_MEV, run


@pytest.fixture(scope="package")
def full():
    """Six events without any rule."""
    gun = {"events.energy_MeV": E_MEV, "events.count": 6, "geometry.layers": 12}
    prepared = ENGINE.prepare(load_scenario("testem3", overrides=gun))
    assert prepared.world.hook is None
    return run(prepared)
