"""A field as a table: its values stand at the points; what is not around the axis is refused."""

from __future__ import annotations

import numpy as np
import pytest
from made import COIL, TOROID, WITH_RETURN, at, built

from simkit.errors import BadInput
from simkit.field.maps.table_file import read_table
from simkit.field.maps.tabulate import tabulate


@pytest.mark.parametrize("axis", ["x", "y", "z"])
def test_a_solenoid_around_its_axis(tmp_path, axis):
    unit = np.eye(3)["xyz".index(axis)]
    coil = built(WITH_RETURN | {"axis": axis, "centre_mm": (70.0 * unit).tolist()})
    r = [0.0, 600.0, 1229.5, 1230.0, 1230.5, 2280.0, 3000.0]
    tabulate(coil, tmp_path / "f.npz", {"r": r, "z": [-3000.0, 0.0, 70.0, 2000.0]}, axis=axis, about="coil")
    table = read_table(tmp_path / "f.npz")
    assert (table.axis, table.about, table.values.shape) == (axis, "coil", (7, 4, 2))
    np.testing.assert_allclose(table.values[0, 2], [0.0, 2.0], atol=1e-14)
    field = built({"kind": "table", "path": str(tmp_path / "f.npz")})
    point = 600.0 * np.roll(unit, 1) + 2000.0 * unit
    np.testing.assert_allclose(at(field, *point), at(coil, *point), atol=1e-15)


def test_a_toroid_in_space(tmp_path):
    toroid = built(TOROID)
    axes = {"x": [600.0, 700.0], "y": [-100.0, 0.0, 200.0], "z": [0.0, 50.0]}
    tabulate(toroid, tmp_path / "f.npz", axes)
    field = built({"kind": "table", "path": str(tmp_path / "f.npz")})
    for point in ((600.0, -100.0, 0.0), (700.0, 200.0, 50.0), (600.0, 0.0, 50.0)):
        np.testing.assert_allclose(at(field, *point), at(toroid, *point), atol=1e-15)


SLANTED = {"kind": "uniform", "strength_T": 1.0, "axis": [0.0, 1.0, 100.0]}


@pytest.mark.parametrize(
    "keys", [TOROID, COIL | {"axis": "x"}, COIL | {"centre_mm": [1.0, 0.0, 0.0]}, SLANTED]
)
def test_what_is_not_around_the_axis(tmp_path, keys):
    with pytest.raises(BadInput, match="the field is not one around the z axis in r and z; take x, y and z"):
        tabulate(built(keys), tmp_path / "f.npz", {"r": np.arange(0.0, 1001.0, 200.0), "z": [0.0, 100.0]})


def test_wrong_axes(tmp_path):
    coil = built(COIL)
    for axes, words in (
        ({"r": [0.0, 1.0]}, "the axes are r and z, or x, y and z"),
        ({"r": [0.0, 1.0], "z": [0.0]}, "no list of two or more"),
        ({"r": [0.0, 1.0], "z": ["a", "b"]}, "no list of numbers"),
        ({"r": [0.0, -1.0], "z": [0.0, 1.0]}, "r does not ascend"),
    ):
        with pytest.raises(BadInput, match=words):
            tabulate(coil, tmp_path / "f.npz", axes)


def test_a_field_without_a_value(tmp_path):
    axes = {"r": [0.0, 100.0], "z": [0.0, 100.0]}
    tabulate(built(COIL), tmp_path / "f.npz", axes)
    table = built({"kind": "table", "path": str(tmp_path / "f.npz")})
    with pytest.raises(BadInput, match="b_r holds NaN or infinity"):
        tabulate(table, tmp_path / "g.npz", {"r": [0.0, 100.0], "z": [0.0, 200.0]})
