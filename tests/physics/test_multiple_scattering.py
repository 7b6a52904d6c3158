"""Multiple scattering: transport cross section against Geant4 and G4HepEm, angles against Hanson."""

import math

import numpy as np
import pytest

from simkit.jit import kernel
from simkit.materials import find_material
from simkit.physics.multiple_scattering import urban, urban_angle
from simkit.physics.multiple_scattering.transport_cross_section import (
    cross_section,
    cross_section_per_atom,
)
from simkit.rng import make_rng, start_track

# G4HepEm's tables (HepEmShow, data/hepem_data.json): first transport cross section (1/mm) of e- and e+
TRANSPORT = {
    "G4_lAr": [
        (0.001, 41983.3, 20469.3),
        (0.01, 1050.55, 827.326),
        (0.1, 18.315, 16.8114),
        (1.0, 0.463213, 0.425361),
        (10.0, 0.0106675, 0.010011),
        (100.0, 1.42021e-4, 1.42021e-4),
        (1000.0, 1.43518e-6, 1.43518e-6),
    ],
    "G4_PbWO4": [
        (0.001, 202150.0, None),
        (0.01, 10714.6, None),
        (0.1, 319.773, None),
        (1.0, 9.97567, None),
        (10.0, 0.229066, None),
        (100.0, 2.41542e-3, None),
        (1000.0, 2.43518e-5, None),
    ],
}


@kernel
def cosines(rng, constants, step, energy, path, end_energy, end_path, smallest, positron, out):
    for i in range(len(out)):
        out[i] = urban_angle.sample_cosine(
            rng, constants, 0, step, energy, path, end_energy, end_path, smallest, positron
        )


@kernel
def limits(rng, step, path_range, safety, entry, smallest, out):
    for i in range(len(out)):
        out[i] = urban.limit_step(rng, step, path_range, safety, entry, smallest)


def rng_for(seed):
    rng = make_rng(seed)
    start_track(rng, 0, 1)
    return rng


def constants_of(material):
    return urban.urban_constants(material)[None, :]


@pytest.mark.parametrize(
    ("name", "energy", "electron", "positron"),
    [(name, *row) for name, rows in TRANSPORT.items() for row in rows],
)
def test_transport_cross_section_as_g4hepem(name, energy, electron, positron):
    material = find_material(name)
    assert cross_section(material, np.array([energy]), False)[0] == pytest.approx(electron, rel=1e-4)
    if positron is not None:
        assert cross_section(material, np.array([energy]), True)[0] == pytest.approx(positron, rel=1e-4)


def test_transport_mean_free_path_in_water_as_geant4():
    # Geant4 11.4: 5 MeV and 100 keV electrons in TestEm15, 10 MeV in TestEm0, where its table is interpolated
    # across the model's join
    sigma = cross_section(find_material("G4_WATER"), np.array([5.0, 0.1, 10.0]), False)
    assert 1.0 / sigma[:2] == pytest.approx([83.239, 0.15344], rel=1e-3)
    assert 1.0 / sigma[2] == pytest.approx(281.6, rel=0.02)


def test_transport_cross_section_is_smooth_where_its_parts_join():
    # the expansion above 10 MeV continues the tabulated correction within 3 %, for every element
    for z in (1, 6, 18, 29, 47, 74, 82, 92):
        below, above = cross_section_per_atom(z, np.array([10.0 - 1e-6, 10.0 + 1e-6]), False)
        assert above == pytest.approx(below, rel=0.03)


@pytest.mark.parametrize("fraction", [1e-6, 1e-3, 0.03, 0.0501, 0.2, 0.7, 0.999, 1.0])
@pytest.mark.parametrize(
    ("path_range", "path", "energy"),
    [(1e-3, 1e-3, 0.01), (0.15, 0.055, 0.1), (4.36, 2.16, 1.0), (54.0, 94.0, 10.0), (5160.0, 7e5, 1000.0)],
)
def test_path_lengths_invert(fraction, path_range, path, energy):
    # For every true step: z <= t, and the z of the whole step gives the step back; a part of z gives a part
    # of t that is at least as long.
    step = fraction * path_range
    end_path = path * (1.0 - 0.99 * min(fraction, 0.99))  # falls with the energy left
    z, alpha, power = urban.geometric_length(step, path_range, path, end_path, energy)
    assert 0.0 < z <= min(step, path)
    if z < path * (1.0 - 1e-12):  # unless cut at one mean free path
        back = urban.true_length(z, step, path_range, path, alpha, power)
        assert back == pytest.approx(step, rel=5e-5, abs=1e-9)
    last = 0.0
    for part in np.linspace(0.01, 1.0, 50):
        length = urban.true_length(part * z, step, path_range, path, alpha, power)
        assert part * z <= length <= step
        assert length >= last
        last = length


@pytest.mark.parametrize("tau", [1e-7, 1e-5, 1e-2, 0.3])
def test_mean_projected_length(tau):
    # Lewis, Phys. Rev. 78 (1950) 526: <z> = lambda (1 - exp(-t / lambda)), where no energy is lost
    z, _, _ = urban.geometric_length(tau, 1e9, 1.0, 1.0, 10.0)
    assert z == pytest.approx(-math.expm1(-tau), rel=1e-6)


def scattered(material, energy, tau, positron, n=200_000):
    """Return cosines of steps of `tau` transport mean free paths."""
    path = 1.0 / cross_section(material, np.array([energy]), positron)[0]
    constants = constants_of(material)
    smallest = urban.smallest_limit(constants, 0, energy, path, positron)
    out = np.zeros(n)
    cosines(rng_for(1), constants, tau * path, energy, path, energy, path, smallest, positron, out)
    assert (np.abs(out) <= 1.0).all()
    return out


@pytest.mark.parametrize("positron", [False, True])
@pytest.mark.parametrize("name", ["G4_POLYSTYRENE", "G4_lAr", "G4_Pb"])
@pytest.mark.parametrize("energy", [0.1, 10.0])
@pytest.mark.parametrize("tau", [0.5, 1.5, 5.0])
def test_mean_cosine_of_long_steps_is_exact(name, energy, tau, positron):
    # Goudsmit and Saunderson, Phys. Rev. 57 (1940) 24: <cos theta> = exp(-t / lambda). 5 standard errors: a
    # false-alarm rate of 6e-7 each, 2e-5 in all.
    out = scattered(find_material(name), energy, tau, positron)
    assert abs(out.mean() - math.exp(-tau)) < 5.0 * out.std() / math.sqrt(len(out))


@pytest.mark.parametrize("name", ["G4_POLYSTYRENE", "G4_lAr", "G4_Pb"])
@pytest.mark.parametrize("energy", [1.0, 10.0])
@pytest.mark.parametrize("tau", [0.005, 0.02, 0.1])
def test_mean_cosine_of_short_steps(name, energy, tau):
    # There the core has the measured width, not the exact mean; Geant4's model has up to a fifth more.
    # Statistical error below 2 %.
    ratio = (1.0 - scattered(find_material(name), energy, tau, False)).mean() / -math.expm1(-tau)
    assert 0.95 < ratio < 1.2


def test_mean_cosine_of_a_step_that_loses_energy():
    # then t / lambda is the integral over the step, lambda taken as falling linearly along it
    material = find_material("G4_WATER")
    path, end_path = 1.0 / cross_section(material, np.array([1.0, 0.6]), False)
    step = 0.4 * path
    out = np.zeros(200_000)
    cosines(rng_for(2), constants_of(material), step, 1.0, path, 0.6, end_path, 1e-8, False, out)
    tau = step * math.log(path / end_path) / (path - end_path)
    assert tau > 1.3 * step / path
    assert abs(out.mean() - math.exp(-tau)) < 5.0 * out.std() / math.sqrt(len(out))


def test_a_long_step_forgets_its_direction():
    out = np.zeros(100_000)
    cosines(rng_for(3), constants_of(find_material("G4_Pb")), 9.0, 0.1, 1.0, 0.1, 1.0, 1e-8, False, out)
    assert abs(out.mean()) < 5.0 / math.sqrt(3.0 * len(out))
    assert (out**2).mean() == pytest.approx(1.0 / 3.0, rel=0.02)


@pytest.mark.parametrize(("thickness_mm", "degrees"), [(9.658e-3, 2.58), (19.296e-3, 3.76)])
def test_gold_foils_as_hanson(thickness_mm, degrees):
    # A. O. Hanson et al., Phys. Rev. 84 (1951) 634: 15.7 MeV electrons through gold foils of 18.66 and 37.28
    # mg/cm2; where the intensity per solid angle is 1/e of that forward. Statistical error 0.3 %.
    gold = find_material("G4_Au")
    path = 1.0 / cross_section(gold, np.array([15.7]), False)[0]
    out = scattered(gold, 15.7, thickness_mm / path, False, n=1_000_000)
    edges = np.arange(0.0, 8.0, 0.2)
    counts, _ = np.histogram(np.degrees(np.arccos(out)), bins=edges)
    intensity = counts / -np.diff(np.cos(np.radians(edges)))
    fallen = intensity / intensity[:3].mean()
    first = int(np.argmax(fallen < math.exp(-1.0)))
    middle = 0.5 * (edges[1:] + edges[:-1])
    width = np.interp(-math.exp(-1.0), -fallen[first - 1 : first + 1], middle[first - 1 : first + 1])
    assert width == pytest.approx(degrees, rel=0.05)


def test_step_limit():
    out = np.zeros(50_000)
    # a step shorter than the limit stays, one longer is cut at the limit, spread by a tenth of it
    limits(rng_for(5), 0.5, 10.0, 0.1, 1.0, 1e-3, out)
    assert (out == 0.5).all()
    limits(rng_for(5), 5.0, 10.0, 0.1, 1.0, 1e-3, out)
    assert out.mean() == pytest.approx(1.0, rel=2e-3)
    assert out.std() == pytest.approx(0.1, rel=0.03)
    # far from the boundary 0.6 of the safety counts; out of reach of it the range alone
    limits(rng_for(5), 50.0, 100.0, 20.0, 1.0, 1e-3, out)
    assert out.mean() == pytest.approx(12.0, rel=2e-3)
    limits(rng_for(5), 5.0, 10.0, 20.0, 1.0, 1e-3, out)
    assert (out == 5.0).all()
    # and never below the smallest limit
    limits(rng_for(5), 5.0, 10.0, 0.0, 1e-4, 0.3, out)
    assert (out == 0.3).all()


def test_displacement_stays_within_the_path():
    for step, ratio in ((1.0, 0.99), (0.1, 0.5), (1e-3, 0.999999)):
        rng = rng_for(6)
        for _ in range(100):
            radius, cosine, sine = urban_angle.sample_displacement(rng, step, ratio * step)
            assert radius**2 + (ratio * step) ** 2 <= step**2
            assert math.hypot(cosine, sine) == pytest.approx(1.0, abs=1e-7)
