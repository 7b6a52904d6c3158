"""`simkit fastsim dataset` from Python; see simkit.api.running."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simkit.api.arguments import Settings, builtin, settings_of, texts
from simkit.api.keeping import check_file, held
from simkit.api.progress import Progress, shown
from simkit.errors import BadInput, Interrupted
from simkit.imports import extra
from simkit.record.command_line import assignments, command_line

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simkit.record.dataset import Dataset, MeanAndSpread

SPECTRUM = ("kind", "min_MeV", "max_MeV", "index", "energies_MeV", "weights")
PARTS = ".parts"


def dataset(
    out: str | Path,
    scenario: str | Path = "par04",
    *,
    events: int | None = None,
    energies_MeV: Sequence[float] | float | None = None,
    seed: int | None = None,
    threads: int | None = None,
    speedups: Sequence[str] | str = (),
    set: Settings = (),
    executor: str = "local",
    progress: Progress = False,
) -> Dataset:
    """Simulate showers in full, and write them to a file in the CaloChallenge's form.

    out: the HDF5 file; finished parts are kept beside it until it is written, and taken up. energies_MeV:
    one, or the ends of a log-uniform spectrum, in place of the scenario's. See `simkit.run` for the others.
    Errors: BadInput.
    """
    with extra("ml", "files of showers"):
        import h5py  # noqa: F401  before hours of work, not after
    from simkit.engines.shower_samples import binning_of, make_sample
    from simkit.fastsim.showers.files import NOISE_MEV, write_showers
    from simkit.record.dataset import Dataset
    from simkit.record.machine import package_version
    from simkit.record.provenance import make_provenance
    from simkit.scenario import load_scenario

    path, names, settings = Path(out), texts(speedups), settings_of(set)
    check_file(path, "showers.h5")
    chosen = load_scenario(
        scenario,
        with_speedups=names,
        overrides=_with_energies(settings, energies_MeV),
        events=builtin(events),
        seed=builtin(seed),
        threads=builtin(threads),
    )
    binning_of(chosen)
    parts = path.with_name(path.name + PARTS)
    begin = time.perf_counter()
    with held(parts):
        done = 0
        with shown(progress, chosen.name) as tell:

            def count(new: int) -> None:
                nonlocal done
                done += new
                if tell:
                    tell(done / (chosen.count or done), chosen.name)

            try:
                sample = make_sample(chosen, executor, parts, count)
            except KeyboardInterrupt:
                raise Interrupted(
                    f"interrupted; {done} showers are kept in {parts}: the same command goes on"
                ) from None
        command = command_line(
            "fastsim",
            ["dataset", str(scenario)],
            with_=list(names),
            set=assignments(settings),
            events=len(sample.showers.incident_MeV),
            energy_MeV=None if energies_MeV is None else ",".join(f"{e:.12g}" for e in _pair(energies_MeV)),
            seed=chosen.seed,
            out=str(path),
        )
        about: dict[str, str | int | float] = {
            "scenario": chosen.name,
            "hash": chosen.hash,
            "seed": chosen.seed,
            "simkit": package_version("simkit"),
        }
        write_showers(path, sample.showers, about)
        energies = sample.showers.energies_MeV
        incident = sample.showers.incident_MeV
        total = energies.sum(axis=1, dtype=float)
        record = Dataset(
            file=str(path),
            scenario=chosen.name,
            hash=chosen.hash,
            particle=sample.showers.binning.particle,
            showers=len(energies),
            cells=energies.shape[1],
            energy_MeV=(float(incident.min()), float(incident.max())),
            response=_spread(total / incident),
            outside_mesh=float(sample.outside_MeV.sum() / (total.sum() + sample.outside_MeV.sum())),
            cells_on=_spread((energies >= NOISE_MEV).sum(axis=1).astype(float)),
            cpu_s=sample.cpu_s,
            wall_s=time.perf_counter() - begin,
            sha256=_hash(path),
            provenance=make_provenance(command, chosen.seed),
        )
    shutil.rmtree(parts, ignore_errors=True)
    return record


def _pair(energies: Sequence[float] | float) -> tuple[float, ...]:
    values = (energies,) if isinstance(energies, (int, float)) else tuple(energies)
    ascend = len(values) == 1 or (len(values) == 2 and values[0] < values[1])
    if not ascend or not all(0.0 < value < float("inf") for value in values):
        raise BadInput(f"--energy-MeV: found {energies!r}; give one above 0, or a lower and a higher one")
    return tuple(float(value) for value in values)


def _with_energies(settings: Any, energies: Sequence[float] | float | None) -> Any:
    """Return settings of a scenario that give a gun these energies, too."""
    if energies is None:
        return settings
    from simkit.scenario.merge import parse_assignment

    keys: dict[str, Any] = dict(
        settings if isinstance(settings, Mapping) else map(parse_assignment, settings)
    )
    values = _pair(energies)
    spectrum: dict[str, Any] = dict.fromkeys(SPECTRUM)
    if len(values) == 1:
        spectrum |= {"kind": "table", "energies_MeV": values, "weights": (1.0,)}
    else:
        spectrum |= {"kind": "log-uniform", "min_MeV": values[0], "max_MeV": values[1]}
    keys["events.energy_MeV"] = None
    return keys | {f"events.spectrum.{key}": value for key, value in spectrum.items()}


def _spread(values: NDArray[Any]) -> MeanAndSpread:
    from simkit.record.dataset import MeanAndSpread

    sd = float(values.std(ddof=1)) if len(values) > 1 else 0.0
    return MeanAndSpread(mean=float(values.mean()), sem=sd / len(values) ** 0.5, sd=sd)


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
