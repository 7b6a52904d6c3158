"""Decays: kinematics and modes."""

import numpy as np
import pytest

from simkit.particles import (
    KAON_LONG,
    KAON_PLUS,
    KAON_SHORT,
    MUON,
    NEUTRAL_PION,
    PARTICLES,
    PION_MINUS,
    species,
)
from simkit.physics.decays import (
    NEUTRINO,
    NOTHING,
    decay_momentum,
    sample_daughter,
    sample_mode,
    sample_pair_mass,
)
from simkit.rng import make_rng, start_track


def generator():
    rng = make_rng(5)
    start_track(rng, 0, 1)
    return rng


@pytest.mark.parametrize(
    ("parent", "momentum"),
    [("pi+", 29.79), ("K+", 235.53)],  # MeV/c, Particle Data Group 2022
)
def test_muon_of_a_meson_at_rest(parent, momentum):
    assert decay_momentum(species(parent).mass, species("mu+").mass, 0.0) == pytest.approx(momentum, abs=0.02)


def test_a_decay_in_flight_conserves_mass_and_is_isotropic_at_rest():
    rng, mass, first, second = generator(), 493.677, 139.57039, 134.9768
    p = np.array([3000.0, -400.0, 120.0])
    energy = np.hypot(mass, np.linalg.norm(p))
    along = []
    for _ in range(2000):
        e, x, y, z = sample_daughter(rng, energy, *p, mass, first, second)
        q = np.array([x, y, z])
        assert e**2 - q @ q == pytest.approx(first**2, rel=1e-6)
        assert (energy - e) ** 2 - (p - q) @ (p - q) == pytest.approx(second**2, rel=1e-5)
        along.append(e)
    momentum = decay_momentum(mass, first, second)
    rest = np.hypot(first, momentum)
    # flat between the ends that a boost gives
    middle, half = energy / mass * rest, np.linalg.norm(p) / mass * momentum
    assert min(along) >= middle - half - 1e-6
    assert max(along) <= middle + half + 1e-6
    assert np.mean(along) == pytest.approx(middle, abs=5 * half / np.sqrt(3 * 2000))


def test_the_pair_of_a_three_body_decay_is_in_its_range():
    rng = generator()
    masses = [sample_pair_mass(rng, 493.677, 139.57, 139.57, 139.57) for _ in range(500)]
    assert min(masses) >= 279.14
    assert max(masses) <= 493.677 - 139.57


@pytest.mark.parametrize("kind", [PION_MINUS, KAON_PLUS, KAON_LONG, KAON_SHORT, NEUTRAL_PION])
def test_modes_conserve_charge(kind):
    rng = generator()
    for _ in range(500):
        found = [k for k in sample_mode(rng, kind) if k not in (NEUTRINO, NOTHING)]
        assert sum(species(PARTICLES[k]).charge for k in found) == species(PARTICLES[kind]).charge
        assert sum(species(PARTICLES[k]).mass for k in found) < species(PARTICLES[kind]).mass


def test_share_of_muons():
    """K+ -> mu+ nu (63.56 %), pi0 mu+ nu (3.35 %)."""
    rng = generator()
    muons = np.mean([sample_mode(rng, KAON_PLUS)[0] == MUON + 1 for _ in range(4000)])
    assert muons == pytest.approx(0.669, abs=0.035)
