"""The clock of a track: what it reads where a secondary is made."""

import numpy as np
import pytest

from simkit.engines.build import build_world
from simkit.jit import kernel
from simkit.particles import ELECTRON, GAMMA, MUON, PARTICLES
from simkit.rng import make_rng
from simkit.scenario import load_scenario
from simkit.tally import make_tally
from simkit.tracks import (
    Track,
    begin_with,
    make_stacks,
    next_life,
    pack_tracks,
    put_track,
    slowness,
    track_at,
    unpack_tracks,
)
from simkit.transport.life import follow_in
from simkit.units import ELECTRON_MASS, MUON_MASS, SPEED_OF_LIGHT

TRACKS, BEGAN = 400, 3.5


@kernel
def first_secondary(setup, tally, stacks, rng, start, made, stop):
    """Follow each track to its end, and nothing it makes; write the first secondary it made."""
    for i in range(start.shape[0]):
        begin_with(stacks, start, i)
        life = next_life(stacks)
        follow_in(setup.lives, life, life, tally, stacks, rng, i, 1, stop)
        found = next_life(stacks)
        if found >= 0:
            put_track(made, i, track_at(stacks.words[found], 0))


def secondaries(kind, energy, material):
    """Return the first secondary of each of many tracks from x = 0 at BEGAN, those that made one."""
    overrides = {
        "events.particle": PARTICLES[kind],
        "geometry.layers": 1,
        "geometry.transverse_mm": 1e6,
        "geometry.slab": ({"region": "slab", "material": material, "thickness_mm": 1e6},),
        "physics.production_cut_mm": 0.1,
    }
    setup = build_world(load_scenario("testem3", overrides=overrides)).setup
    start = pack_tracks(
        Track(kind, np.full(TRACKS, energy), 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, BEGAN, 1.0, 0, 1, 0)
    )
    made, stop = np.zeros_like(start), np.zeros(1, dtype=np.int64)
    first_secondary(
        setup, make_tally(1, 2, 2), make_stacks(setup.life_of, 1 << 12), make_rng(1), start, made, stop
    )
    found = unpack_tracks(made[made[:, 1] != 0])
    assert len(found.energy) > 0.9 * TRACKS
    return found, np.sqrt(found.x**2 + found.y**2 + found.z**2)


def test_a_photon_flies_at_the_speed_of_light():
    electrons, distance = secondaries(GAMMA, 20.0, "G4_lAr")
    assert (electrons.kind == ELECTRON).sum() > 0
    assert np.ptp(distance) > 10.0
    np.testing.assert_allclose(electrons.time, BEGAN + distance / SPEED_OF_LIGHT, rtol=1e-12)


def test_an_electron_takes_its_time():
    """300 keV electrons in air make their first delta ray after some cm, which they fly almost straight."""
    delta_rays, distance = secondaries(ELECTRON, 0.3, "G4_AIR")
    assert slowness(0.3, ELECTRON_MASS) == pytest.approx(1.0 / (0.776525 * SPEED_OF_LIGHT), rel=1e-5)
    pace = (delta_rays.time - BEGAN) / (distance * slowness(0.3, ELECTRON_MASS))
    assert pace.min() >= 1.0
    assert np.median(pace) == pytest.approx(1.02, abs=0.03)


def test_a_muon_slows_down():
    """50 MeV muons in argon fly straight until their first delta ray, at the speed they have."""
    delta_rays, distance = secondaries(MUON, 50.0, "G4_lAr")
    pace = (delta_rays.time - BEGAN) / (distance * slowness(50.0, MUON_MASS))
    assert pace.min() > 0.999
    near, far = (np.median(pace[part]) for part in (distance < 3.0, distance > 10.0))
    assert near == pytest.approx(1.0, abs=0.01)
    assert far > near
