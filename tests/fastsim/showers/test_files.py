"""Files of showers: there and back, files of others, and damaged ones."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from simkit.errors import BadInput
from simkit.fastsim.showers.binning import DATASET_2, Binning, write_binning
from simkit.fastsim.showers.files import NOISE_MEV, Showers, read_showers, without_noise, write_showers

SMALL = Binning("electron", 11, ((0.0, 1.0, 2.0), (0.0, 5.0)), (3, 1))


def showers(n: int = 5, binning: Binning = SMALL) -> Showers:
    random = np.random.default_rng(3)
    cells = random.exponential(size=(n, binning.cells)).astype(np.float32)
    return Showers(binning, random.uniform(1e3, 1e6, n), cells)


def foreign(path: Path, **datasets: Any) -> Path:
    with h5py.File(path, "w") as file:
        for name, values in datasets.items():
            file.create_dataset(name, data=values, compression="gzip")
    return path


def test_what_was_written_is_read_back_and_the_same_showers_make_the_same_file(tmp_path: Path) -> None:
    there = showers()._replace(outside=0.01, model_id="12")
    write_showers(tmp_path / "new" / "a.h5", there, {"seed": 7})
    back = read_showers(tmp_path / "new" / "a.h5")
    assert (back.binning, back.outside, back.model_id) == (SMALL, 0.01, "12")
    assert (back.incident_MeV.dtype, back.energies_MeV.dtype) == (np.float64, np.float32)
    np.testing.assert_array_equal(back.incident_MeV, there.incident_MeV)
    np.testing.assert_array_equal(back.energies_MeV, there.energies_MeV)
    write_showers(tmp_path / "b.h5", there, {"seed": 7})
    assert (tmp_path / "b.h5").read_bytes() == (tmp_path / "new" / "a.h5").read_bytes()
    with h5py.File(tmp_path / "b.h5") as file:
        assert file["incident_energies"].shape == (5, 1)
        assert (file["showers"].compression, file["showers"].attrs["axes"]) == (
            "gzip",
            "layer, angle, radius",
        )
        assert file.attrs["seed"] == 7


def test_files_of_others_are_read(tmp_path: Path) -> None:
    """As in the README of the CaloChallenge: two datasets, no attributes, any width of numbers."""
    there = showers(3, DATASET_2)
    path = foreign(
        tmp_path / "x.hdf5",
        incident_energies=there.incident_MeV.reshape(-1, 1),
        showers=there.energies_MeV.astype(np.float64),
    )
    back = read_showers(path, count=2)
    assert back.binning == DATASET_2
    np.testing.assert_array_equal(back.energies_MeV, there.energies_MeV[:2])
    other = foreign(tmp_path / "y.hdf5", incident_energies=np.ones(2), showers=np.ones((2, 7)))
    with pytest.raises(BadInput, match="carries no binning for its 7 cells; give one"):
        read_showers(other)
    assert read_showers(other, SMALL).energies_MeV.shape == (2, 7)
    with pytest.raises(BadInput, match="has 7 cells, its binning 6480"):
        read_showers(other, DATASET_2)


def test_cells_below_the_threshold_are_zero() -> None:
    cells = np.array([[0.0, 0.0151, 0.0152, 1.0, 0, 0, 0]], dtype=np.float32)
    quiet = without_noise(Showers(SMALL, np.ones(1), cells))
    assert quiet.energies_MeV[0, :4].tolist() == [0.0, 0.0, np.float32(0.0152), 1.0]
    assert pytest.approx(15.15e-3, rel=1e-3) == NOISE_MEV
    assert cells[0, 1] > 0


GOOD = np.ones((3, 7))


@pytest.mark.parametrize(
    ("incident", "cells", "said"),
    [
        (None, GOOD, "has no dataset 'incident_energies'"),
        (np.ones((3, 1)), None, "has no dataset 'showers'"),
        (np.ones((4, 1)), GOOD, r"found showers \(3, 7\) and incident_energies \(4, 1\)"),
        (np.ones((3, 2)), GOOD, r"must be \(n, cells\)"),
        (np.ones((3, 1)), np.ones((3, 7, 1)), r"must be \(n, cells\)"),
        (np.array([[b"a"], [b"b"], [b"c"]]), GOOD, "no numbers in dataset 'incident_energies'"),
        (np.array([[1.0], [0.0], [1.0]]), GOOD, "incident_energies row 1: found 0 MeV; must be positive"),
        (np.array([[1.0], [np.nan], [1.0]]), GOOD, "incident_energies row 1: found nan"),
        (np.ones((3, 1)), GOOD * [[1], [1], [-1]], "showers row 2: found -1 MeV; must be 0 or more"),
        (np.ones((3, 1)), GOOD * [[1], [np.nan], [1]], "showers row 1: found nan"),
        (np.ones((3, 1)), GOOD * [[1], [1e300], [1]], "showers row 1: found inf"),
        (np.ones((3, 1)), GOOD * [[1], [1], [1e20]], r"showers row 2: found 1e\+20 MeV; .* below 1e\+15"),
        (np.array([[1.0], [1.0], [1e200]]), GOOD, r"row 2: found 1e\+200 MeV; must be positive, .* below"),
        (np.array([[1.0], [1e-7], [1.0]]), GOOD, "row 1: found 1e-07 MeV; must be positive, 1e-06 or more"),
        (np.ones((0, 1)), np.ones((0, 7)), "holds no showers"),
    ],
)
def test_wrong_numbers_are_one_line(tmp_path: Path, incident: Any, cells: Any, said: str) -> None:
    given = {"incident_energies": incident, "showers": cells}
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        for name, values in given.items():
            if values is not None:
                file[name] = values
    with pytest.raises(BadInput, match=said) as told:
        read_showers(path, SMALL)
    assert str(told.value).startswith(f"{path}: ")


def test_damaged_files_and_other_axes_are_one_line(tmp_path: Path) -> None:
    path = tmp_path / "x.h5"
    with pytest.raises(BadInput, match="No such file"):
        read_showers(path)
    path.write_text("incident_energies")
    with pytest.raises(BadInput, match="cannot be read as HDF5"):
        read_showers(path)
    write_showers(path, showers(400))
    whole = path.read_bytes()
    with h5py.File(path) as file:
        inside = file["showers"].id.get_chunk_info(0).byte_offset + 1000
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadInput, match="cannot be read as HDF5"):
        read_showers(path)
    path.write_bytes(whole[:inside] + b"\0" * 2000 + whole[inside + 2000 :])
    with pytest.raises(BadInput, match="cannot be read as HDF5"):
        read_showers(path)
    path.write_bytes(whole)
    with h5py.File(path, "a") as file:
        file["showers"].attrs["axes"] = "radius, angle, layer"
    with pytest.raises(BadInput, match="found axes 'radius, angle, layer'"):
        read_showers(path)
    for wrong in (-0.1, np.nan, "much", [0.1, 0.1]):
        path.write_bytes(whole)
        with h5py.File(path, "a") as file:
            file.attrs["outside"] = wrong
        with pytest.raises(BadInput, match=r"found outside .* must be a share"):
            read_showers(path)
    path.write_bytes(whole)
    with h5py.File(path, "a") as file:
        file.attrs["model_id"] = 12
    with pytest.raises(BadInput, match="found model_id 12; must be a text"):
        read_showers(path)


def test_what_lies_in_other_files_is_there(tmp_path: Path) -> None:
    """HDF5 itself reads what is missing as zeros."""
    path, source, cells = tmp_path / "x.h5", tmp_path / "parts" / "source.h5", SMALL.cells
    source.parent.mkdir()

    def put_together(rows: int) -> None:
        layout = h5py.VirtualLayout((4, cells), np.float32)
        layout[:rows] = h5py.VirtualSource("parts/source.h5", "showers", (4, cells))[:rows]
        with h5py.File(path, "w") as file:
            file["incident_energies"] = np.full((4, 1), 1e3)
            file.create_virtual_dataset("showers", layout)

    foreign(source, showers=np.ones((4, cells)))
    put_together(4)
    assert (read_showers(path, SMALL).energies_MeV == 1.0).all()
    foreign(source, others=np.ones((4, cells)))
    with pytest.raises(BadInput, match=r"'showers' of 'parts/source.h5', which has no such dataset"):
        read_showers(path, SMALL)
    source.write_text("showers")
    with pytest.raises(BadInput, match=r"'parts/source.h5', which cannot be read as HDF5"):
        read_showers(path, SMALL)
    source.unlink()
    with pytest.raises(BadInput, match=r"'showers' of 'parts/source.h5', a file that is not there; put it"):
        read_showers(path, SMALL)
    put_together(3)
    foreign(source, showers=np.ones((4, cells)))
    with pytest.raises(BadInput, match=r"showers: only 75 % of it was ever written; give a file that is"):
        read_showers(path, SMALL)


def test_showers_that_were_never_written_are_no_zeros(tmp_path: Path) -> None:
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        file["incident_energies"] = np.full((4, 1), 1e3)
        file.create_dataset("showers", (4, SMALL.cells), np.float32, chunks=(1, SMALL.cells))[0] = 1.0
    with pytest.raises(BadInput, match=r"x.h5: showers: only 25 % of it was ever written; give a file that"):
        read_showers(path, SMALL)


def test_attributes_that_are_bytes_or_no_text(tmp_path: Path) -> None:
    path = tmp_path / "x.h5"
    there = showers()
    write_showers(path, there)
    with h5py.File(path, "a") as file:
        file.attrs["binning"] = np.bytes_(file.attrs["binning"])
        file["showers"].attrs["axes"] = np.bytes_(file["showers"].attrs["axes"])
    assert read_showers(path).binning == SMALL
    with h5py.File(path, "a") as file:
        file.attrs["binning"] = [1, 2]
    with pytest.raises(BadInput, match="its binning is no text; give one with --binning"):
        read_showers(path)
    assert read_showers(path, SMALL).binning == SMALL
    with h5py.File(path, "a") as file:
        file["showers"].attrs["axes"] = np.array([0, 1, 2])
    with pytest.raises(BadInput, match=r"found axes array\(\[0, 1, 2\]\)"):
        read_showers(path, SMALL)


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    write_binning(tmp_path / "f", SMALL)
    with pytest.raises(BadInput, match="cannot write to"):
        write_showers(tmp_path / "f" / "x.h5", showers())
    assert [path.name for path in tmp_path.iterdir()] == ["f"]


def test_without_h5py_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    whole = builtins.__import__

    def none(name: str, *rest: Any, **more: Any) -> Any:
        if name == "h5py":
            raise ModuleNotFoundError("No module named 'h5py'", name="h5py")
        return whole(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", none)
    with pytest.raises(BadInput, match=r"h5py is not installed; pip install 'simkit\[ml\]'"):
        read_showers(tmp_path / "x.h5")


@pytest.mark.parametrize("n", [2**62, 2**50])
def test_more_showers_declared_than_there_can_be_are_one_line(tmp_path: Path, n: int) -> None:
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        for name, cells in (("incident_energies", 1), ("showers", 7)):
            file.create_dataset(name, (n, cells), "f4", chunks=(1000, cells), fillvalue=1000.0)
    with pytest.raises(BadInput, match="showers: only 0 % of it was ever written"):
        read_showers(path, SMALL)
