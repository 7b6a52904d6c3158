"""Tables: exact for a field linear in each coordinate, its error falls with the step squared; their ends."""

from __future__ import annotations

import math

import numpy as np
import pytest
from made import COIL, at, built, section

from simkit.field.maps.table import EvenAxis, UnevenAxis
from simkit.field.maps.table_file import write_table
from simkit.field.maps.tabulate import field_at_points, tabulate

STEPS = {
    "even": lambda low, high, n: np.linspace(low, high, n),
    "uneven": lambda low, high, n: low + (high - low) * np.linspace(0.0, 1.0, n) ** 1.5,
}


def linear(x, y, z):
    """Return three fields, linear in each coordinate."""
    return [1.0 + 2e-3 * x - y * 1e-3 + x * y * z * 1e-8, x * 1e-3 + y * z * 1e-5, 3.0 - 1e-3 * z]


@pytest.mark.parametrize("steps", STEPS)
def test_in_space_what_is_linear_is_exact(tmp_path, steps):
    names = ("x", "y", "z")
    axes = dict(zip(names, (STEPS[steps](*ends) for ends in ((-100, 300, 9), (-50, 50, 4), (0, 1000, 31)))))
    grid = np.meshgrid(*axes.values(), indexing="ij")
    write_table(tmp_path / "f.npz", axes, dict(zip(("b_x", "b_y", "b_z"), linear(*grid))))
    field = built({"kind": "table", "path": str(tmp_path / "f.npz")})
    assert isinstance(field.x, EvenAxis if steps == "even" else UnevenAxis)
    draw = np.random.default_rng(6)
    points = draw.uniform([-100, -50, 0], [300, 50, 1000], (2000, 3))
    points[:27] = [(x, y, z) for x in (-100, 50, 300) for y in (-50, 0, 50) for z in (0, 500, 1000)]
    expected = np.stack(linear(*points.T), axis=1)
    np.testing.assert_allclose(field_at_points(field, points), expected, atol=1e-14)


@pytest.mark.parametrize("axis", ["x", "y", "z"])
@pytest.mark.parametrize("steps", STEPS)
def test_around_an_axis_what_is_linear_is_exact(tmp_path, steps, axis):
    axes = {"r": STEPS[steps](0, 300, 7), "z": STEPS[steps](-200, 500, 12)}
    r, z = np.meshgrid(*axes.values(), indexing="ij")
    write_table(tmp_path / "f.npz", axes, {"b_r": r * z * 1e-5, "b_z": 1.0 + r * 1e-3 - z * 1e-3}, axis=axis)
    field = built({"kind": "table", "path": str(tmp_path / "f.npz")})
    draw = np.random.default_rng(7)
    radii, along, phi = draw.uniform(0, 300, 500), draw.uniform(-200, 500, 500), draw.uniform(0, 6.28, 500)
    unit = np.eye(3)["xyz".index(axis)]
    across = np.outer(np.cos(phi), np.roll(unit, 1)) + np.outer(np.sin(phi), np.roll(unit, 2))
    found = field_at_points(field, radii[:, None] * across + along[:, None] * unit)
    expected = (radii * along * 1e-5)[:, None] * across + (1 + radii * 1e-3 - along * 1e-3)[:, None] * unit
    np.testing.assert_allclose(found, expected, atol=1e-14)
    np.testing.assert_allclose(at(field, *(40.0 * unit)), 0.96 * unit, atol=1e-15)


@pytest.mark.parametrize("coordinates", ["rz", "xyz"])
def test_the_error_falls_with_the_step_squared(tmp_path, coordinates):
    coil = built(COIL)
    draw = np.random.default_rng(8)
    points = draw.uniform([100, 100, 2000], [500, 500, 3000], (3000, 3))
    errors = []
    for intervals in (10, 20, 40):
        axes = {"x": (100, 500), "y": (100, 500), "z": (2000, 3000)}
        if coordinates == "rz":
            axes = {"r": (100, 800), "z": (2000, 3000)}
        path = tmp_path / f"{intervals}.npz"
        tabulate(coil, path, {name: np.linspace(*ends, intervals + 1) for name, ends in axes.items()})
        off = field_at_points(built({"kind": "table", "path": str(path)}), points) - field_at_points(
            coil, points
        )
        errors.append(np.sqrt(np.mean(off**2)))
    assert 1e-6 < errors[0] < 1e-2
    assert errors[0] / errors[1] == pytest.approx(4.0, abs=0.3)
    assert errors[1] / errors[2] == pytest.approx(4.0, abs=0.3)


@pytest.mark.parametrize("steps", STEPS)
@pytest.mark.parametrize("coordinates", ["rz", "xyz"])
def test_beyond_its_ends(tmp_path, coordinates, steps):
    names, ends = ("x", "y", "z"), ((-10, 20, 4), (-30, 10, 5), (0, 40, 6))
    if coordinates == "rz":
        names, ends = ("r", "z"), ((5, 20, 4), (0, 40, 6))
    axes = {name: STEPS[steps](*of) for name, of in zip(names, ends)}
    ones = np.ones([len(values) for values in axes.values()])
    write_table(tmp_path / "f.npz", axes, {f"b_{name}": ones for name in names})
    keys = {"kind": "table", "path": str(tmp_path / "f.npz")}
    zero, nothing = built(keys | {"outside": "zero"}), built(keys)
    beyond = [
        (21.0, 0.0, 5.0),
        (6.0, -31.0, 5.0),
        (6.0, 0.0, -1e-9),
        (6.0, 0.0, 40.000001),
        (math.nan, 0.0, 5.0),
    ]
    beyond += [(math.inf, 0.0, 5.0), (6.0, -math.inf, 5.0)]
    if coordinates == "rz":
        beyond.append((4.9, 0.0, 5.0))
    for point in beyond:
        assert (at(zero, *point) == 0.0).all()
        assert np.isnan(at(nothing, *point)).all()
    for point in ((20.0, 0.0, 40.0), (6.0, 0.0, 0.0), (0.0, 6.0, 40.0)):
        assert at(nothing, *point)[2] == pytest.approx(1.0, abs=1e-15)


def test_a_file_that_is_not_there(tmp_path):
    (problem,) = section({"kind": "table", "path": str(tmp_path / "no.npz")}).problems()
    assert "there is no file" in problem[1]
    assert "give the path of a field table (.npz)" in problem[1]
