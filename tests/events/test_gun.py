"""The particle gun: distributions, seeds, bad settings."""

import math

import numpy as np
import pytest
from scipy import stats

from simkit.errors import BadInput
from simkit.events.gun import gun_primaries

# Each distribution is tested with a Kolmogorov-Smirnov test at this level: a false alarm needs another
# generator of random numbers, because seeds are fixed.
FALSE_ALARM = 1e-4
N = 20_000


def gun(n=N, seed=1, **settings):
    if "spectrum" not in settings:
        settings.setdefault("energy_MeV", 10.0)
    return gun_primaries(n, seed, **settings)


def assert_follows(values, cdf):
    assert stats.kstest(values, cdf).pvalue > FALSE_ALARM


@pytest.mark.parametrize(("name", "pdg"), [("gamma", 22), ("e-", 11), ("e+", -11)])
def test_particle_by_name(name, pdg):
    assert (gun(3, particle=name).pdg == pdg).all()


def test_fixed_settings_are_exact():
    primaries = gun(2, direction=(0.0, 3.0, -4.0), position_mm=(1.0, 2.0, 3.0))
    np.testing.assert_array_equal(primaries.event, [0, 1])
    np.testing.assert_array_equal(primaries.energy, 10.0)
    np.testing.assert_allclose([primaries.u[0], primaries.v[0], primaries.w[0]], [0.0, 0.6, -0.8], rtol=1e-15)
    assert (primaries.x[1], primaries.y[1], primaries.z[1]) == (1.0, 2.0, 3.0)


ALL_RANDOM = {
    "spectrum": {"kind": "power", "min_MeV": 1.0, "max_MeV": 100.0, "index": 2.0},
    "direction": "isotropic",
    "spread_mm": (1.0, 2.0, 3.0),
    "spread": "gaussian",
    "per_event": 3,
}


@pytest.mark.parametrize("fewer", [1, 2, 7, 64, 501])
def test_an_event_does_not_depend_on_how_many_are_asked(fewer):
    many, few = gun(1000, 5, **ALL_RANDOM), gun(fewer, 5, **ALL_RANDOM)
    for all_of_them, first in zip(many, few):
        np.testing.assert_array_equal(all_of_them[: 3 * fewer], first)


def test_seeds_and_particles_of_an_event_differ():
    first, second = gun(100, 1, **ALL_RANDOM), gun(100, 2, **ALL_RANDOM)
    assert len(np.unique(np.concatenate([first.energy, second.energy]))) == 600
    assert len(np.unique(np.concatenate([first.x, second.x]))) == 600
    large = gun(2, 2**64 - 1, **ALL_RANDOM)
    assert np.isfinite(large.energy).all()


def test_uniform_spectrum():
    energy = gun(spectrum={"kind": "uniform", "min_MeV": 2.0, "max_MeV": 5.0}).energy
    assert_follows(energy, stats.uniform(2.0, 3.0).cdf)


@pytest.mark.parametrize("index", [0.0, 0.5, 1.0, 1.0 + 1e-14, 2.0, 2.7])
def test_power_law(index):
    energy = gun(spectrum={"kind": "power", "min_MeV": 1.0, "max_MeV": 1e3, "index": index}).energy
    power = 1.0 - index
    if abs(power) < 1e-9:
        assert_follows(energy, lambda e: np.log(e) / math.log(1e3))
    else:
        assert_follows(energy, lambda e: (e**power - 1.0) / (1e3**power - 1.0))


def test_log_uniform():
    energy = gun(spectrum={"kind": "log-uniform", "min_MeV": 0.1, "max_MeV": 1e4}).energy
    assert_follows(np.log(energy), stats.uniform(math.log(0.1), math.log(1e5)).cdf)


def test_table_of_bins():
    table = {"kind": "table", "energies_MeV": [1.0, 2.0, 4.0, 5.0], "weights": [1.0, 0.0, 3.0]}
    energy = gun(spectrum=table).energy
    assert_follows(energy, lambda e: np.interp(e, [1.0, 2.0, 4.0, 5.0], [0.0, 0.25, 0.25, 1.0]))
    assert not ((energy > 2.0) & (energy < 4.0)).any()


def test_table_of_lines():
    energy = gun(spectrum={"kind": "table", "energies_MeV": [1.1732, 1.3325], "weights": [1.0, 3.0]}).energy
    assert set(energy) == {1.1732, 1.3325}
    assert stats.binomtest(int((energy == 1.3325).sum()), N, 0.75).pvalue > FALSE_ALARM


def test_isotropic():
    primaries = gun(direction="isotropic")
    for cosine in (primaries.u, primaries.v, primaries.w):
        assert_follows(cosine, stats.uniform(-1.0, 2.0).cdf)
    np.testing.assert_allclose(primaries.u**2 + primaries.v**2 + primaries.w**2, 1.0, rtol=1e-14)


def test_eta_and_phi_ranges():
    primaries = gun(eta_range=(-1.0, 2.5), phi_range=(0.0, 1.0))
    assert_follows(np.arctanh(primaries.w), stats.uniform(-1.0, 3.5).cdf)
    assert_follows(np.arctan2(primaries.v, primaries.u), stats.uniform(0.0, 1.0).cdf)


def test_spreads():
    uniform = gun(position_mm=(5.0, 0.0, 0.0), spread_mm=(2.0, 0.0, 1.0))
    assert_follows(uniform.x, stats.uniform(3.0, 4.0).cdf)
    assert (uniform.y == 0.0).all()
    assert_follows(uniform.z, stats.uniform(-1.0, 2.0).cdf)
    gaussian = gun(spread_mm=0.5, spread="gaussian")
    for shift in (gaussian.x, gaussian.y, gaussian.z):
        assert_follows(shift, stats.norm(0.0, 0.5).cdf)
    assert abs(np.corrcoef([gaussian.x, gaussian.y, gaussian.z]) - np.eye(3)).max() < 0.04  # 5.6 sigma


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"particle": "pi-"}, "events.particle: unknown value 'pi-'; known: e+, e-, gamma, mu+, mu-"),
        ({"particle": "E-"}, "did you mean 'e-'"),
        ({"energy_MeV": -1.0}, "energy_MeV: found -1.0"),
        ({"energy_MeV": math.nan}, "energy_MeV: found nan"),
        ({"energy_MeV": math.inf}, "energy_MeV: found inf"),
        ({"energy_MeV": "ten"}, "energy_MeV: found 'ten'"),
        ({"energy_MeV": None}, "give energy_MeV or spectrum, and not both"),
        (
            {"energy_MeV": 1.0, "spectrum": {"kind": "uniform", "min_MeV": 1.0, "max_MeV": 2.0}},
            "give energy_MeV or spectrum, and not both",
        ),
        ({"spectrum": {"kind": "powr"}}, "did you mean 'power'"),
        ({"spectrum": {"kind": "uniform", "min_MeV": 3.0, "max_MeV": 2.0}}, "max_MeV must be greater"),
        ({"spectrum": {"kind": "power", "min_MeV": 1.0, "max_MeV": 2.0}}, "takes index, max_MeV, min_MeV"),
        ({"spectrum": {"kind": "table", "energies_MeV": [2.0, 1.0], "weights": [1.0]}}, "must ascend"),
        ({"spectrum": {"kind": "table", "energies_MeV": [1.0, 2.0], "weights": [0.0]}}, "not all be 0"),
        ({"spectrum": {"kind": "table"}}, "a 'table' spectrum takes energies_MeV, weights"),
        (
            {"spectrum": {"kind": "table", "energies_MeV": [1.0, 2.0], "weights": [1.0, 1.0, 1.0]}},
            "as many weights as energies_MeV",
        ),
        ({"direction": (0.0, 0.0, 0.0)}, "must be three finite numbers, not all 0"),
        ({"direction": (1.0, math.nan, 0.0)}, "events.direction: found"),
        ({"direction": (1.0, 0.0)}, "must be three finite numbers"),
        ({"direction": "isotropc"}, 'or "isotropic"'),
        (
            {"direction": (1.0, 0.0, 0.0), "eta_range": (0.0, 1.0)},
            "give direction or eta_range",
        ),
        ({"eta_range": (1.0, -1.0)}, "low <= high"),
        ({"position_mm": "here"}, "events.position_mm"),
        ({"spread_mm": -1.0}, "events.spread_mm"),
        ({"spread_mm": 1.0, "spread": "gauss"}, "did you mean 'gaussian'"),
        ({"partcle": "e-"}, "[events]: unknown key 'partcle'; did you mean 'particle'?"),
        ({"per_event": 0}, "events.per_event: found 0"),
        ({"n": 0}, "found 0, the gun needs at least 1"),
        ({"n": 2_000_000_000}, "2000000000 events of 1 primaries are more than 50000000 together"),
        ({"n": 1_000_000, "per_event": 1_000_000}, "more than 50000000 together"),
    ],
)
def test_bad_settings_are_one_clear_line(settings, message):
    with pytest.raises(BadInput) as raised:
        gun(**settings)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_direction_of_any_length():
    for scale in (1e-200, 1e200):
        primaries = gun(1, direction=(scale, scale, 0.0))
        assert primaries.u[0] == pytest.approx(math.sqrt(0.5), rel=1e-14)
