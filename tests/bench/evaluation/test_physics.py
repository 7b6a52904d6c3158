"""The verdict on generated showers: same ones pass, shifted ones fail, few ones settle nothing."""

from __future__ import annotations

import numpy as np
import pytest

from simkit.bench.evaluation.physics import decades, judge_physics, profiles
from simkit.bench.words import physics_words
from simkit.fastsim.showers.features import Features, features
from tests.fastsim.toy_showers import toy_showers


def narrow(n: int, seed: int, scale: float = 1.0, spread: float = 0.02) -> Features:
    """Return features with a narrow response, so that few showers know it well."""
    random = np.random.default_rng(seed)
    incident = 10.0 ** random.uniform(3.0, 5.0, n)
    shares = np.array([0.1, 0.6, 0.3]) * (1.0 + spread * random.standard_normal((n, 3)))
    layer_MeV = scale * shares * incident[:, None]
    nothing, one = np.zeros((n, 3)), np.zeros(n)
    return Features(
        (0, 1, 2), (), incident, layer_MeV.sum(axis=1), layer_MeV,
        *[np.zeros((n, 0))] * 4, nothing, nothing, nothing, one, one,
    )  # fmt: skip


def test_the_same_passes_and_a_shift_beyond_the_margin_fails() -> None:
    truth = narrow(20000, 1)
    same = judge_physics(truth, narrow(20000, 2))
    assert (same.verdict, len(same.rows)) == ("pass", 2 * (1 + 3 + 1))
    assert same.pass_probability > 0.9
    shifted = judge_physics(truth, narrow(20000, 2, scale=1.01))
    assert shifted.verdict == "fail"
    deposits = [row for row in shifted.rows if row.observable == "deposit"]
    assert [row.region for row in deposits] == ["1 GeV to 10 GeV", "10 GeV to 100 GeV"]
    assert all(row.difference == pytest.approx(1.0, abs=0.2) for row in deposits)
    assert all((row.margin, row.unit) == (0.5, "%") for row in deposits)
    wide = judge_physics(truth, narrow(20000, 2, spread=0.03))
    assert {row.verdict for row in wide.rows if row.observable == "width"} == {"fail"}


def test_errors_are_those_of_two_independent_samples() -> None:
    """100 pairs of the same: differences over their errors have a spread of 1 within 4 standard errors."""
    pulls = []
    for seed in range(100):
        physics = judge_physics(narrow(300, 2 * seed), narrow(300, 2 * seed + 1))
        pulls += [row.difference / row.standard_error for row in physics.rows if row.observable != "width"]
    # Three layers and their sum are not independent: as of 100 pairs and 2 decades.
    assert np.std(pulls) == pytest.approx(1.0, abs=4.0 / np.sqrt(2.0 * 200))


def test_few_showers_settle_nothing_and_none_are_told() -> None:
    assert judge_physics(narrow(100, 1, spread=0.3), narrow(100, 2, spread=0.3)).verdict == "inconclusive"
    none = judge_physics(narrow(20, 1), narrow(20, 2))
    assert (none.verdict, none.rows) == ("inconclusive", [])
    assert "30 showers" in none.not_compared


def test_energies_without_generated_showers_do_not_pass() -> None:
    truth, generated = narrow(20000, 1), narrow(20000, 2)
    low = judge_physics(truth, generated.take(generated.incident_MeV < 1e4))
    assert (low.verdict, {row.verdict for row in low.rows}) == ("inconclusive", {"pass"})
    assert low.notes == ["not compared, of fewer than 30 generated showers: 10 GeV to 100 GeV"]
    assert physics_words(low) == "is the same within its margins, as far as it is compared"
    off = narrow(20000, 2, scale=1.01)
    assert judge_physics(truth, off.take(off.incident_MeV < 1e4)).verdict == "fail"


def test_profiles_are_means_at_the_decades_mean_energy() -> None:
    truth, generated = toy_showers(300, 1), toy_showers(200, 2)
    known = features(truth), features(generated)
    found = list(profiles(truth, generated, known))
    first = next(iter(decades(*known)))
    assert [one.energies for one in found] == ["1 GeV to 10 GeV", "10 GeV to 100 GeV"]
    assert len(found[0].truth) == 6
    assert len(found[0].truth_rings) == 3
    assert sum(found[0].truth) == pytest.approx(sum(found[0].truth_rings), rel=1e-6)
    expected = first.mean_MeV * known[0].response[first.truth].mean()
    assert sum(found[0].truth) == pytest.approx(expected, rel=1e-9)
