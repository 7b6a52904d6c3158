"""A scenario compiles the lives that its events need, and no others."""

import pytest

from simkit.particles import PARTICLES
from simkit.transport.lives import lives_for


@pytest.mark.parametrize(
    ("names", "highest_MeV", "lives"),
    [
        (("e-",), 1e4, "photon electron"),
        (("n",), 2.0, "photon electron neutron"),
        (("n",), 100.0, "photon electron muon hadron neutral_hadron"),
        (("pi0",), 100.0, "photon electron muon hadron neutral_hadron"),
        (("p",), 1.0, "photon electron muon hadron neutral_hadron"),
        (None, float("inf"), "photon electron muon hadron neutral_hadron"),
    ],
)
def test_lives(names, highest_MeV, lives):
    assert (
        " ".join(
            life.name for life in lives_for(names and [PARTICLES.index(name) for name in names], highest_MeV)
        )
        == lives
    )
