"""Showers against Geant4: the arithmetic on made-up tallies, the physics with the engine."""

import numpy as np
import pytest

from simkit.validation.checks import run_validation
from simkit.validation.reference import Reference, read_rows
from simkit.validation.showers import DEPTH_TOLERANCE, LAYERS, TOLERANCES, _judge, _ratio


def test_error_of_a_ratio():
    """The spread of 2000 ratios of means is what one of them states, within 10 %."""
    random = np.random.default_rng(3)
    whole = random.gamma(50.0, 1.0, (2000, 100))
    part = whole * random.normal(0.2, 0.05, whole.shape)
    ratios, errors = np.transpose([_ratio(p, w) for p, w in zip(part, whole)])
    assert ratios.std() == pytest.approx(errors.mean(), rel=0.1)
    assert ratios.mean() == pytest.approx(0.2, abs=5 * 0.05 / np.sqrt(whole.size))


def test_tolerance_is_the_stated_one_or_four_standard_errors():
    figure = Reference("deposit", "", "testem3", 1e4, {}, 100.0, "MeV", "Geant4 11.4.1")
    assert _judge(figure, 100.3, 0.05, 0.004).tolerance == pytest.approx(0.4)
    row = _judge(figure, 101.0, 0.3, 0.004, 0.4)
    assert (row.tolerance, row.standard_error, row.verdict) == (
        pytest.approx(2.0),
        pytest.approx(0.5),
        "pass",
    )
    assert _judge(figure, 100.5, 0.05, 0.004).verdict == "fail"


def test_every_figure_has_its_tolerance():
    for row in read_rows("showers"):
        assert TOLERANCES[row["preset"], row["quantity"], row["region"] or row["particle"]] <= 0.25
    assert len(list(read_rows("testem3_layers"))) == 50
    assert (LAYERS, DEPTH_TOLERANCE) == (((3, 25, 0.02), (26, 40, 0.04), (41, 49, 0.06)), 0.008)
    assert [row["layer"] for row in read_rows("testem3_ends")] == ["1", "2", "50"]


@pytest.mark.slow
def test_showers_agree_with_geant4():
    """10 GeV electrons: deposits, counts, paths and the shape; the seed is fixed."""
    result = run_validation(["testem3", "hepemshow"])
    assert [row.quantity for row in result.rows if row.verdict == "fail"] == []
    assert len(result.rows) == 12 + 2 * 3 + 2 * 47 + 4
