"""Files of tables: units, and one line with the file's name for whatever is wrong."""

from __future__ import annotations

import zipfile

import numpy as np
import pytest

from simkit.errors import BadInput
from simkit.field.maps.table_file import FORMAT, read_table, write_table

AXES = {"r": [0.0, 1.0, 2.0], "z": [0.0, 10.0]}
VALUES = {"b_r": np.arange(6.0).reshape(3, 2), "b_z": np.ones((3, 2))}
GOOD = {
    "format": np.array(FORMAT),
    "coordinates": np.array("rz"),
    "length_unit": np.array("mm"),
    "field_unit": np.array("T"),
    "axis": np.array("z"),
    "about": np.array("a test"),
    **{name: np.array(values) for name, values in {**AXES, **VALUES}.items()},
}


def test_units(tmp_path):
    write_table(tmp_path / "f.npz", AXES, VALUES, length_unit="m", field_unit="kG", axis="x", about="ours")
    table = read_table(tmp_path / "f.npz")
    assert (table.coordinates, table.axis, table.about) == ("rz", "x", "ours")
    np.testing.assert_allclose(table.axes[0], [0.0, 1000.0, 2000.0])
    np.testing.assert_allclose(table.axes[1], [0.0, 10000.0])
    np.testing.assert_allclose(table.values[..., 0], np.arange(6.0).reshape(3, 2) / 10.0)
    np.testing.assert_allclose(table.values[..., 1], 0.1)


@pytest.mark.parametrize(("unit", "mm"), [("mm", 1.0), ("cm", 10.0), ("m", 1000.0)])
@pytest.mark.parametrize(("field_unit", "tesla"), [("T", 1.0), ("kG", 0.1), ("G", 1e-4)])
def test_every_unit(tmp_path, unit, mm, field_unit, tesla):
    write_table(tmp_path / "f.npz", AXES, VALUES, length_unit=unit, field_unit=field_unit)
    table = read_table(tmp_path / "f.npz")
    assert (table.axes[1][1], table.values[0, 0, 1]) == (10.0 * mm, tesla)


def test_a_file_is_written_the_same_twice_and_leaves_no_parts(tmp_path):
    contents = []
    for _ in range(2):
        write_table(tmp_path / "sub" / "f.npz", AXES, VALUES)
        contents.append((tmp_path / "sub" / "f.npz").read_bytes())
    assert contents[0] == contents[1]
    assert [path.name for path in (tmp_path / "sub").iterdir()] == ["f.npz"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"format": None}, "lacks format; write it with"),
        ({"format": np.array("another/2")}, "format is 'another/2', not 'simkit.field-table/1'"),
        ({"coordinates": np.array("rphi")}, "unknown coordinates 'rphi'"),
        ({"coordinates": np.array("xyz")}, "unknown key 'r'"),
        ({"length_unit": np.array("inch")}, "unknown length unit 'inch'; known: cm, m, mm"),
        ({"field_unit": np.array("Tesla")}, "unknown field unit 'Tesla'; known: G, T, kG"),
        ({"field_unit": np.array(1.0)}, "field_unit is an array of float64[], not text"),
        ({"axis": np.array("w")}, "unknown axis 'w'; known: x, y, z"),
        ({"about": None}, "lacks about"),
        ({"b_z": None}, "lacks b_z"),
        ({"r": None}, "lacks r"),
        ({"bz": np.ones((3, 2))}, "unknown key 'bz'; did you mean 'b_z'?"),
        ({"b_z": np.ones((2, 3))}, "b_z has shape (2, 3), its axes have (3, 2)"),
        ({"b_z": np.full((3, 2), np.nan)}, "b_z holds NaN or infinity"),
        ({"b_r": np.full((3, 2), 1j)}, "b_r holds complex128, not real numbers"),
        ({"r": np.array([0.0, 2.0, 1.0])}, "r does not ascend (2, 1 at 1)"),
        ({"r": np.array([0.0, 1.0, 1.0])}, "r does not ascend (1, 1 at 1)"),
        ({"r": np.array([0.0, np.inf, 1.0])}, "r holds NaN or infinity"),
        ({"r": np.array([-1.0, 0.0, 1.0])}, "r begins at -1 mm; it cannot be negative"),
        ({"z": np.array([0.0, 2e7])}, "reaches 2e+07 mm, allowed up to 1e+07; check length_unit"),
        ({"b_z": np.full((3, 2), 2e4)}, "holds 20000 T, allowed up to 1000; check field_unit"),
        ({"z": np.array([1.0])}, "z has shape (1,); an axis is a list of two or more"),
        ({"z": np.array(1.0)}, "z has shape ()"),
        ({"about": np.array(["a", None], dtype=object)}, "Object arrays cannot be loaded"),
    ],
)
def test_a_wrong_file_is_one_line(tmp_path, changes, words):
    path = tmp_path / "f.npz"
    np.savez(path, **{name: value for name, value in (GOOD | changes).items() if value is not None})
    with pytest.raises(BadInput) as raised:
        read_table(path)
    assert str(raised.value).startswith(f"{path}: ")
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("content", [b"", b"a text", b"PK\x03\x04 and no more", "cut", "text in it"])
def test_what_is_no_npz_file_is_one_line(tmp_path, content):
    path = tmp_path / "f.npz"
    np.savez_compressed(path, **GOOD)
    whole = path.read_bytes()
    if content == "cut":
        content = whole[:400] + bytes(200) + whole[600:]
    if content == "text in it":
        with zipfile.ZipFile(path, "a") as file:
            file.writestr("notes.txt", "some words")
        content = path.read_bytes()
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"is no npz file, or a damaged one|unknown key") as raised:
        read_table(path)
    assert str(raised.value).startswith(f"{path}: ")


def test_places_that_cannot_be_read_or_written(tmp_path):
    for place in (tmp_path, tmp_path / "no.npz"):
        with pytest.raises(BadInput, match="cannot be read"):
            read_table(place)
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot write to"):
        write_table(tmp_path / "file" / "f.npz", AXES, VALUES)


def test_what_is_wrong_is_said_before_it_is_written(tmp_path):
    for axes, values, words in (
        ({"r": [0.0, 1.0]}, VALUES, "lacks z"),
        (AXES | {"z": ["low", "high"]}, VALUES, "z is not an array of numbers"),
        (AXES, VALUES | {"b_z": np.zeros(3)}, "b_z has shape (3,), its axes have (3, 2); correct it"),
        (AXES, VALUES | {"b_phi": np.zeros((3, 2))}, "unknown key 'b_phi'"),
    ):
        with pytest.raises(BadInput) as raised:
            write_table(tmp_path / "f.npz", axes, values)
        assert words in str(raised.value)
    assert not (tmp_path / "f.npz").exists()


def test_what_is_too_large_is_not_unpacked(tmp_path, monkeypatch):
    np.savez_compressed(tmp_path / "f.npz", **GOOD)
    monkeypatch.setattr("simkit.field.maps.table_file.MOST_BYTES", 1000)
    with pytest.raises(BadInput, match=r"bytes, allowed up to 1000; take fewer points"):
        read_table(tmp_path / "f.npz")
