"""Showers in a field against Geant4."""

import pytest

from simkit.field.catalogue import STEPPERS
from simkit.scenario import load_scenario
from simkit.validation.fields import FINE, TOLERANCE, check
from simkit.validation.reference import read_rows


def test_every_figure_has_its_tolerance():
    assert {row["region"] for row in read_rows("fields")} == set(TOLERANCE)
    assert max(TOLERANCE.values()) <= 0.005


def test_the_fine_settings_are_as_fine_as_the_figures():
    """Geant4's: DeltaChord 0.01 mm, DeltaIntersection 1e-4 mm, DeltaOneStep 1e-3 mm."""
    field = load_scenario(
        "testem3", overrides={"field.kind": "uniform", "field.strength_T": 3.8} | FINE
    ).field
    driver = field.build_driver()
    assert (driver.delta_chord, driver.delta_intersection, driver.delta_one_step) == (0.01, 1e-4, 1e-3)
    assert driver.epsilon_max <= 1e-5


@pytest.mark.slow
def test_showers_in_a_field_agree_with_geant4():
    """One stepper of each kind; `simkit validate fields` has all."""
    names = ("dormand-prince", "qss3")
    assert set(names) < set(STEPPERS)
    rows = check(steppers=names)
    assert [row.quantity for row in rows if row.verdict != "pass"] == []
    assert len(rows) == 2 * (len(names) + 1)
