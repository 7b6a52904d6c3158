"""The check of neutrons: every figure is met, and a model that is off would not be."""

import pytest

from simkit.validation import neutrons


def test_neutrons_slow_down_as_in_geant4():
    rows = neutrons.check()
    assert [row.verdict for row in rows] == ["pass"] * 4
    assert {row.quantity: round(row.ours, 1) for row in rows}["collisions above 1 eV"] == pytest.approx(
        16.745, rel=0.05
    )


def test_hydrogen_alone_takes_fewer_collisions():
    """What oxygen adds is more than the tolerance: without it the check fails."""
    found = neutrons.slow_down("G4_H", 2.0, 1000).collisions.mean()
    assert found < 16.745 * (1.0 - neutrons.TOLERANCE)
