"""Numbers as the page writes them."""

from __future__ import annotations

import pytest

from simkit.report import numbers


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0.0, "0"),
        (45000.0, "45,000"),
        (1.23456, "1.235"),
        (-0.5, "−0.5000"),
        (2e-5, "2.000e−05"),
    ],
)
def test_plain(value, text):
    assert numbers.plain(value) == text


def test_a_ratio_is_as_precise_as_its_interval():
    assert numbers.ratio(1.14812, 1.1436, 1.1527) == ("1.148", "1.144 to 1.153")
    assert numbers.ratio(1.3, 0.9, 1.8) == ("1.30", "0.90 to 1.80")
    assert numbers.ratio(1.0, 0.0, 5e21)[1] == "0.00 to more than 1,000"


def test_an_error_sets_the_digits():
    assert numbers.with_error(7739.52, 14.2) == "7,740 ± 14"
    assert numbers.with_error(-0.2044, 0.0031) == "−0.204 ± 0.003"
    assert numbers.with_error(12.3456, None) == "12.35"


def test_signs_and_scales():
    assert numbers.signed(0.082, 2) == "+0.08"
    assert numbers.signed(-0.18, 2) == "−0.18"
    assert numbers.signed(-0.001, 2) == "0.00"
    assert numbers.scaled([0.0275, 0.02]) == (1e3, "ms")
    assert numbers.duration(840.0) == "14\N{NO-BREAK SPACE}min"
    assert numbers.count(18.0) == "18"


def test_long_names_are_broken_and_escaped_for_plotly():
    assert numbers.wrapped("atlas_like+gamma-roulette:threshold_MeV=2") == (
        "atlas_like+gamma-<br>roulette:threshold_MeV=2"
    )
    assert numbers.wrapped("<b>x</b>") == "&lt;b&gt;x&lt;/b&gt;"
