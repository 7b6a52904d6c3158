"""Histograms: separation and chi2 of cases worked out by hand, underflow and overflow included."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from simkit.fastsim.judge.correlations import correlations
from simkit.fastsim.judge.histograms import (
    cell_edges,
    cell_spectrum,
    chi2,
    edges_of,
    histogram,
    observables,
    response_by_energy,
    separation,
)
from simkit.fastsim.showers.features import features
from simkit.fastsim.showers.files import Showers

Toy = Callable[..., Showers]


def test_what_lies_beyond_the_bins_counts() -> None:
    edges = np.array([0.0, 1.0, 2.0])
    one = histogram(np.array([-np.inf, -1.0, 0.0, 0.5, 1.0, 2.0, 9.0]), edges)
    assert one.tolist() == [2, 2, 1, 2]
    away = histogram(np.full(7, 50.0), edges)
    assert separation(one, one) == 0.0
    assert separation(histogram(np.full(7, -50.0), edges), away) == 1.0
    assert separation(histogram(np.array([]), edges), away) == 1.0


def test_separation_and_chi2_of_a_case_by_hand() -> None:
    """p = (0.5, 0.5), q = (0.25, 0.75): half of 1/16 / 0.75 + 1/16 / 1.25; chi2 with scales of 2 and 1/2."""
    one, other = np.array([10, 10, 0]), np.array([20, 60, 0])
    assert separation(one, other) == pytest.approx(0.5 * (0.0625 / 0.75 + 0.0625 / 1.25))
    value, freedom = chi2(one, other)
    assert freedom == 1
    assert value == pytest.approx((10 * 2 - 20 / 2) ** 2 / 30 + (10 * 2 - 60 / 2) ** 2 / 70)


def test_chi2_of_equal_distributions_is_its_degrees_of_freedom() -> None:
    """Mean 1 and variance 2 / freedom of chi2 over its freedom: 200 draws agree within 4 standard errors."""
    random = np.random.default_rng(5)
    ratios = []
    for _ in range(200):
        truth, other = random.normal(size=2000), random.normal(size=1000)
        edges = edges_of(truth)
        value, freedom = chi2(histogram(truth, edges), histogram(other, edges))
        ratios.append(value / freedom)
    assert abs(np.mean(ratios) - 1.0) < 4.0 * (2.0 / 31.0 / 200.0) ** 0.5


def test_the_response_is_compared_energy_by_energy(toy: Toy) -> None:
    truth, same, other = features(toy(6000, 1)), features(toy(6000, 2)), features(toy(6000, 3, scale=1.1))
    points = response_by_energy(truth, same)
    assert len(points) == 17
    assert points[0].low_MeV == truth.incident_MeV.min()
    assert sum(point.showers[0] for point in points) == 6000
    assert len(response_by_energy(truth, same.take(slice(900)))) == 3
    assert 0.7 < _reduced(points) < 1.3
    assert _reduced(response_by_energy(truth, other)) > 1.5
    few = truth._replace(incident_MeV=np.repeat([1e3, 2e3, 4e3, 8e3], 1500))
    points = response_by_energy(few, few)
    assert [point.low_MeV for point in points] == [1e3, 2e3, 4e3, 8e3]
    assert [point.showers for point in points] == [(1500, 1500)] * 4


def _reduced(points: list) -> float:
    return sum(point.chi2 for point in points) / sum(point.freedom for point in points)


def test_every_layer_has_its_observables_and_dark_layers_no_bin(toy: Toy) -> None:
    dark = toy(300)
    dark.energies_MeV[::2, :12] = 0.0  # half of the showers leave nothing in the first layer
    found = {one.name: one for one in observables(features(dark))}
    assert len(found) == 3 + 8 * 6
    values = found["layer energy, layer 1"].values
    edges = edges_of(values)
    assert np.isfinite(edges).all()
    assert histogram(values, edges)[0] >= 150


def test_the_spectrum_of_cells_holds_all_cells(toy: Toy) -> None:
    showers = toy(200)
    counts = cell_spectrum(showers, cell_edges(showers))
    assert counts.sum() == showers.energies_MeV.size
    assert counts[0] == np.sum(showers.energies_MeV == 0.0)


def test_correlations_are_pearsons(toy: Toy) -> None:
    of = features(toy(500))
    expected = np.corrcoef(of.layer_MeV / of.incident_MeV[:, None], rowvar=False)
    np.testing.assert_allclose(correlations(of), expected, atol=1e-12)
    still = of._replace(layer_MeV=of.layer_MeV * [1, 1, 0, 1, 1, 1])
    assert np.all(correlations(still)[2] == 0.0)
