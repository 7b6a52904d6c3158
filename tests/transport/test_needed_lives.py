"""A scenario compiles the lives that its events need, and no others."""

import pytest

from simkit.particles import GAMMA, PARTICLES
from simkit.transport.lives import LIVES, lives_for
from simkit.transport.lives.parts import Life


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


@pytest.mark.parametrize(
    ("made", "lives"),
    [
        ("pi+", "photon electron muon hadron neutral_hadron other"),
        ("n", "photon electron neutron other"),
        ("mu-", "photon electron muon other"),
    ],
)
def test_a_plug_ins_life_brings_the_lives_of_what_it_makes(monkeypatch, made, lives):
    other = Life("other", (99,), lambda parts: None, makes=(PARTICLES.index(made),))
    monkeypatch.setattr("simkit.transport.lives.all_lives", lambda: iter([*LIVES, other]))
    assert " ".join(life.name for life in lives_for([GAMMA], 10.0)) == lives
