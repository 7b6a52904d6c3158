"""Beams on slabs: the arithmetic on made-up tracks, the witness against the engine's tallies, the check."""

import numpy as np
import pytest

from simkit.engines.native import ENGINE
from simkit.events.gun import gun_primaries
from simkit.particles import ELECTRON, GAMMA, PARTICLES, species
from simkit.record.tallies import ENERGY_UNIT
from simkit.scenario import load_scenario
from simkit.validation import beams, scattering
from simkit.validation.reference import Reference, load_figures, load_sources
from simkit.validation.scattering import EXPERIMENTS, TOLERANCES, Experiment
from simkit.validation.shots import Ends, Shots, shoot
from simkit.validation.target import build_target


def figure(quantity, value=1.0, source="HepEmShow beams", material="G4_WATER", energy=1.0, **parameters):
    return Reference(quantity, "e-", material, energy, parameters, value, "", source)


def ends(angles, left=True, primary=True):
    """Return electrons that leave at these angles (degrees) to the beam."""
    n = len(angles)
    theta = np.radians(angles)
    zero = np.zeros(n)
    return Ends(
        np.arange(n),
        np.full(n, primary),
        np.full(n, left),
        zero,
        zero,
        zero,
        zero,
        np.cos(theta),
        np.sin(theta),
        zero,
    )


def of_angles(angles):
    return Shots(ends(angles), np.zeros((len(angles), 1, 1)), np.zeros(0))


def test_width_of_a_gaussian_beam():
    # dN/dOmega = exp(-(theta / 2.5)^2): theta^2 is exponential
    angles = 2.5 * np.sqrt(np.random.default_rng(1).exponential(size=400_000))
    value, error = EXPERIMENTS["1/e angle"].value(figure("1/e angle", 2.6), of_angles(angles))
    assert abs(value - 2.5) < 5.0 * error
    assert error < 0.015
    assert scattering.gaussian(angles, 2.6)[1] == pytest.approx(
        400_000 / (np.pi * np.radians(2.5) ** 2), rel=0.02
    )


def test_intensity_of_a_tail():
    # a Gaussian core and dN/dOmega = theta^-4 beyond 3 degrees: 16 times weaker at 10 than at 5 degrees
    random = np.random.default_rng(2)
    core = 0.6 * np.sqrt(random.exponential(size=2_000_000))
    tail = 3.0 / np.sqrt(random.random(1_000_000) * (1.0 - 1.0 / 400.0) + 1.0 / 400.0)
    beam = of_angles(random.permutation(np.append(core, tail)))
    at = [scattering.intensity(figure("", theta_deg=angle), beam)[0] for angle in (5.0, 10.0)]
    assert at[0] / at[1] == pytest.approx(16.0, rel=0.03)
    # 1e6 in the tail have 18 / (2 pi theta^4) per square degree, the core 2e6 / (0.36 pi) at 0
    assert at[0] == pytest.approx(1e6 * 18.0 / (2.0 * 5.0**4) / (2e6 / 0.36), rel=0.03)


def test_counts_and_quantiles_take_the_side_they_are_asked_for():
    beam = ends(np.array([10.0, 20.0, 30.0, 100.0, 170.0] * 20))
    shots = Shots(beam, np.zeros((100, 1, 1)), np.zeros(0))
    assert scattering.backscattered(figure(""), shots)[0] == 0.4
    assert scattering.transmitted(figure(""), shots)[0] == 0.6
    assert EXPERIMENTS["median angle"].value(figure(""), shots)[0] == pytest.approx(20.0)
    stopped = shots._replace(ends=beam._replace(left=np.zeros(100, dtype=bool)))
    assert scattering.transmitted(figure(""), stopped)[0] == 0.0


def test_dose_is_told_between_the_middles_of_cells():
    # 10 cells of 0.2 mm, the deposit rising by 1 keV a cell
    deposits = np.tile(1e-3 * np.arange(11.0), (50, 1, 1))
    shots = Shots(ends(np.zeros(50)), deposits, 0.2 * np.arange(1.0, 11.0))
    assert scattering.dose(figure("", depth_mm=0.9), shots)[0] == pytest.approx(4e-3 / 0.02)  # per g/cm2
    assert scattering.dose(figure("", depth_mm=1.0), shots)[0] == pytest.approx(4.5e-3 / 0.02)


def test_shares_within_a_radius():
    deposits = np.tile([[1.0, 2.0, 7.0], [0.0, 3.0, 1.0]], (20, 1, 1))
    shots = Shots(ends(np.zeros(20)), deposits, np.array([5.0, 10.0]))
    assert scattering.energy_within(figure("", energy=20.0, radius_mm=10.0), shots)[0] == pytest.approx(0.15)
    assert scattering.share_within("gap")(figure("", radius_mm=10.0), shots)[0] == pytest.approx(0.75)
    assert scattering.share_within("absorber")(figure("", radius_mm=5.0), shots)[0] == pytest.approx(0.1)


def test_standard_error_of_an_estimate():
    random = np.random.default_rng(3)
    errors = [scattering.estimate(scattering.mean, random.normal(size=1000))[1] for _ in range(400)]
    assert np.mean(errors) == pytest.approx(1000**-0.5, rel=0.06)


@pytest.mark.parametrize(("kind", "particle"), [(ELECTRON, "e-"), (GAMMA, "gamma")])
def test_the_witness_changes_nothing(kind, particle):
    """Same seed, same bits as the engine's own run; the rings of a slab add up to its deposit."""
    overrides = {"geometry.layers": 5}
    prepared = ENGINE.prepare(load_scenario("testem3", overrides=overrides))
    tallies = prepared.run(gun_primaries(6, 1, particle=particle, energy_MeV=200.0), 1)
    shots = shoot(prepared.world, kind, 200.0, 6, radii_mm=[1.0, 10.0])
    assert shots.deposits.shape == (6, 10, 3)
    assert np.array_equal(shots.deposits.sum(axis=2), tallies.deposits * ENERGY_UNIT)
    left = np.bincount(shots.ends.event[shots.ends.left], minlength=6)
    assert np.array_equal(left, tallies.steps[:, 1:, -1].sum(axis=1))
    assert shots.ends.primary.sum() == (6 if kind == ELECTRON else 0)


def test_a_full_stack_and_too_many_ends_are_mended(monkeypatch):
    world = build_target(("G4_Pb", 30.0), transverse_mm=400.0)
    enough = shoot(world, ELECTRON, 200.0, 3)
    assert len(enough.ends.event) > 6
    monkeypatch.setattr("simkit.validation.shots.STACK", 2)
    again = shoot(world, ELECTRON, 200.0, 3)
    assert np.array_equal(again.deposits, enough.deposits)
    assert all(np.array_equal(a, b) for a, b in zip(again.ends, enough.ends))


def test_ends_are_those_of_charged_particles_by_the_particle_table(monkeypatch):
    monkeypatch.setitem(PARTICLES.about, "e-", species("e-")._replace(charge=0))
    ends = shoot(build_target(("G4_Al", 3.0)), ELECTRON, 2.0, 50).ends
    assert len(ends.event) == 0


def test_cells_in_depth_add_up_to_the_slab():
    block = build_target(("G4_Al", 3.0))
    rings, depths = shoot(block, ELECTRON, 2.0, 50), shoot(block, ELECTRON, 2.0, 50, depths_mm=[1.0, 2.0])
    assert np.allclose(depths.deposits.sum(axis=2), rings.deposits.sum(axis=2), rtol=0.0, atol=1e-12)
    assert (depths.deposits.mean(axis=0) > 0.1).all()


def test_what_flies_through_a_vacuum_goes_straight_on():
    shots = shoot(build_target(("G4_Galactic", 5.0)), ELECTRON, 1.0, 20)
    assert shots.ends.left.all()
    assert (shots.ends.u == 1.0).all()


def test_figures_are_cited_and_have_their_experiment():
    figures = load_figures("scattering")
    assert {of.quantity for of in figures} == set(EXPERIMENTS)
    assert {of.source for of in figures} == set(TOLERANCES) <= set(load_sources())
    assert max(TOLERANCES.values()) <= 0.1
    assert scattering.ALBEDO_TOLERANCES == {"G4_C": 0.30, "G4_Al": 0.20}  # light elements only
    for of in figures:
        if of.quantity == "dose":
            assert of.parameters["depth_mm"] < 1.2


def test_wrong_physics_fails(monkeypatch):
    """A tenth of the electrons, then their angles 10 % too wide."""
    foils = [of for of in load_figures("scattering") if of.quantity == "90 % angle"]
    monkeypatch.setattr(scattering, "load_figures", lambda name: foils)
    few = {name: experiment._replace(events=4000) for name, experiment in EXPERIMENTS.items()}
    monkeypatch.setattr(scattering, "EXPERIMENTS", few)
    told = []
    assert {row.verdict for row in scattering.check(told.append)} == {"pass"}
    assert told == [4000] * len(foils)

    def wider(of, shots):
        value, error = EXPERIMENTS["90 % angle"].value(of, shots)
        return 1.1 * value, error

    few["90 % angle"] = Experiment(beams.foil, 4000, wider)
    assert {row.verdict for row in scattering.check()} >= {"fail"}


@pytest.mark.slow
def test_scattering_agrees_with_experiments_and_hepemshow():
    rows = scattering.check()
    assert [(row.quantity, row.material, row.parameters) for row in rows if row.verdict == "fail"] == []
    assert len(rows) > 100
