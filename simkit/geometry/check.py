"""Does the detector that a plug-in's shape builds hold together? What the host can see of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np

from simkit.errors import BadInput, shown
from simkit.geometry.detector import WORLD, Detector
from simkit.sections import REGION_NAME


def check_region_names(what: str, names: Any) -> tuple[str, ...]:
    """Return the regions of a detector; names: what `regions()` of its shape gives. Errors: BadInput."""
    if not isinstance(names, (list, tuple)) or not names:
        raise BadInput(f"{what}: regions() is {shown(names)}; it must be a tuple of names")
    for name in names:
        if not isinstance(name, str) or not re.match(REGION_NAME, name):
            raise BadInput(
                f"{what}: regions() holds {shown(name)}; a name has up to 40 letters, digits, _ and -, "
                "a letter first"
            )
        if names.count(name) > 1:
            raise BadInput(f"{what}: regions() holds {name!r} twice")
    if WORLD in names[:-1]:
        raise BadInput(f"{what}: regions() holds {WORLD!r}; it is the last one, or left out")
    return tuple(names) if names[-1] == WORLD else (*names, WORLD)


def check_bounds(what: str, bounds: Any) -> None:
    """Raise BadInput where what `bounds()` of a shape gives, if anything, is no box."""
    try:
        found = np.array(bounds or ((0.0, 0.0),) * 3, dtype=float)
    except (TypeError, ValueError):
        found = np.array(())
    if found.shape != (3, 2) or not np.isfinite(found).all() or (found[:, 0] > found[:, 1]).any():
        raise BadInput(f"{what}: bounds() is {shown(bounds)}; it must be low and high of x, y, z in mm")


def check_detector(what: str, detector: Any, regions: Any) -> None:
    """Raise BadInput for what does not fit together in a detector; regions: what its shape says of them."""
    if not isinstance(detector, Detector):
        raise BadInput(f"{what}: build returns {shown(detector)}, not a {Detector.__module__}.Detector")
    if not hasattr(detector.params, "_fields"):
        raise BadInput(f"{what}: params are {shown(detector.params)}; they must be a NamedTuple")
    wanted = check_region_names(what, regions)
    if detector.regions != wanted:
        raise BadInput(f"{what}: its detector has the regions {shown(detector.regions)}, not {wanted}")
    names = {"couples": 2, "envelopes": 1, "calorimeter": 1, "sensitive": 1}
    for field in names:
        if not isinstance(getattr(detector, field), tuple):
            raise BadInput(f"{what}: {field} is {shown(getattr(detector, field))}; it must be a tuple")
    for field in ("calorimeter", "sensitive"):
        _check_known(f"{what}: {field}", getattr(detector, field), wanted)
    for couple in detector.couples:
        if not isinstance(couple, tuple) or [type(part) for part in couple] != [str, str]:
            raise BadInput(f"{what}: couples holds {shown(couple)}; a couple is (material, region)")
    _check_known(f"{what}: couples", [region for _, region in detector.couples], wanted, twice=True)
    _check_volumes(what, detector)
    check_cells(what, detector.cell_region, detector.layer_cells, detector.regions)


def check_cells(what: str, cell_region: Any, layers: Any, regions: Sequence[str]) -> None:
    """Raise BadInput for cells or layers that do not exist, or that are of no region."""
    _check_numbers(f"{what}: the region of each cell", cell_region, None, len(regions))
    if not isinstance(layers, Mapping):
        raise BadInput(f"{what}: the cells of the layers are {shown(layers)}; they must be a dictionary")
    _check_known(f"{what}: the cells of the layers", list(layers), regions)
    for region, rows in layers.items():
        place = f"{what}: the cells of the layers of {region!r}"
        try:
            cells = np.array(list(chain.from_iterable(rows)))
        except (TypeError, ValueError):
            raise BadInput(f"{place} are {shown(rows)}; they must be a tuple of tuples of cells") from None
        if not len(rows) or not len(cells) or cells.dtype.kind not in "iu":
            raise BadInput(f"{place} are {shown(rows)}; they must be a tuple of tuples of cells")
        _check_range(place, cells, len(cell_region))
        if (cell_region[cells] != regions.index(region)).any():
            wrong = cells[cell_region[cells] != regions.index(region)][0]
            raise BadInput(f"{place} hold {wrong}, a cell of {regions[cell_region[wrong]]!r}")


def _check_volumes(what: str, detector: Detector) -> None:
    params = detector.params
    known = {"couple": detector.couples, "region": detector.regions, "envelope": detector.envelopes}
    count = None
    for name, allowed in known.items():
        values = getattr(params, f"volume_{name}", None)
        least = -1 if name == "envelope" else 0  # -1 is in none
        count = _check_numbers(f"{what}: volume_{name}", values, count, len(allowed), least)
    of_couple = np.array([detector.regions.index(region) for _, region in detector.couples])
    wrong = np.flatnonzero(of_couple[params.volume_couple] != params.volume_region)
    if len(wrong):
        volume = wrong[0]
        couple, region = params.volume_couple[volume], params.volume_region[volume]
        raise BadInput(
            f"{what}: volume {volume} is of region {detector.regions[region]!r}, its couple "
            f"{detector.couples[couple]} of another"
        )


def _check_numbers(what: str, values: Any, count: int | None, allowed: int, least: int = 0) -> int:
    """Return how many numbers `values`, int64[count], holds: `least` up to below `allowed`; else BadInput."""
    if not isinstance(values, np.ndarray) or values.dtype != np.int64 or values.ndim != 1:
        found = f"{values.dtype}{list(values.shape)}" if isinstance(values, np.ndarray) else shown(values)
        raise BadInput(f"{what} is {found}; it must be an array of int64 with one axis")
    if count is not None and len(values) != count:
        raise BadInput(f"{what} has {len(values)} entries, volume_couple {count}; there is one a volume")
    if not len(values):
        raise BadInput(f"{what} has no entries; a detector has at least one")
    _check_range(what, values, allowed, least)
    return len(values)


def _check_range(what: str, values: np.ndarray, allowed: int, least: int = 0) -> None:
    outside = values[(values < least) | (values >= allowed)]
    if len(outside):
        raise BadInput(f"{what} holds {outside[0]}, allowed {least}..{allowed - 1}")


def _check_known(what: str, names: Sequence[Any], known: Sequence[str], *, twice: bool = False) -> None:
    for name in names:
        if name not in known:
            raise BadInput(f"{what} holds {shown(name)}; known: {', '.join(known)}")
        if not twice and names.count(name) > 1:
            raise BadInput(f"{what} holds {name!r} twice")
