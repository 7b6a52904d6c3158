"""ATLAS's solenoid as a table: what it was made of, and what a point costs nothing to know."""

from __future__ import annotations

import numpy as np
import pytest

from simkit.field.maps.atlas_solenoid import AtlasSolenoidField
from simkit.field.maps.tabulate import field_at_points
from simkit.scenario import load_scenario

SECTION = AtlasSolenoidField(kind="atlas_solenoid")


def test_it_is_the_solenoid_with_its_return() -> None:
    """Off the sheets within 0.002 T; 2 T at the centre, 1.0 T where the coil ends (r = 0, z = 2.65 m)."""
    points = np.array([[0, 0, 0], [500, 300, 1000], [1500, 0, 0], [0, 2000, 500], [-3000, 0, -2000.0]])
    found = field_at_points(SECTION.build(), points)
    assert found == pytest.approx(field_at_points(SECTION.coil().build(), points), abs=0.002)
    assert found[0] == pytest.approx([0.0, 0.0, 2.0], abs=1e-9)
    assert field_at_points(SECTION.build(), np.array([[0, 0, 2650.0]]))[0, 2] == pytest.approx(1.0, abs=0.1)


def test_its_strength_and_its_end() -> None:
    half = AtlasSolenoidField(kind="atlas_solenoid", strength_T=1.0).build()
    assert half.values == pytest.approx(0.5 * SECTION.build().values)
    assert field_at_points(SECTION.build(), np.array([[0, 0, 7000.0]]))[0] == pytest.approx([0.0, 0.0, 0.0])


def test_it_is_an_option_of_the_detector_that_is_off() -> None:
    plain = load_scenario("atlas_like")
    assert plain.field.kind == "none"
    assert load_scenario("atlas_like", overrides={"field.kind": "atlas_solenoid"}).hash != plain.hash
