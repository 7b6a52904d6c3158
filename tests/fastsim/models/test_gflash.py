"""Gflash: the medium that it makes of a calorimeter, its laws, and showers beside the full simulation's."""

import numpy as np
import pytest

from simkit.engines.build import beam_of
from simkit.errors import BadInput
from simkit.fastsim.models.gflash import Gflash
from simkit.fastsim.models.gflash_showers import radial_profile, sample_gamma, sample_profile
from simkit.fastsim.models.medium import Medium, build_medium
from simkit.fastsim.models.rule import Surroundings
from simkit.materials import find_material
from simkit.record.tallies import ENERGY_UNIT
from simkit.rng import make_rng, start_track
from simkit.scenario import load_scenario
from tests.fastsim.hook.test_hook import booked, counted, run
from tests.fastsim.hook.trial import prepare

# Geant4 11.4.1, testem3 (6000 events of 10 GeV): energy in the gap (MeV), and of every fifth of its layers
GAP_MEV = 2143.62
GAP_LAYERS_MEV = [3.284, 47.26, 101.491, 104.11, 75.861, 46.571, 25.962, 13.507, 7.035, 3.543]


def surroundings(name, regions=None, **overrides):
    scenario = load_scenario(name, overrides=overrides)
    detector = scenario.detector
    materials = tuple(find_material(material, scenario.own_materials) for material, _ in detector.couples)
    numbers = tuple(detector.regions.index(region) for region in regions or detector.calorimeter)
    return Surroundings(detector, materials, numbers, *beam_of(scenario.events))


@pytest.mark.parametrize(
    ("material", "radiation_mm", "moliere_mm", "critical_MeV"),
    [  # Particle Data Group 2022, critical energies by Rossi for electrons
        ("G4_Pb", 5.612, 16.02, 7.43),
        ("G4_W", 3.504, 9.327, 7.97),
        ("G4_PbWO4", 8.903, 19.59, 9.64),
        ("G4_Fe", 17.57, 17.19, 21.68),
    ],
)
def test_a_homogeneous_medium(material, radiation_mm, moliere_mm, critical_MeV):
    slab = ({"region": "block", "material": material, "thickness_mm": 10.0},)
    medium = build_medium(surroundings("testem3", **{"geometry.slab": slab}), "")
    assert (medium.visible_region, medium.visible_share) == (-1, 1.0)
    assert medium.radiation_mm == pytest.approx(radiation_mm, rel=0.01)
    assert medium.moliere_mm == pytest.approx(moliere_mm, rel=0.08)
    assert medium.critical_MeV == pytest.approx(critical_MeV, rel=0.06)


def test_a_sampling_medium():
    """Lead and argon: 8 mm are 0.4098 + 0.0407 radiation lengths; the argon samples."""
    medium = build_medium(surroundings("testem3"), "")
    assert medium.radiation_mm == pytest.approx(8.0 / (0.4098 + 0.0407), rel=0.005)
    assert medium.layers_per_length == pytest.approx(medium.radiation_mm / 8.0)
    assert medium.e_deficit == pytest.approx(1.0 - 1.0 / (1.0 + 0.007 * (82 - 18)))
    assert medium.visible_region == 1
    assert medium.visible_share == pytest.approx(GAP_MEV / 9869.9, rel=0.1)
    assert medium.resolution == pytest.approx(51.4 / GAP_MEV * 10**0.5, rel=0.7)  # a rule of thumb


def test_a_line_that_meets_no_region_of_the_rule():
    with pytest.raises(BadInput, match=r"a line from .* does not meet gap"):
        build_medium(surroundings("testem3", ["gap"], **{"events.direction": (-1.0, 0.0, 0.0)}), "")
    with pytest.raises(BadInput, match="visible_region 'absorber' is none"):
        Gflash(model="gflash", visible_region="absorber").build(surroundings("testem3", ["gap"]))


def on_track(number):
    rng = make_rng(3)
    start_track(rng, 0, number)
    return rng


@pytest.mark.parametrize("shape", [1.0, 3.5, 40.0])
def test_gamma_numbers(shape):
    """Mean and variance are the shape; false alarms at five standard errors."""
    rng = on_track(1)
    n = 20_000
    found = np.array([sample_gamma(rng, shape) for _ in range(n)])
    assert found.mean() == pytest.approx(shape, abs=5.0 * (shape / n) ** 0.5)
    fourth = 3.0 * shape**2 + 6.0 * shape
    assert found.var() == pytest.approx(shape, abs=5.0 * ((fourth - shape**2) / n) ** 0.5)


def lead(**changes):
    return Medium(82.0, 5.612, 16.0, 7.4, 0.0, 0.0, -1, 1.0, 0.0)._replace(**changes)


def test_longitudinal_profile():
    """10 GeV in lead: the shower's maximum at ln y - 0.858 radiation lengths on average (their eq. 10)."""
    log_y = float(np.log(10_000.0 / 7.4))
    rng = on_track(2)
    depth, alpha = np.array([sample_profile(lead(), rng, log_y) for _ in range(4000)]).T
    assert np.median(depth) == pytest.approx(log_y - 0.812, abs=0.05)
    assert depth.mean() == pytest.approx(log_y - 0.858, abs=0.2)
    assert np.log(depth).std() == pytest.approx(1.0 / (-1.4 + 1.26 * log_y), rel=0.06)
    assert np.corrcoef(np.log(depth), np.log(alpha))[0, 1] == pytest.approx(0.705 - 0.023 * log_y, abs=0.05)


def test_radial_profile():
    """Nine tenths of a shower lie within about a Moliere radius, which is how it is defined."""
    taus = np.random.default_rng(1).gamma(4.9, 1.0 / 3.9, 400)  # 10 GeV in lead
    inside = []
    for tau in taus:
        core, tail, weight = radial_profile(lead(), np.log(10.0), tau)
        inside.append(weight / (1.0 + core**2) + (1.0 - weight) / (1.0 + tail**2))
    assert np.mean(inside) == pytest.approx(0.9, abs=0.05)


@pytest.fixture(scope="module")
def showers():
    """Forty showers of 10 GeV in testem3; all kernels are those of the tests of the hook."""
    rule = {"particles": ("gamma", "e-", "e+"), "min_MeV": 1000.0}
    keys = {"events__energy_MeV": 10_000.0, "events__count": 40, "geometry__layers": 50}
    return run(prepare(gflash=rule, **keys))


def test_every_shower_is_one_of_its_own_and_adds_up(showers):
    assert counted(showers)["showers"] == 40
    assert counted(showers)["faults"] == counted(showers)["returned"] == 0
    assert len(np.unique(showers.deposits[:, 41])) == 40
    deposited = showers.deposits.sum(axis=1) * ENERGY_UNIT
    np.testing.assert_allclose(deposited + booked(showers, "leaked"), 10_000.0, rtol=1e-9)
    assert showers.steps.sum() == 0


def test_layers_beside_geant4(showers):
    """The form within 9 % of the largest layer and the energy within 12 %, without any fit."""
    gap = showers.deposits[:, 1::2].mean(axis=0) * ENERGY_UNIT
    assert gap.sum() == pytest.approx(GAP_MEV, rel=0.12)
    form, wanted = gap[::5] / gap.sum(), np.array(GAP_LAYERS_MEV) / GAP_MEV
    np.testing.assert_allclose(form, wanted, atol=0.09 * wanted.max())


def test_photons_convert_later(showers):
    rule = {"particles": ("gamma", "e-", "e+"), "min_MeV": 1000.0}
    keys = {"events__energy_MeV": 10_000.0, "events__count": 40, "geometry__layers": 50}
    photons = run(prepare(gflash=rule, events__particle="gamma", **keys))
    depth = [(t.deposits.sum(axis=0) @ np.arange(100)) / t.deposits.sum() / 2.0 for t in (photons, showers)]
    assert depth[0] - depth[1] == pytest.approx(9.0 / 7.0 * 17.76 / 8.0, abs=1.2)  # layers


def test_what_is_too_soft_is_followed_in_full():
    tallies = run(prepare(gflash={"particles": ("e-",), "min_MeV": 0.0}, events__energy_MeV=50.0))
    assert counted(tallies)["showers"] == 0
    assert counted(tallies)["returned"] >= 6


def test_every_region_of_the_rule_is_on_the_line():
    """The default regions of atlas_like are two calorimeters; each is a medium of its own."""
    with pytest.raises(BadInput, match=r"does not meet em_endcap_absorber, em_endcap_gap"):
        build_medium(surroundings("atlas_like"), "")
    barrel = build_medium(surroundings("atlas_like", ["em_barrel_absorber", "em_barrel_gap"]), "")
    endcap = ["em_endcap_absorber", "em_endcap_gap"]
    along = surroundings("atlas_like", endcap)._replace(direction=(0.2, 0.0, 1.0))
    assert build_medium(along, "").visible_region != barrel.visible_region


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (
            {"particles": ["e-", "mu-"]},
            "fastsim.0.particles: found 'mu-'; gflash takes gamma, e-, e\\+ alone",
        ),
        ({"direction": [0.0, 0.0, 0.0]}, "fastsim.0.direction: must not be zero"),
        ({"resolution": 1e-300}, "fastsim.0.resolution: found 1e-300; must be 0, or from 0.001 to 1"),
        ({"file": "x" * 5000, "visible_region": "gap"}, "fastsim.0.file: .* there is no such file"),
        ({"model": "frozen-showers", "particles": ["pi+"]}, "found 'pi\\+'; frozen-showers takes gamma"),
    ],
)
def test_rules_that_cannot_be_are_told(keys, said):
    """A library's entries are by kind: that of a pion would be beyond the last."""
    with pytest.raises(BadInput, match=said):
        load_scenario("testem3", overrides={"fastsim": [{"model": "gflash"} | keys]})
