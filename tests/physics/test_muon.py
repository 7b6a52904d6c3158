"""Muons' losses and samplers: what is drawn has the spectra and moments that the cross sections say."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simkit.jit import kernel
from simkit.materials import find_material
from simkit.particles import ANTIMUON, MUON
from simkit.physics.couple import Couple
from simkit.physics.grid import ENERGY_GRID
from simkit.physics.heavy import ionisation, scattering
from simkit.physics.heavy.scattering import sample_scattering, scattering_constants, transport_cross_section
from simkit.physics.heavy.tables import Extra, Member, Switches, build_heavy_tables
from simkit.physics.muon import spectra
from simkit.physics.muon.decay import LARGEST_ENERGY, sample_decay, sample_michel
from simkit.physics.muon.pair_production import sample_asymmetry
from simkit.rng import make_rng, start_track
from simkit.units import MUON_MASS
from simkit.validation import muon_losses

IRON = find_material("G4_Fe")
N = 200_000


@kernel
def fill_deltas(rng, energy, cut, mass, radiates, spin, out):
    for i in range(len(out)):
        out[i] = ionisation.sample_delta(rng, energy, cut, mass, radiates, spin)[0]


@kernel
def fill_emitted(rng, energy, tables, which, out):
    for i in range(len(out)):
        out[i] = spectra.sample_emitted(rng, energy, tables, 0, which)


@kernel
def fill_angles(rng, constants, energy, cut, step, out):
    for i in range(len(out)):
        u, v, _w, _ = sample_scattering(rng, constants, 0, energy, MUON_MASS, 1, cut, step, 0.0, 0.0, 1.0)
        out[i] = math.hypot(u, v)


@kernel
def fill_decays(rng, energy, out):
    for i in range(len(out)):
        out[i, 0] = sample_michel(rng)
        out[i, 1], out[i, 2] = sample_decay(rng, energy)
        out[i, 3] = sample_asymmetry(rng, 1e4, 100.0)


@pytest.fixture
def rng():
    found = make_rng(3)
    start_track(found, 0, np.uint64(1))
    return found


def test_losses_and_ranges_are_those_of_the_tables():
    """Groom, Mokhov and Striganov's ranges and PUMAS's losses: 2 % to 100 GeV, 5 % above."""
    rows = muon_losses.check()
    assert len(rows) > 70
    assert {row.material for row in rows} == {"G4_Fe", "G4_Cu", "G4_Pb", "G4_lAr"}
    assert [row for row in rows if row.verdict != "pass"] == []


@pytest.mark.parametrize(("energy", "cut"), [(1e3, 0.5), (1e5, 1.0), (20.0, 0.05)])
@pytest.mark.parametrize("species", [(MUON_MASS, True, 0.5), (139.57, False, 0.0), (938.272, False, 0.5)])
def test_delta_rays_take_what_the_restricted_loss_leaves(rng, energy, cut, species):
    """The loss in all is the restricted one and that to delta rays, whatever the cut: muon, pion, proton."""
    mass, radiates, spin = species
    most = float(ionisation.largest_transfer(energy, mass))
    cut = min(cut, 0.5 * most)
    out = np.zeros(N)
    fill_deltas(rng, energy, cut, mass, radiates, spin, out)
    assert cut <= out.min()
    assert out.max() <= most
    sigma = float(ionisation.cross_section(IRON, energy, cut, mass, 1, radiates, spin))
    whole, restricted = (
        float(ionisation.restricted_dedx(IRON, energy, limit, mass, 1, radiates, spin))
        for limit in (1e9, cut)
    )
    error = sigma * out.std() / N**0.5
    assert abs(sigma * out.mean() - (whole - restricted)) < max(4.0 * error, 2e-3 * (whole - restricted))


@pytest.mark.parametrize("which", [spectra.PHOTON, spectra.PAIR])
@pytest.mark.parametrize("energy", [5e3, 1.1e5, 7e6])
def test_what_is_emitted_has_its_spectrum(rng, which, energy):
    couple = Couple(IRON, 0.02, 1.0)
    tables = spectra.build_spectra([couple])
    out = np.zeros(N)
    fill_emitted(rng, energy, tables, which, out)
    lowest, rest = (values[which] for values in spectra.bounds(couple))
    highest = energy + MUON_MASS - rest
    assert lowest <= out.min()
    assert out.max() <= highest
    # ten bins even in the logarithm, against the integral of the cross section
    edges = np.geomspace(lowest, highest, 11)
    x = np.geomspace(lowest, highest, 2001)
    density = spectra.spectrum(couple, which, np.array(energy), x) * x
    steps = 0.5 * (density[1:] + density[:-1]) * math.log(x[1] / x[0])
    cumulative = np.concatenate([[0.0], np.cumsum(steps)])
    expected = np.diff(np.interp(np.log(edges), np.log(x), cumulative)) / cumulative[-1] * N
    counts = np.histogram(out, edges)[0]
    seen = expected > 25.0
    assert seen.sum() >= 3
    tolerance = np.maximum(4.5 * np.sqrt(expected), 0.03 * expected)
    assert (abs(counts - expected)[seen] < tolerance[seen]).all()
    sigma, _ = spectra.integrals(couple, which, np.array([energy]))
    assert cumulative[-1] == pytest.approx(sigma[0], rel=5e-3)


@pytest.mark.parametrize("step", [1e-3, 0.1, 10.0])
def test_scattering_has_its_transport_cross_section(rng, step):
    """Whatever part is drawn one by one, the mean of 1 - cos is that of all collisions."""
    energy, cut = 100.0, 1.0
    out = np.zeros(N)
    fill_angles(rng, scattering_constants(IRON)[None], energy, cut, step, out)
    mean = (1.0 - np.sqrt(1.0 - np.minimum(out, 1.0) ** 2)).mean()
    expected = step * float(transport_cross_section(IRON, energy, MUON_MASS, 1, cut))
    error = (out**2).std() / 2.0 / N**0.5
    assert abs(mean - expected) < max(5.0 * error, 0.03 * expected)


@pytest.mark.parametrize("lengths", [0.1, 1.0])
def test_the_central_angle_is_highlands(rng, lengths):
    """V. L. Highland's formula as the Particle Data Group gives it is good to 11 % of the central 98 %."""
    energy = 1e3
    step = lengths * IRON.radiation_length_mm
    out = np.zeros(N)
    fill_angles(rng, scattering_constants(IRON)[None], energy, 1.0, step, out)
    momentum = math.sqrt(energy * (energy + 2.0 * MUON_MASS))
    beta = momentum / (energy + MUON_MASS)
    width = 13.6 / (beta * momentum) * math.sqrt(lengths) * (1.0 + 0.038 * math.log(lengths / beta**2))
    assert np.median(out) == pytest.approx(width * math.sqrt(2.0 * math.log(2.0)), rel=0.11)


def test_the_mean_free_path_of_large_angles_does_not_depend_on_the_step(rng):
    """Ten steps have as many wide angles as one of ten times the length."""
    constants = scattering_constants(IRON)[None]
    short, long = np.zeros(10 * N), np.zeros(N)
    fill_angles(rng, constants, 1e3, 1.0, 0.1, short)
    fill_angles(rng, constants, 1e3, 1.0, 1.0, long)
    wide = 12.0 * np.median(long)
    few, many = (short > wide).sum(), (long > wide).sum()
    assert few > 100
    assert abs(few - many) < 5.0 * math.sqrt(few + many) + 0.05 * few


def test_nuclei_have_a_size():
    """At 1 TeV the transport cross section of lead is below that of points by more than a tenth."""
    lead = find_material("G4_Pb")
    constants = scattering_constants(lead)
    sized = float(transport_cross_section(lead, 1e6, MUON_MASS, 1, 1.0))
    p2 = 1e6 * (1e6 + 2.0 * MUON_MASS)
    screening = constants[scattering.SCREENING] / p2
    point = 2.0 * constants[scattering.STRENGTH] / p2 * (math.log(1.0 / screening) - 1.0)
    assert 0.3 < sized / point < 0.9


def test_species_of_a_life_have_rows_of_their_own():
    """Two couples of two species, which are mu- and mu+ here: the same numbers stand twice."""
    couples = [Couple(IRON, 0.02, 1.0), Couple(find_material("G4_lAr"), 0.01, 0.5)]
    nothing = np.zeros(len(ENERGY_GRID))
    members = [Member((kind,), [Extra(nothing, nothing, nothing)] * 2) for kind in (MUON, ANTIMUON)]
    tables = build_heavy_tables(couples, members, False, Switches(True, True, True, True, True), 0.2)
    assert tables.first_row[[MUON, ANTIMUON]].tolist() == [0, 2]
    assert tables.charge[[MUON, ANTIMUON]].tolist() == [-1, 1]
    assert tables.mass[MUON] == tables.mass[ANTIMUON] == MUON_MASS
    np.testing.assert_array_equal(tables.rows[:2], tables.rows[2:])
    assert (tables.rows[0] != tables.rows[1]).any()


def test_decays_have_michels_spectrum_and_boost(rng):
    energy = 300.0
    out = np.zeros((N, 4))
    fill_decays(rng, energy, out)
    x = out[:, 0] / LARGEST_ENERGY
    # moments of x^2 (3 - 2 x): 7/10 and 8/15 (R. L. Garwin et al. measured rho = 3/4)
    assert x.mean() == pytest.approx(0.7, abs=0.003)
    assert (x**2).mean() == pytest.approx(8.0 / 15.0, abs=0.003)
    assert out[:, 1].mean() + 0.511 == pytest.approx(0.35 * (energy + MUON_MASS), rel=0.005)
    # the mean momentum along the flight is that of the electron's share, too
    momentum = np.sqrt(out[:, 1] * (out[:, 1] + 2.0 * 0.51099895))
    along = math.sqrt(energy * (energy + 2.0 * MUON_MASS))
    assert (momentum * out[:, 2]).mean() == pytest.approx(0.35 * along, rel=0.005)
    assert abs(out[:, 3].mean()) < 0.01
    assert abs(out[:, 3]).max() < 1.0
