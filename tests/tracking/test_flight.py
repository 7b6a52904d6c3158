"""Photons through slabs against exp(-mu x): by boundaries with one or each process, and Woodcock's way."""

import math
from threading import Thread
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest
from scipy.stats import binom, chi2

from simkit.engines.native import tallies_of
from simkit.geometry import DISTANCE_TO_BOUNDARY, DISTANCE_TO_ENVELOPE, LOCATE, OUTSIDE, locate
from simkit.geometry.slab_stack import build_slab_stack
from simkit.jit import kernel
from simkit.materials import find_material
from simkit.particles import GAMMA
from simkit.physics.tables import Couple, build_gamma_tables, photon_partial, photon_total
from simkit.processes import RAYLEIGH
from simkit.rng import make_rng, start_track
from simkit.tally import COUNTERS, make_tally, tally_columns
from simkit.tracking.flight import HOPPED, LEFT, BoundaryTracking, WoodcockTracking, fly, majorants
from simkit.tracking.interaction import CHOOSE, GeneralProcess, PerProcess, choose_process
from simkit.tracks import Track
from simkit.transport.lives import photon

N = 40_000
# The densest, copper, does not have the largest cross section; argon, lighter than silicon, is above it at 20
# keV and below it at 1 MeV. Thicknesses are scaled so that photons of every energy see several layers.
SLABS = [
    ("a", "G4_PbWO4", 0.3),
    ("b", "G4_Cu", 0.4),
    ("c", "G4_lAr", 3.0),
    ("d", "G4_Si", 1.0),
    ("e", "G4_AIR", 5.0),
]
LAYERS = 4
SCALES = {0.005: 0.002, 0.02: 0.02, 0.06: 0.1, 0.3: 1.0, 1.3: 2.0, 10.0: 4.0, 1e5: 4.0}
ENERGIES = tuple(SCALES)
DIRECTION = np.array([0.8, 0.36, 0.48])  # slanted, but out through the back face
# False-alarm rate of each comparison; 7 energies, 4 trackings and 2 + 5 comparisons make 2e-4 in all.
ALARM = 1e-6


@kernel
def fly_all(tracking, geometry, cross_sections, tally, rng, energy, u, v, w, volumes, depths, processes):
    """Fly photons from the middle of the front face; record where and by what they interact."""
    first = locate(geometry, 0.0, 0.0, 0.0)
    for i in range(len(volumes)):
        start_track(rng, 0, i + 1)
        track = Track(GAMMA, energy, 0.0, 0.0, 0.0, u, v, w, 0.0, 1.0, first, np.uint64(1), 0)
        track, process = fly(tracking, geometry, cross_sections, tally, rng, track)
        if process == CHOOSE:
            process = choose_process(rng, cross_sections, geometry.volume_couple[track.volume], energy)
        volumes[i] = track.volume
        depths[i] = track.x
        processes[i] = process


@kernel
def fly_one(tracking, geometry, cross_sections, tally, rng, energy, x, z, u, volume, process):
    """Fly a photon from (x, 0, z) along (u, 0, 1); record where it comes to and its process."""
    start_track(rng, 0, 1)
    first = locate(geometry, x, 0.0, z)
    track = Track(GAMMA, energy, x, 0.0, z, u, 0.0, 1.0, 0.0, 1.0, first, np.uint64(1), 0)
    track, process[0] = fly(tracking, geometry, cross_sections, tally, rng, track)
    volume[0] = track.volume


@pytest.fixture
def energy():
    """Return an energy for tests of one; parametrised ones have their own."""
    return 1.3


@pytest.fixture
def detector(energy):
    scale = SCALES[energy]
    return build_slab_stack(LAYERS, [(name, material, scale * t) for name, material, t in SLABS], 400.0)


@pytest.fixture(scope="module")
def gamma():
    couples = [Couple(find_material(material), 0.01, 0.1) for _, material, _ in SLABS]
    return build_gamma_tables(couples, with_rayleigh=True)


@pytest.fixture(scope="module")
def trackings(gamma):
    stack = build_slab_stack(LAYERS, SLABS, 400.0)
    table, enabled = majorants(stack, gamma), np.ones(1, dtype=np.int64)
    return {
        "general": BoundaryTracking(GeneralProcess(4)),
        "per-process": BoundaryTracking(PerProcess(4)),
        "woodcock": WoodcockTracking(GeneralProcess(4), table, enabled, 0.0),
        "woodcock per-process": WoodcockTracking(PerProcess(4), table, enabled, 0.0),
    }


class Flights:
    """Where N photons interacted."""

    def __init__(self, tracking, detector, gamma, energy, n=N, seed=1):
        self.volumes = np.zeros(n, dtype=np.int64)
        self.depths = np.zeros(n)
        self.processes = np.zeros(n, dtype=np.int64)
        regions, cells = len(detector.regions), len(detector.cell_region)
        tally = make_tally(1, regions, cells)
        fly_all(
            tracking,
            detector.params,
            gamma.cross_sections,
            tally,
            make_rng(seed),
            energy,
            *DIRECTION,
            self.volumes,
            self.depths,
            self.processes,
        )
        self.tallies = tallies_of(tally, np.zeros(1, dtype=np.int64), detector.cell_region)


def optical_depths(detector, gamma, energy):
    """Return the mean free paths along the ray in front of each plane."""
    params = detector.params
    mu = np.array([photon_total(gamma.cross_sections, c, energy) for c in range(len(detector.couples))])
    lengths = np.diff(params.surfaces) / DIRECTION[0]
    return np.concatenate([[0.0], np.cumsum(mu[params.volume_couple] * lengths)])


def agrees(counts, expected):
    """Return whether a chi-squared of counts against expected numbers passes; small classes are joined."""
    order = np.argsort(expected)
    small = np.cumsum(expected[order]) < 10.0
    keep = order[~small]
    observed = np.append(counts[keep], counts[order[small]].sum())
    wanted = np.append(expected[keep], expected[order[small]].sum())
    if wanted[-1] < 10.0:  # the rest is too little for the test: its probability of being so many
        assert observed[-1] <= binom.isf(ALARM, N, wanted[-1] / N) + 1
        observed, wanted = observed[:-1], wanted[:-1]
    if len(wanted) < 2:
        return True
    return ((observed - wanted) ** 2 / wanted).sum() < chi2.isf(ALARM, len(wanted) - 1)


TRACKINGS = ("general", "per-process", "woodcock", "woodcock per-process")


@pytest.mark.parametrize("energy", ENERGIES)
@pytest.mark.parametrize("name", TRACKINGS)
def test_attenuation(name, energy, detector, gamma, trackings):
    flights = Flights(trackings[name], detector, gamma, energy)
    depth = optical_depths(detector, gamma, energy)
    survive = np.exp(-depth)
    left = flights.processes == LEFT
    assert (left == (flights.volumes == OUTSIDE)).all()
    # through the whole stack
    low, high = binom.ppf([ALARM / 2, 1 - ALARM / 2], N, survive[-1])
    assert low <= left.sum() <= high
    # in every slab
    counts = np.bincount(flights.volumes[~left], minlength=len(depth) - 1)
    assert agrees(np.append(counts, left.sum()), N * np.append(-np.diff(survive), survive[-1]))
    # the point lies in the slab, and within it where it should: 1 - exp(-mu x) is uniform
    surfaces = detector.params.surfaces
    volumes, depths = flights.volumes[~left], flights.depths[~left]
    assert (depths >= surfaces[volumes] - 1e-9).all()
    assert (depths <= surfaces[volumes + 1] + 1e-9).all()
    passed = np.interp(depths, surfaces, depth)
    place = -np.expm1(-passed) / -np.expm1(-depth[-1])
    if len(place) > 200:
        counts, _ = np.histogram(place, bins=20, range=(0.0, 1.0))
        assert agrees(counts, np.full(20, len(place) / 20))
    # and the processes have their shares in every material
    for couple in range(len(detector.couples)):
        inside = detector.params.volume_couple[volumes] == couple
        shares = [photon_partial(gamma.cross_sections, couple, energy, p) for p in range(RAYLEIGH + 1)]
        counts = np.bincount(flights.processes[~left][inside], minlength=RAYLEIGH + 1)
        assert agrees(counts, inside.sum() * np.array(shares) / sum(shares))


@pytest.mark.parametrize("energy", ENERGIES)
def test_woodcock_needs_no_boundaries(energy, detector, gamma, trackings):
    general = Flights(trackings["general"], detector, gamma, energy).tallies
    woodcock = Flights(trackings["woodcock"], detector, gamma, energy).tallies
    assert woodcock.counter("majorant_violations") == 0
    assert woodcock.counter("virtual_collisions") > 0
    # a step for the interaction, or one across the end of the envelope
    assert woodcock.steps[0, GAMMA].sum() <= 1.01 * N
    assert general.counter("virtual_collisions") == 0
    assert general.steps[0, GAMMA].sum() > 3 * N


def test_the_densest_material_is_not_the_majorant(gamma):
    names = [material for _, material, _ in SLABS]
    tungstate, copper, argon, silicon = (
        [photon_total(gamma.cross_sections, names.index(name), energy) for energy in ENERGIES]
        for name in ("G4_PbWO4", "G4_Cu", "G4_lAr", "G4_Si")
    )
    assert max(np.array(tungstate) / copper) > 2.0
    assert argon[1] > silicon[1]  # at 20 keV
    assert argon[4] < silicon[4]  # at 1.3 MeV


def test_below_its_energy_limit_woodcock_goes_by_boundaries(energy, detector, gamma, trackings):
    woodcock = trackings["woodcock"]._replace(lowest_energy=2.0 * energy)
    below = Flights(woodcock, detector, gamma, energy)
    boundary = Flights(trackings["general"], detector, gamma, energy)
    assert below.tallies.counter("virtual_collisions") == 0
    assert (below.depths == boundary.depths).all()
    assert (below.tallies.steps == boundary.tallies.steps).all()


def test_an_envelope_that_is_not_enabled_is_tracked_by_boundaries(energy, detector, gamma, trackings):
    woodcock = trackings["woodcock"]._replace(enabled=np.zeros(1, dtype=np.int64))
    flights = Flights(woodcock, detector, gamma, energy)
    assert flights.tallies.counter("virtual_collisions") == 0
    survive = math.exp(-optical_depths(detector, gamma, energy)[-1])
    low, high = binom.ppf([ALARM / 2, 1 - ALARM / 2], N, survive)
    assert low <= (flights.processes == LEFT).sum() <= high


def test_along_a_boundary_to_the_end_of_the_envelope(gamma, trackings):
    # On a boundary, all but parallel to it, less than 2e-6 mm before a side wall: locating it at the end of a
    # flight put it back into the slab it had just left, for ever.
    half_width = 267134.945  # 1e-6 before it, rounding leaves a little more than 1e-6
    stack = build_slab_stack(LAYERS, SLABS, 2.0 * half_width).params
    x, u = stack.surfaces[7], -1e-17
    for near in (0.5e-6, 1.5e-6, 1.9e-6, 2.5e-6):
        ends = []

        def leave(near=near, ends=ends):
            volume, process = np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
            tally = make_tally(1, 6, 20)
            fly_one(
                trackings["woodcock"], stack, gamma.cross_sections, tally, make_rng(1), 1.3,
                x, half_width - near, u, volume, process,
            )  # fmt: skip
            ends.append((int(volume[0]), int(process[0])))

        flight = Thread(target=leave, daemon=True)
        flight.start()
        flight.join(60.0)
        assert ends == [(OUTSIDE, LEFT)], near


class Ring(NamedTuple):
    """Two volumes on one surface that hand a photon to each other for ever, as rounding once did."""

    volume_couple: np.ndarray
    volume_region: np.ndarray
    volume_envelope: np.ndarray


@pytest.mark.parametrize("name", ["general", "woodcock"])
def test_a_flight_without_an_end_is_given_up(gamma, trackings, monkeypatch, name):
    monkeypatch.setitem(LOCATE, Ring, lambda geometry, x, y, z: 0)
    monkeypatch.setitem(
        DISTANCE_TO_BOUNDARY, Ring, lambda geometry, volume, x, y, z, u, v, w: (0.0, 1 - volume)
    )
    monkeypatch.setitem(DISTANCE_TO_ENVELOPE, Ring, lambda geometry, volume, x, y, z, u, v, w: 0.0)
    ring = Ring(*(np.zeros(2, dtype=np.int64) for _ in Ring._fields))
    volume, process = np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
    tally = make_tally(1, 2, 1)
    fly_one(
        trackings[name], ring, gamma.cross_sections, tally, make_rng(1), 1.3, 0.0, 0.0, 0.0, volume, process
    )
    assert process[0] == HOPPED


def test_a_photon_without_an_end_is_counted(monkeypatch):
    track = Track(GAMMA, 1.3, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0, 1, 0)
    monkeypatch.setattr(photon, "fly", lambda *given: (track, HOPPED))
    life = SimpleNamespace(geometry=None, tables=SimpleNamespace(cross_sections=None), tracking=None)
    tally = make_tally(1, 2, 1)
    _, _, alive = photon.take_step(life, tally, None, None, track, photon.PhotonState(0))
    assert not alive
    endless = tally_columns(2, 1)["counters"].start + COUNTERS.index("endless_tracks")
    assert tally.counts[0].nonzero()[0].tolist() == [endless]
