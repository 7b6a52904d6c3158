import math

import numpy as np
import pytest

from simkit.errors import BadInput
from simkit.fastsim.models.draws import shower_keys
from simkit.fastsim.models.fitted_gflash import (
    COLUMN,
    VALUES,
    FittedGflash,
    GflashGenerator,
    GflashSettings,
    read_gflash,
)
from simkit.fastsim.models.gflash_fit import TAU, fit, ring_profile, ring_shares, shape
from simkit.fastsim.models.model_file import read_model
from simkit.fastsim.models.training import Training
from simkit.fastsim.showers.binning import regular_binning
from simkit.fastsim.showers.files import Showers

BINNING = regular_binning("electron", 11, layers=24, angles=4, radii=6, step_mm=5.0)
RADIAL = {"z1": 1.5, "z2": 1.0, "k1": 6.0, "k2": 0.6, "k3": -2.5, "k4": 0.5, "p1": 2.5, "p2": 0.5, "p3": 1.2}


def params(**changes):
    """Return parameters at 1 and 10 GeV."""
    at = {
        "response": 0.9,
        "spots": 400.0,
        "spread": 0.8,
        "log_T": 1.8,
        "log_alpha": 1.3,
        "sd_log_T": 0.15,
        "sd_log_alpha": 0.2,
    }
    at |= {"correlation": 0.5} | RADIAL | changes
    low = np.array([at[name] for name in VALUES])
    high = low.copy()
    high[COLUMN["log_T"]] += 0.3
    high[COLUMN["spots"]] *= 4
    return FittedGflash(np.log([1e3, 1e4]), np.stack([low, high]))


def showers(count, of=None):
    incident = np.exp(np.random.default_rng(1).uniform(*np.log([1e3, 1e4]), count))
    generator = GflashGenerator(BINNING, of or params())
    return Showers(BINNING, incident, generator.generate(incident, shower_keys(1, count)))


def test_the_longitudinal_profile_is_a_gamma_distribution():
    """Without fluctuations: mean depth alpha / beta and the shares of layers, from scipy."""
    from scipy.special import gammainc

    still = params(sd_log_T=0.0, sd_log_alpha=0.0, spread=0.0, spots=5000.0)
    incident = np.full(200, 1e3)
    made = GflashGenerator(BINNING, still).generate(incident, shower_keys(2, 200))
    found = made.reshape(200, 24, 24).sum(axis=2).mean(axis=0) / 1e3
    alpha, maximum = math.exp(1.3), math.exp(1.8)
    share = np.diff(gammainc(alpha, (alpha - 1.0) / maximum * np.arange(25)))
    spots = 200 * 5000
    np.testing.assert_allclose(found, 0.9 * share, atol=4 * 0.9 * math.sqrt(0.1 / spots), rtol=0.0)


def test_rings_have_the_radial_profile():
    still = params(sd_log_T=0.0, sd_log_alpha=0.0, spread=0.0, spots=20_000.0)
    incident = np.full(50, 1e3)
    made = GflashGenerator(BINNING, still).generate(incident, shower_keys(3, 50)).reshape(-1, 24, 4, 6)
    layer = 6  # depths 6 to 7 layers: tau hardly changes
    found = made[:, layer].sum(axis=(0, 1)) / made[:, layer].sum()
    tau = np.array([6.5 / math.exp(1.8)])
    wanted = ring_shares(np.array(list(RADIAL.values())), np.arange(7) * 5.0, tau)[0]
    np.testing.assert_allclose(found, wanted, atol=0.006)
    by_angle = made[:, layer].sum(axis=(0, 2)) / made[:, layer].sum()
    np.testing.assert_allclose(by_angle, 0.25, atol=0.006)


def test_the_fit_finds_what_showers_were_made_with(tmp_path):
    truth = params()
    made = showers(1500)
    settings = GflashSettings(nodes=2, rounds=5, showers=500)
    found = fit(made, settings, Training(tmp_path, seed=5))
    for name, tolerance in (
        *(("log_T", 0.05), ("log_alpha", 0.08), ("sd_log_T", 0.04), ("sd_log_alpha", 0.06)),
        *(("correlation", 0.25), ("response", 0.02), ("spread", 0.3)),
    ):
        np.testing.assert_allclose(
            found.values[:, COLUMN[name]], truth.values[:, COLUMN[name]], atol=tolerance
        )
    np.testing.assert_allclose(found.values[:, COLUMN["spots"]], [400, 1600], rtol=0.3)
    # Radial parameters are degenerate; what they give is not.
    tau, edges = 0.5 * (TAU[1:] + TAU[:-1])[1:14], np.arange(7) * 5.0
    shares = ring_shares(np.array(list(RADIAL.values())), edges, tau)
    np.testing.assert_allclose(ring_shares(found.values[0, COLUMN["z1"] :], edges, tau), shares, atol=0.03)


def test_figures_of_a_shower():
    made = showers(300, params(log_T=1.3, sd_log_T=0.0, sd_log_alpha=0.0, spots=5000.0))
    log_T, log_alpha, response = shape(made)
    assert response.mean() == pytest.approx(0.9, rel=0.02)
    assert log_T.mean() == pytest.approx(1.3 + 0.15, abs=0.05)
    assert log_alpha.mean() == pytest.approx(1.3, abs=0.05)
    shares, weight = ring_profile(made)
    assert weight.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(shares[weight > 0].sum(axis=1), 1.0)


def test_files_that_no_shower_can_have_are_told(trained):
    file = read_model(trained("gflash"))
    wrong = {"spots": 1e9, "response": -1.0, "correlation": 1.5, "spread": 9.0}
    wrong |= {"log_T": 1e4, "log_alpha": -1e4, "sd_log_T": 1e4, "sd_log_alpha": 1e4}
    for column, value in wrong.items():
        values = file.tensors["values"].copy()
        values[0, COLUMN[column]] = value
        with pytest.raises(BadInput, match="'values' holds what no shower has"):
            read_gflash(file._replace(tensors={**file.tensors, "values": values}))
    with pytest.raises(BadInput, match="'log_MeV' must rise"):
        read_gflash(file._replace(tensors={**file.tensors, "log_MeV": file.tensors["log_MeV"][::-1].copy()}))


def test_too_few_showers_are_told(tmp_path):
    with pytest.raises(BadInput, match=r"showers around .* needs 20; give more, or set fewer nodes"):
        fit(showers(30), GflashSettings(nodes=5), Training(tmp_path))
