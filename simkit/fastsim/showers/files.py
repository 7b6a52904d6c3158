"""Files of showers, as the CaloChallenge has them: HDF5 of `incident_energies` (n, 1), `showers` (n, cells).

Both are in MeV and packed with gzip. What simkit writes names the order of the axes and carries the binning;
files of others need neither: datasets 2 and 3 are known by their number of cells. Needs h5py
(`pip install 'simkit[ml]'`). Source: github.com/CaloChallenge/homepage.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simkit.errors import BadInput, shown
from simkit.fastsim.showers.binning import KNOWN, Binning, parse_binning, to_xml
from simkit.imports import extra
from simkit.writing import write_whole, writing_to

if TYPE_CHECKING:
    import h5py

NOISE_MEV = 0.5e-3 / 0.033
"""15.15 keV: half a keV in silicon over the sampling fraction; cells of datasets 2 and 3 are zero below."""
MOST_MEV = 1e15  # of a shower and a cell: more is no energy of this world, and its square no float32
LEAST_MEV = 1e-6  # of an incident particle: what is divided by less is no number
AXES = "layer, angle, radius"
OUTSIDE, MODEL_ID = "outside", "model_id"  # attributes of what `Showers` calls so
MEND = "give a file of showers in the CaloChallenge's form"
CHUNK_BYTES = 1 << 20
CHECKED = 1024  # showers that are looked at together


class Showers(NamedTuple):
    """Showers of single particles: incident_MeV float64[n], energies_MeV float32[n, cells].

    outside: energy beyond the last rings over that in the cells; 0 where a file does not tell. model_id: of
    the card of the model that made them; "" of the full simulation, and where a file does not tell.
    """

    binning: Binning
    incident_MeV: NDArray[np.float64]
    energies_MeV: NDArray[np.float32]
    outside: float = 0.0
    model_id: str = ""

    def take(self, which: slice | NDArray[Any]) -> Showers:
        """Return some of the showers, chosen as numpy chooses."""
        return self._replace(incident_MeV=self.incident_MeV[which], energies_MeV=self.energies_MeV[which])


def without_noise(showers: Showers, threshold_MeV: float = NOISE_MEV) -> Showers:
    """Return showers whose cells below the threshold are zero, as the CaloChallenge's metrics want them."""
    low = showers.energies_MeV < np.float32(threshold_MeV)
    return showers._replace(energies_MeV=np.where(low, np.float32(0.0), showers.energies_MeV))


def read_showers(path: Path, binning: Binning | None = None, count: int | None = None) -> Showers:
    """Return the showers of a file, the first `count` where it is given.

    binning: of a file that carries none, and in the place of a carried one. Errors: BadInput.
    """
    with extra("ml", "files of showers"):
        import h5py
    try:
        with open(path, "rb"):
            pass  # what is missing or may not be read is told better here
        with h5py.File(path, "r") as file:
            return _read(file, path, binning, count)
    except (OSError, RuntimeError, KeyError, MemoryError, ValueError, TypeError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error).strip("'\"") or type(error).__name__
        raise BadInput(f"{path}: cannot be read as HDF5 ({reason}); {MEND}") from None


def _read(file: h5py.File, path: Path, binning: Binning | None, count: int | None) -> Showers:
    energies, incident = (_dataset(file, name, path) for name in ("showers", "incident_energies"))
    n = energies.shape[0]
    if energies.ndim != 2 or incident.shape not in ((n, 1), (n,)):
        found = f"showers {energies.shape} and incident_energies {incident.shape}"
        raise BadInput(f"{path}: found {found}; must be (n, cells) and (n, 1)")
    axes = _text(energies.attrs.get("axes", AXES))
    if not isinstance(axes, str) or axes != AXES:
        raise BadInput(f"{path}: showers: found axes {shown(axes)}; must be {AXES!r}, the last one fastest")
    binning = binning or _carried(file, path, energies.shape[1])
    if binning.cells != energies.shape[1]:
        raise BadInput(
            f"{path}: has {energies.shape[1]} cells, its binning {binning.cells}; give its own binning"
        )
    n = n if count is None else min(n, count)
    if not n:
        raise BadInput(f"{path}: holds no showers; {MEND}")
    first = np.asarray(incident[:n], dtype=np.float64).reshape(n)
    _check(first, 0, "incident_energies", path, positive=True)
    cells = np.empty((n, binning.cells), dtype=np.float32)
    with np.errstate(over="ignore"):  # what is too large for float32 is told below
        for start in range(0, n, CHECKED):
            rows = slice(start, min(start + CHECKED, n))
            energies.read_direct(cells, np.s_[rows], np.s_[rows])
            _check(cells[rows], start, "showers", path)
    return Showers(binning, first, cells, _outside(file, path), _model_id(file, path))


def _dataset(file: h5py.File, name: str, path: Path) -> h5py.Dataset:
    found = file.get(name)
    shape = getattr(found, "shape", None)
    if found is None or not shape or found.dtype.kind not in "fiu":
        what = "no" if found is None else "no numbers in"
        raise BadInput(f"{path}: has {what} dataset {name!r}; {MEND}")
    _check_whole(found, f"{path}: {name}", path)
    return found


def _check_whole(found: h5py.Dataset, where: str, path: Path) -> None:
    """Refuse a dataset in `path` parts of which are nowhere: HDF5 reads them as zeros, without a word."""
    there = wanted = 0
    if found.is_virtual:
        wanted = found.size
        for source in found.virtual_sources():
            there += source.vspace.get_select_npoints()
            _check_source(found.file, source.file_name, source.dset_name, where, path)
    elif found.chunks:
        wanted = math.prod(-(-n // chunk) for n, chunk in zip(found.shape, found.chunks))
        there = found.id.get_num_chunks()
    if there < wanted:
        share = f"{100.0 * there / wanted:.3g} %"
        raise BadInput(f"{where}: only {share} of it was ever written; give a file that is complete")


def _check_source(file: h5py.File, name: str, dataset: str, where: str, path: Path) -> None:
    """Refuse a virtual dataset whose source is gone; it is looked for where HDF5 does."""
    import h5py

    lost = f"{where}: holds what lies in {dataset!r} of {name!r}"
    places = (Path(name), path.parent / name, path.parent / Path(name).name)
    place = path if name == "." else next((one for one in places if one.is_file()), None)
    if place is None:
        raise BadInput(f"{lost}, a file that is not there; put it beside this one, or give a whole one")
    try:
        opened = nullcontext(file) if name == "." else h5py.File(place, "r")
    except OSError as error:
        raise BadInput(f"{lost}, which cannot be read as HDF5 ({error}); {MEND}") from None
    with opened as holder:
        source = holder.get(dataset)
        if not isinstance(source, h5py.Dataset):
            raise BadInput(f"{lost}, which has no such dataset; put the right file there, or give another")
        _check_whole(source, f"{place}: {dataset}", place)


def _carried(file: h5py.File, path: Path, cells: int) -> Binning:
    text = _text(file.attrs.get("binning"))
    if isinstance(text, str):
        return parse_binning(text, f"{path}: its binning")
    if text is not None:
        raise BadInput(f"{path}: its binning is no text; give one with --binning FILE.xml")
    if cells not in KNOWN:
        raise BadInput(f"{path}: carries no binning for its {cells} cells; give one with --binning FILE.xml")
    return KNOWN[cells]


def _text(attribute: Any) -> Any:
    """Return an attribute as Python has it, as text where it is one in bytes, as some programs write it."""
    if isinstance(attribute, bytes):
        return attribute.decode("utf-8", "replace")
    return attribute.item() if isinstance(attribute, np.generic) else attribute


def _outside(file: h5py.File, path: Path) -> float:
    share = _text(file.attrs.get(OUTSIDE, 0.0))
    if not isinstance(share, (int, float)) or not 0.0 <= share < np.inf:
        raise BadInput(f"{path}: found {OUTSIDE} {shown(share)}; must be a share, 0 or more")
    return float(share)


def _model_id(file: h5py.File, path: Path) -> str:
    model_id = _text(file.attrs.get(MODEL_ID, ""))
    if not isinstance(model_id, str):
        raise BadInput(f"{path}: found {MODEL_ID} {shown(model_id)}; must be a text")
    return model_id


def _check(values: NDArray[Any], start: int, name: str, path: Path, positive: bool = False) -> None:
    """Refuse NaN, negative and endless energies, with the first row that has one."""
    least, most = values.min(), values.max()  # NaN if there is one
    lowest = LEAST_MEV if positive else 0.0
    if least >= lowest and most < MOST_MEV:
        return
    good = (values >= lowest) & (values < MOST_MEV)
    place = tuple(np.argwhere(~good)[0])
    allowed = f"must be positive, {LEAST_MEV:g} or more" if positive else "must be 0 or more"
    raise BadInput(
        f"{path}: {name} row {start + place[0]}: found {values[place]:g} MeV; {allowed}, below {MOST_MEV:g}"
    )


def write_showers(path: Path, showers: Showers, about: Mapping[str, str | int | float] | None = None) -> None:
    """Write a file of showers, whole or not at all; `about` becomes its attributes. Errors: BadInput."""
    with extra("ml", "files of showers"):
        import h5py
    n, cells = showers.energies_MeV.shape
    rows = max(1, min(n, CHUNK_BYTES // (4 * cells)))
    packed: dict[str, Any] = {"compression": "gzip", "compression_opts": 4, "shuffle": True}
    sink = io.BytesIO()
    with h5py.File(sink, "w") as file:
        file.attrs["binning"] = to_xml([showers.binning])
        file.attrs[OUTSIDE] = showers.outside
        if showers.model_id:
            file.attrs[MODEL_ID] = showers.model_id
        file.attrs.update(about or {})
        file.create_dataset(
            "incident_energies", data=showers.incident_MeV.reshape(n, 1).astype(np.float64), **packed
        )
        stored = file.create_dataset(
            "showers", data=showers.energies_MeV.astype(np.float32), chunks=(rows, cells), **packed
        )
        stored.attrs["axes"] = AXES
    with writing_to(path, "give a writable place"):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, sink.getbuffer())
