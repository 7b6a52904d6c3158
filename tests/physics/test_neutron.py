"""What neutrons do on nuclei: cross sections and samplers against figures from outside."""

import math

import numpy as np
import pytest

from simkit.jit import kernel
from simkit.materials import find_material
from simkit.materials.elements import HIGHEST_Z
from simkit.physics.deexcitation import next_share, sample_evaporated
from simkit.physics.neutron.elastic import forward_peak, hydrogen_cross_section, sample_elastic
from simkit.physics.neutron.inelastic import leave_excited
from simkit.physics.neutron.nuclei import HIGHEST_ENERGY, THERMAL_ENERGY, nucleus
from simkit.physics.neutron.tables import N_NODES, build_neutron_tables, node_energies, place
from simkit.rng import make_rng, start_track
from simkit.units import barn

SAMPLES = 40_000


@pytest.mark.parametrize(
    ("energy", "expected"),
    # ENDF/B-VII, evaluated by G. M. Hale, as in the tests of njoy/ENDFtk.
    [
        (1e-5, 20.435),
        (0.1, 12.742),
        (0.5, 6.1254),
        (1.0, 4.2461),
        (2.0, 2.9036),
        (5.0, 1.6223),
        (10.0, 0.9344),
    ],
)
def test_hydrogen_has_the_evaluated_cross_section(energy, expected):
    assert hydrogen_cross_section(np.array([energy]))[0] == pytest.approx(expected, rel=0.005)


@pytest.mark.parametrize(
    ("z", "energy", "total", "tolerance"),
    # Evaluated totals at 14 MeV and averages about 1 to 2 MeV, of which the tables hold no more than a trend.
    [
        (6, 1.0, 2.6, 0.05),
        (18, 1.5, 3.0, 0.15),
        (26, 1.5, 3.0, 0.1),
        (29, 2.0, 3.2, 0.1),
        (74, 1.5, 7.0, 0.1),
        (82, 1.5, 4.9, 0.1),
        (6, 14.0, 1.3, 0.05),
        (26, 14.0, 2.58, 0.05),
        (82, 14.0, 5.4, 0.05),
    ],
)
def test_fast_cross_sections_follow_the_evaluated_totals(z, energy, total, tolerance):
    at = np.array([energy])
    found = nucleus(z).elastic_barn(at) + nucleus(z).inelastic_barn(at)
    assert found[0] == pytest.approx(total, rel=tolerance)


@pytest.mark.parametrize(
    # V. F. Sears, Neutron News 3 (1992) 26: capture and free elastic at 2200 m/s.
    ("z", "capture", "elastic"),
    [
        (1, 0.3326, 20.5),
        (6, 0.0035, 4.74),
        (13, 0.231, 1.41),
        (26, 2.56, 11.2),
        (48, 2520.0, 6.4),
        (82, 0.171, 11.0),
    ],
)
def test_thermal_cross_sections(z, capture, elastic):
    thermal = np.array([THERMAL_ENERGY])
    assert nucleus(z).capture_barn(thermal)[0] == pytest.approx(capture)
    assert nucleus(z).elastic_barn(thermal)[0] == pytest.approx(elastic, rel=0.03)
    assert nucleus(z).capture_barn(4.0 * thermal)[0] == pytest.approx(0.5 * capture)


def test_fast_neutrons_are_hardly_captured_but_by_reactions():
    """Evaluated at 1 MeV: gadolinium some 0.1 b; boron's (n, alpha) about 0.1 to 0.3 b stays as 1/v."""
    one = np.array([1.0])
    assert 0.03 < nucleus(64).capture_barn(one)[0] < 0.3
    assert nucleus(48).capture_barn(one)[0] < 0.1
    assert nucleus(5).capture_barn(one)[0] == pytest.approx(767.0 * math.sqrt(THERMAL_ENERGY))


def test_light_nuclei_have_no_levels_but_their_own():
    """Be-9 and He-4 have none that ends by a gamma, Li-7 one; alpha's resonance of 1.1 MeV is 7 b high."""
    assert [nucleus(z).levels for z in (2, 3, 4)] == [(), (0.478,), ()]
    assert nucleus(2).elastic_barn(np.array([1.1]))[0] == pytest.approx(7.4, rel=0.05)
    assert nucleus(3).local == pytest.approx(4.784)  # Li-6(n,t)


def test_every_element_has_nuclei():
    energies = np.geomspace(1e-9, HIGHEST_ENERGY, 500)
    for z in range(1, HIGHEST_Z + 1):
        found = nucleus(z)
        elastic, inelastic = found.elastic_barn(energies), found.inelastic_barn(energies)
        assert np.isfinite(elastic).all()
        assert (elastic > 0.1).all()
        assert (elastic < 500.0).all()
        assert (inelastic >= 0.0).all()
        assert found.capture >= found.local >= 0.0
        assert found.most >= found.least >= (0 if found.local == found.capture else 1)
        if found.levels:
            out_of_reach = energies * found.mass / (found.mass + 1.0) < found.levels[0]
            assert (inelastic[out_of_reach] == 0.0).all()
    assert nucleus(50).elastic_barn(np.array([1.0]))[0] == pytest.approx(6.0, rel=0.2)  # tin, between others


def test_the_tables_hold_cross_sections_per_length():
    water = find_material("G4_WATER")
    tables = build_neutron_tables([water, find_material("G4_Fe")])
    energies = node_energies()
    assert len(energies) == N_NODES
    for energy in (2.53e-8, 1e-6, 3e-3, 0.7, 2.0, 13.0):
        i, fraction = place(energy)
        assert energies[i] + fraction * (energies[i + 1] - energies[i]) == pytest.approx(energy)
    i, fraction = place(2.0)
    assert fraction == 0.0
    oxygen = nucleus(8).elastic_barn(np.array([2.0]))[0]
    expected = sum(n * barn * b for n, b in zip(water.atoms_per_mm3, (2.9113, oxygen)))
    assert tables.total[0, i] == pytest.approx(expected, rel=1e-3)
    assert tables.elements.tolist() == [2, 1]


@kernel
def scatter_often(rng, energy, mass, peak, out):
    for i in range(out.shape[1]):
        start_track(rng, 0, i)
        out[0, i], out[1, i] = sample_elastic(rng, energy, mass, peak)


def scattered(energy, mass, peak):
    out = np.zeros((2, SAMPLES))
    scatter_often(make_rng(3), energy, mass, peak, out)
    return out


@pytest.mark.parametrize("z", [1, 6, 8, 26, 82])
def test_the_lethargy_of_a_collision_is_that_of_theory(z):
    """xi = 1 + a ln a / (1 - a), a = ((A - 1) / (A + 1))^2 (A. M. Weinberg, E. P. Wigner, 1958)."""
    mass = nucleus(z).mass
    a = ((mass - 1.0) / (mass + 1.0)) ** 2
    xi = 1.0 + (a * math.log(a) / (1.0 - a) if a > 1e-6 else 0.0)
    after, cosine = scattered(1.0, mass, 0.0)
    loss = -np.log(after)
    assert loss.mean() == pytest.approx(xi, abs=4.5 * loss.std() / SAMPLES**0.5 + 0.01 * xi)
    assert after.min() >= a - 1e-12
    assert cosine.mean() == pytest.approx(2.0 / (3.0 * mass), abs=4.5 * cosine.std() / SAMPLES**0.5 + 2e-3)


@pytest.mark.parametrize("width", [0.5, 2.0, 20.0])
def test_large_nuclei_scatter_forwards(width):
    """The mean cosine of exp(width cos) is coth(width) - 1 / width."""
    after, _ = scattered(1.0, 1e6, width)  # so heavy that both frames are one
    cosine = (after * (1e6 + 1.0) ** 2 - 1e12 - 1.0) / 2e6
    assert cosine.mean() == pytest.approx(1.0 / math.tanh(width) - 1.0 / width, abs=0.015)


def test_hydrogen_scatters_evenly_and_lead_more_and_more_forwards():
    assert forward_peak(nucleus(1).mass, 1.0) == 0.0
    lead = forward_peak(nucleus(82).mass, 207.2)
    radius = 1.25 * 207.2 ** (1 / 3)
    assert lead == pytest.approx(0.5 * 2.0 * 939.565 / 197.327**2 * radius**2, rel=0.02)


@kernel
def excite_often(rng, energy, mass, excitation, out):
    for i in range(out.shape[1]):
        start_track(rng, 0, i)
        out[0, i], out[1, i] = leave_excited(rng, energy, mass, excitation)


def test_an_inelastic_scattering_keeps_energy_and_momentum():
    energy, mass, excitation = 3.0, nucleus(26).mass, 0.847
    out = np.zeros((2, 1000))
    excite_often(make_rng(2), energy, mass, excitation, out)
    after, cosine = out
    recoil = energy - after - excitation
    transverse2 = after * (1.0 - cosine**2)  # momenta squared, over 2 m
    along = math.sqrt(energy) - np.sqrt(after) * cosine
    np.testing.assert_allclose(recoil, (transverse2 + along**2) / mass, atol=1e-12)
    assert cosine.min() < -0.95
    assert cosine.max() > 0.95


@kernel
def evaporate_often(rng, nucleons, excitation, largest, out):
    for i in range(len(out)):
        start_track(rng, 0, i)
        out[i] = sample_evaporated(rng, nucleons, excitation, largest)


def test_evaporated_neutrons_have_twice_the_temperature():
    out = np.zeros(SAMPLES)
    evaporate_often(make_rng(4), 56.0, 14.0, 1e3, out)
    temperature = math.sqrt(8.0 * 14.0 / 56.0)
    assert out.mean() == pytest.approx(2.0 * temperature, rel=0.015)
    evaporate_often(make_rng(4), 56.0, 14.0, 1e-4, out)  # far below it
    assert out.max() <= 1e-4
    assert out.mean() == pytest.approx(2.0 / 3.0 * 1e-4, rel=0.015)


@kernel
def break_stick(rng, whole, pieces, out):
    for i in range(out.shape[0]):
        start_track(rng, 0, i)
        left = whole
        for k in range(pieces):
            out[i, k] = next_share(rng, left, pieces - k)
            left -= out[i, k]


def test_gammas_share_evenly_and_all():
    out = np.zeros((SAMPLES, 4))
    break_stick(make_rng(1), 8.0, 4, out)
    np.testing.assert_allclose(out.sum(axis=1), 8.0, rtol=1e-12)
    np.testing.assert_allclose(out.mean(axis=0), 2.0, rtol=0.02)
    assert out.min() >= 0.0
