"""Field tables as files: npz files of numpy's that say their units, written here and checked when read.

What a file holds, by name: `format` (FORMAT), `coordinates` ("rz" or "xyz"), the axes `r`, `z` or `x`, `y`,
`z` (ascending), the components `b_r`, `b_z` or `b_x`, `b_y`, `b_z` (one number for each point, indexed as the
axes are ordered here), `length_unit`, `field_unit`, `axis` ("x", "y" or "z", of rz: which coordinate axis z
is; it goes through the origin) and `about` (free text: where the numbers come from).
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from simkit.errors import BadInput, shown, unknown
from simkit.writing import write_whole, writing_to

FORMAT = "simkit.field-table/1"
AXES = {"rz": ("r", "z"), "xyz": ("x", "y", "z")}
MM = {"mm": 1.0, "cm": 10.0, "m": 1000.0}
TESLA = {"T": 1.0, "kG": 0.1, "G": 1e-4}
WORDS = ("format", "coordinates", "length_unit", "field_unit", "axis", "about")
MOST_BYTES = 1_000_000_000  # of what a file holds, unpacked
MOST_MM, MOST_TESLA = 1e7, 1000.0  # beyond them a unit is wrong
MEND = "write it with simkit.field.maps.table_file.write_table"


class FieldTable(NamedTuple):
    """A table as it is in memory.

    coordinates: "rz" or "xyz". axes: float64[n] each, mm. values: float64[..., components], tesla, indexed as
    the axes are ordered. axis: of rz, "x", "y" or "z"; about: free text.
    """

    coordinates: str
    axes: tuple[np.ndarray, ...]
    values: np.ndarray
    axis: str
    about: str


def write_table(
    path: Path | str,
    axes: Mapping[str, Any],
    components: Mapping[str, Any],
    *,
    length_unit: str = "mm",
    field_unit: str = "T",
    axis: str = "z",
    about: str = "",
) -> None:
    """Write a field's table to an npz file, whole or not at all; `[field] kind = "table"` reads it.

    axes: {"r": [...], "z": [...]} for a field around the coordinate axis `axis`, or {"x": [...], "y": [...],
    "z": [...]}: ascending, in `length_unit` ("mm", "cm" or "m"). components: {"b_r": ..., "b_z": ...} or
    {"b_x": ..., "b_y": ..., "b_z": ...}: arrays of one number a point, in `field_unit` ("T", "kG" or "G"),
    indexed in the order r, z or x, y, z. about: where the numbers come from. Errors: BadInput.
    """
    words = {"format": FORMAT, "coordinates": "rz" if "r" in axes else "xyz", "about": about}
    words |= {"length_unit": length_unit, "field_unit": field_unit, "axis": axis}
    content = {name: np.array(word) for name, word in words.items()}
    for name, values in {**axes, **components}.items():
        try:
            if np.iscomplexobj(values):
                raise TypeError
            content[name] = np.asarray(values, dtype=np.float64)
        except (TypeError, ValueError):
            raise BadInput(f"{path}: {name} is not an array of numbers; give one") from None
    _checked(content, str(path), "correct it")
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **content)
    with writing_to(Path(path), "give a writable place"):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        write_whole(Path(path), buffer.getvalue())


def read_table(path: Path | str) -> FieldTable:
    """Return the table in a file. Errors: BadInput, one line for whatever is wrong with it."""
    try:
        with zipfile.ZipFile(path) as members:
            unpacked = sum(member.file_size for member in members.infolist())
        if unpacked > MOST_BYTES:
            raise BadInput(f"{path}: holds {unpacked} bytes, allowed up to {MOST_BYTES}; take fewer points")
        with np.load(path, allow_pickle=False) as file:
            content = {name: file[name] for name in file.files}
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror or error}); give a field table") from None
    except (zipfile.BadZipFile, zlib.error, ValueError, EOFError, NotImplementedError) as error:
        text = " ".join(str(error).split())[:200]
        raise BadInput(f"{path}: is no npz file, or a damaged one ({text}); {MEND}") from None
    return _checked(content, str(path), MEND)


def _checked(content: Mapping[str, Any], path: str, mend: str) -> FieldTable:
    """Return the table of a file's arrays. Errors: BadInput."""
    # np.load gives what is no array as bytes
    arrays = {name: np.asarray(value) for name, value in content.items()}
    words = {name: _word(arrays, name, path, mend) for name in WORDS}
    if words["format"] != FORMAT:
        raise BadInput(f"{path}: format is {shown(words['format'])}, not {FORMAT!r}; {mend}")
    coordinates = _one_of(words, "coordinates", AXES, path)
    names = AXES[coordinates]
    components = [f"b_{name}" for name in names]
    for name in arrays:
        if name not in (*WORDS, *names, *components):
            raise unknown("key", name, (*WORDS, *names, *components), path)
    to_mm = MM[_one_of(words, "length_unit", MM, path)]
    to_tesla = TESLA[_one_of(words, "field_unit", TESLA, path)]
    axis = _one_of(words, "axis", ("x", "y", "z"), path)
    axes = tuple(_axis_of(arrays, name, path, mend) * to_mm for name in names)
    if coordinates == "rz" and axes[0][0] < 0.0:
        raise BadInput(f"{path}: r begins at {axes[0][0]:g} mm; it cannot be negative; {mend}")
    shape = tuple(len(values) for values in axes)
    values = to_tesla * np.stack([_numbers(arrays, name, shape, path, mend) for name in components], axis=-1)
    furthest, strongest = max(np.abs(ends).max() for ends in axes), np.abs(values).max()
    if furthest > MOST_MM:
        raise BadInput(f"{path}: reaches {furthest:g} mm, allowed up to {MOST_MM:g}; check length_unit")
    if strongest > MOST_TESLA:
        raise BadInput(f"{path}: holds {strongest:g} T, allowed up to {MOST_TESLA:g}; check field_unit")
    return FieldTable(coordinates, axes, np.ascontiguousarray(values), axis, words["about"])


def _word(arrays: Mapping[str, np.ndarray], name: str, path: str, mend: str) -> str:
    if name not in arrays:
        raise BadInput(f"{path}: lacks {name}; {mend}")
    word = arrays[name]
    if word.dtype.kind != "U" or word.shape != ():
        raise BadInput(f"{path}: {name} is an array of {word.dtype}{list(word.shape)}, not text; {mend}")
    return str(word)


def _one_of(words: Mapping[str, str], name: str, allowed: Any, path: str) -> str:
    if words[name] not in allowed:
        raise unknown(name.replace("_", " "), words[name], allowed, path)
    return words[name]


def _numbers(
    arrays: Mapping[str, np.ndarray], name: str, shape: tuple[int, ...] | None, path: str, mend: str
) -> np.ndarray:
    if name not in arrays:
        raise BadInput(f"{path}: lacks {name}; {mend}")
    values = arrays[name]
    if values.dtype.kind not in "fiu":
        raise BadInput(f"{path}: {name} holds {values.dtype}, not real numbers; {mend}")
    if shape is not None and values.shape != shape:
        raise BadInput(f"{path}: {name} has shape {values.shape}, its axes have {shape}; {mend}")
    if not np.isfinite(values).all():
        raise BadInput(f"{path}: {name} holds NaN or infinity; {mend}")
    return values.astype(np.float64)


def _axis_of(arrays: Mapping[str, np.ndarray], name: str, path: str, mend: str) -> np.ndarray:
    values = _numbers(arrays, name, None, path, mend)
    if values.ndim != 1 or len(values) < 2:
        raise BadInput(f"{path}: {name} has shape {values.shape}; an axis is a list of two or more; {mend}")
    if not (np.diff(values) > 0.0).all():
        worst = int(np.argmin(np.diff(values)))
        pair = f"{values[worst]:g}, {values[worst + 1]:g}"
        raise BadInput(f"{path}: {name} does not ascend ({pair} at {worst}); {mend}")
    return values
