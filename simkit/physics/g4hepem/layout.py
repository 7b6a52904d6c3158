"""The layout of a G4HepEm table file, and reading one.

G4HepEm writes its state (`G4HepEmState`) as JSON: `fParameters` and `fData`, the latter with materials,
material-cuts couples and the tables of electrons, positrons and photons. Read here is the layout of July
2023 (G4HepEm 0.1.0, the one of the file in HepEmShow). Energies are in MeV, lengths in mm. Splines are stored
as values with their second derivatives. Source: the header files in `G4HepEmData` of
https://github.com/mnovak42/g4hepem.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from simkit.errors import BadInput

HEAD = 5  # numbers before the nodes of a restricted cross section: how many nodes, its largest value ...


@dataclass(frozen=True)
class Spline:
    """A cubic spline: energies (MeV, ascending), values and second derivatives at them, float64[nodes]."""

    energy: np.ndarray
    value: np.ndarray
    second: np.ndarray

    def __call__(self, energy: np.ndarray) -> np.ndarray:
        """Return the spline at `energy` (MeV, any shape), not below 0; beyond its ends, the value there."""
        x = np.clip(energy, self.energy[0], self.energy[-1])
        i = np.clip(np.searchsorted(self.energy, x, side="right") - 1, 0, len(self.energy) - 2)
        width = self.energy[i + 1] - self.energy[i]
        b = (x - self.energy[i]) / width
        bend = (2.0 - b) * self.second[i] + (1.0 + b) * self.second[i + 1]
        line = self.value[i] + b * (self.value[i + 1] - self.value[i])
        return np.maximum(line + b * (b - 1.0) * bend * width**2 / 6.0, 0.0)


@dataclass(frozen=True)
class Substance:
    """A material of the file. Atomic numbers and atoms per mm^3, in the file's order; energies in MeV.

    intervals: float64[n], where the photoelectric cross section's intervals begin; coefficients: float64
    [n, 4], of 1/E ... 1/E^4 in them, which give 1/mm (Sandia's table). transport: of electrons and of
    positrons, 1/mm.
    """

    z: tuple[int, ...]
    atoms_per_mm3: np.ndarray
    mean_excitation: float
    intervals: np.ndarray
    coefficients: np.ndarray
    conversion: Spline
    compton: Spline
    transport: tuple[Spline, Spline]


@dataclass(frozen=True)
class FileCouple:
    """A material-cuts couple of the file: thresholds (MeV) and tables of electrons and of positrons.

    Range in mm, restricted dE/dx in MeV/mm, cross sections above the thresholds in 1/mm.
    """

    substance: Substance
    gamma_cut: float
    electron_cut: float
    range_: tuple[Spline, Spline]
    dedx: tuple[Spline, Spline]
    ionisation: tuple[Spline, Spline]
    bremsstrahlung: tuple[Spline, Spline]


def read_couples(path: Path) -> tuple[FileCouple, ...]:
    """Return the material-cuts couples of a G4HepEm table file. Errors: BadInput, naming file and key."""
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise BadInput(
            f"{path}: the G4HepEm tables cannot be read ({error.strerror}); give a file that G4HepEm wrote"
        ) from None
    except UnicodeDecodeError:
        raise BadInput(f"{path}: not a G4HepEm table file: it is not text; give the JSON file") from None
    try:
        state = json.loads(text)
    except json.JSONDecodeError as error:
        whole = "it ends too early" if error.pos >= len(text.rstrip()) - 1 else error.msg
        raise BadInput(
            f"{path}: line {error.lineno}: not valid JSON ({whole}); export the tables from Geant4 again"
        ) from None
    return _Reader(path, state).couples()


class _Reader:
    """The file's tree of tables, looked into with checks."""

    def __init__(self, path: Path, state: Any) -> None:
        self.path = path
        self.state = state

    def couples(self) -> tuple[FileCouple, ...]:
        substances = self._substances()
        rows = self._list("fData.fTheMatCutData.fMatCutData")
        losses = [
            self._losses(f"fData.{name}", len(rows)) for name in ("fTheElectronData", "fThePositronData")
        ]
        hard = [self._hard(f"fData.{name}", len(rows)) for name in ("fTheElectronData", "fThePositronData")]
        couples = []
        for i in range(len(rows)):
            place = f"fData.fTheMatCutData.fMatCutData.{i}"
            index = self._number(f"{place}.fHepEmMatIndex")
            if index not in range(len(substances)):
                raise self._bad(
                    f"{place}.fHepEmMatIndex", index, f"a material from 0 to {len(substances) - 1}"
                )
            couples.append(
                FileCouple(
                    substance=substances[int(index)],
                    gamma_cut=self._positive(f"{place}.fSecGamProdCutE"),
                    electron_cut=self._positive(f"{place}.fSecElProdCutE"),
                    range_=(losses[0][i][0], losses[1][i][0]),
                    dedx=(losses[0][i][1], losses[1][i][1]),
                    ionisation=(hard[0][i][0], hard[1][i][0]),
                    bremsstrahlung=(hard[0][i][1], hard[1][i][1]),
                )
            )
        return tuple(couples)

    def _substances(self) -> list[Substance]:
        n = len(self._list("fData.fTheMaterialData.fMaterialData"))
        photons = "fData.fTheGammaData"
        if "fConvCompMacXsecData" not in self._get(photons):
            raise BadInput(
                f"{self.path}: {photons} has no fConvCompMacXsecData, as in later versions of G4HepEm; "
                "only the layout of July 2023 (G4HepEm 0.1.0) can be read"
            )
        pairs, scattering = (
            self._grid(f"{photons}.{name}") for name in ("fConvEnergyGrid", "fCompEnergyGrid")
        )
        size = 2 * (len(pairs) + len(scattering))
        photon = self._array(f"{photons}.fConvCompMacXsecData", n * size).reshape(n, size)
        transport = []
        for name in ("fTheElectronData", "fThePositronData"):
            grid = self._grid(f"fData.{name}.fELossEnergyGrid")
            data = self._array(f"fData.{name}.fTr1MacXSecData", 2 * n * len(grid)).reshape(n, -1, 2)
            transport.append([Spline(grid, *part.T) for part in data])
        substances = []
        for i in range(n):
            place = f"fData.fTheMaterialData.fMaterialData.{i}"
            z = self._array(f"{place}.fElementVect")
            intervals = self._grid(f"{place}.fSandiaEnergies", least=1)
            substances.append(
                Substance(
                    z=tuple(int(number) for number in z),
                    atoms_per_mm3=self._array(f"{place}.fNumOfAtomsPerVolumeVect", len(z)),
                    mean_excitation=self._positive(f"{place}.fMeanExEnergy"),
                    intervals=intervals,
                    coefficients=self._array(f"{place}.fSandiaCoefficients", 4 * len(intervals)).reshape(
                        -1, 4
                    ),
                    conversion=Spline(pairs, *photon[i, : 2 * len(pairs)].reshape(-1, 2).T),
                    compton=Spline(scattering, *photon[i, 2 * len(pairs) :].reshape(-1, 2).T),
                    transport=(transport[0][i], transport[1][i]),
                )
            )
        return substances

    def _losses(self, place: str, couples: int) -> list[tuple[Spline, Spline]]:
        """Return range and dE/dx of each couple; after them the file has the inverse range, not needed."""
        grid = self._grid(f"{place}.fELossEnergyGrid")
        n = len(grid)
        splines = []
        for part in self._array(f"{place}.fELossData", 5 * n * couples).reshape(couples, 5 * n):
            range_, dedx = part[: 2 * n].reshape(n, 2), part[2 * n : 4 * n].reshape(n, 2)
            if not (np.all(np.diff(range_[:, 0]) > 0.0) and range_[0, 0] > 0.0 and dedx[:, 0].min() > 0.0):
                raise BadInput(
                    f"{self.path}: {place}.fELossData: ranges must grow with energy, dE/dx must be positive; "
                    "export the tables from Geant4 again"
                )
            splines.append((Spline(grid, *range_.T), Spline(grid, *dedx.T)))
        return splines

    def _hard(self, place: str, couples: int) -> list[tuple[Spline, Spline]]:
        """Return the cross sections of ionisation and bremsstrahlung of each couple."""
        key = f"{place}.fResMacXSecData"
        data = self._array(key)
        starts = self._array(f"{place}.fResMacXSecStartIndexPerMatCut", couples)
        splines = []
        for start in starts.astype(int):
            pair = []
            for _ in range(2):
                nodes = int(data[start]) if 0 <= start < len(data) else 0
                end = start + HEAD + 3 * nodes
                if nodes < 2 or end > len(data):
                    raise BadInput(
                        f"{self.path}: {key}: the cross section that begins at {start} is not within the "
                        f"{len(data)} numbers there; export the tables from Geant4 again"
                    )
                energy, value, second = data[start + HEAD : end].reshape(nodes, 3).T
                self._check_grid(key, energy)
                pair.append(Spline(energy, value, second))
                start = end
            splines.append((pair[0], pair[1]))
        return splines

    def _get(self, key: str) -> Any:
        """Return what stands at a dotted key."""
        here = self.state
        for part in key.split("."):
            if isinstance(here, dict) and part in here:
                here = here[part]
            elif isinstance(here, list) and part.isdigit():
                here = here[int(part)]
            else:
                raise BadInput(
                    f"{self.path}: not a G4HepEm table file of the layout of July 2023: {key} is missing"
                )
        return here

    def _list(self, key: str) -> list[Any]:
        found = self._get(key)
        if not isinstance(found, list) or not found:
            raise self._bad(key, found, "a list with something in it")
        return found

    def _number(self, key: str) -> float:
        found = self._get(key)
        if isinstance(found, bool) or not isinstance(found, (int, float)) or not np.isfinite(found):
            raise self._bad(key, found, "a finite number")
        return found

    def _positive(self, key: str) -> float:
        found = self._number(key)
        if found <= 0.0:
            raise self._bad(key, found, "a number above 0")
        return float(found)

    def _array(self, key: str, size: int | None = None) -> np.ndarray:
        """Return a list of finite numbers as an array, of a length if one is given."""
        found = self._list(key)
        try:
            array = np.array(found, dtype=float)
        except (TypeError, ValueError):
            raise self._bad(key, found, "a list of numbers") from None
        if array.ndim != 1 or not np.all(np.isfinite(array)):
            raise self._bad(key, found, "a list of finite numbers")
        if size is not None and len(array) != size:
            raise self._bad(key, f"{len(array)} numbers", f"{size} numbers")
        return array

    def _grid(self, key: str, least: int = 2) -> np.ndarray:
        grid = self._array(key)
        self._check_grid(key, grid, least)
        return grid

    def _check_grid(self, key: str, grid: np.ndarray, least: int = 2) -> None:
        if len(grid) < least or grid[0] <= 0.0 or np.any(np.diff(grid) <= 0.0):
            raise BadInput(
                f"{self.path}: {key}: energies must be positive and ascend; export the tables again"
            )

    def _bad(self, key: str, found: Any, allowed: str) -> BadInput:
        shown = found if isinstance(found, str) and found.endswith("numbers") else json.dumps(found)
        shown = shown if len(shown) < 60 else f"{shown[:50]} ..."
        return BadInput(f"{self.path}: {key}: found {shown}; needed: {allowed}; export the tables again")
