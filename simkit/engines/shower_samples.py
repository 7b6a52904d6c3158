"""Samples of showers for fast simulation: what transport leaves in a shower mesh, made in shards.

A shower depends on the seed and on its number alone, so a sample can be made anywhere, interrupted, and made
longer later: shards that are there are not made again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simkit.engines.shards import Shard, code_hash, make_shard, run_shard
from simkit.errors import BadInput
from simkit.events import Primaries, load_events
from simkit.executors import open_executor
from simkit.fastsim.showers.binning import Binning
from simkit.fastsim.showers.files import Showers
from simkit.particles import species
from simkit.plugins import loaded_hash
from simkit.reading import read_text
from simkit.readout.shower_mesh import ShowerMesh
from simkit.record.pieces import Pieces
from simkit.record.tallies import ENERGY_UNIT, Tallies
from simkit.scenario import Scenario
from simkit.writing import GO_ON, write_text

ENGINE, PLAN = "native", "showers.json"
SHARD = 100  # showers: a tenth of a minute, for a mean of some 150 GeV
_NAMES = ("incident_MeV", "energies_MeV", "outside_MeV", "cpu_s")


class ShowerSample(NamedTuple):
    """Showers, the energy (MeV) that each left outside the mesh in the same region, and the CPU seconds."""

    showers: Showers
    outside_MeV: NDArray[np.float64]
    cpu_s: float


def binning_of(scenario: Scenario) -> Binning:
    """Return the binning of a scenario that is read out by a shower mesh, one gun particle an event.

    Errors: BadInput for another scenario, and for particles that do not fly along the mesh.
    """
    mesh, gun = mesh_of(scenario), scenario.events
    particle = getattr(gun, "particle", None)
    if particle is None or getattr(gun, "per_event", 1) != 1:
        raise BadInput('events: a file of showers needs events.source = "gun" with one particle an event')
    edges = (0.0, *mesh.radii_mm)
    return Binning(particle, species(particle).pdg, (edges,) * mesh.layers, (mesh.sectors,) * mesh.layers)


def make_sample(
    scenario: Scenario,
    executor: str,
    folder: Path,
    progress: Callable[[int], None] | None = None,
    incident_MeV: NDArray[np.float64] | None = None,
) -> ShowerSample:
    """Return the showers of a scenario's events, in their order.

    folder: where finished shards are kept; the caller holds its lock, and removes it. progress: called with
    the number of those that are done more. incident_MeV: of each event, float64[n], in place of the
    scenario's; a folder is then for these alone. Errors: BadInput.
    """
    binning = binning_of(scenario)
    primaries = load_events(scenario.events, scenario.count, scenario.seed).primaries
    if incident_MeV is not None:
        primaries = primaries._replace(energy=incident_MeV)
    check_frame(mesh_of(scenario), primaries)
    with open_executor(executor) as workers:
        threads = scenario.run.threads if executor == "local" else 1
        count = len(primaries.event)
        _check_plan(folder, scenario)
        cuts = [*range(0, count, SHARD), count]
        names = {f"{low:09d}-{high:09d}": slice(low, high) for low, high in pairwise(cuts)}
        pieces = Pieces(folder / "shards")

        def check(name: str, arrays: Mapping[str, Any]) -> None:
            if name in names:
                _check_shard(arrays, primaries.energy[names[name]], binning.cells)

        kept = {name: arrays for name, arrays in pieces.load(check)[0].items() if name in names}
        missing = [name for name in names if name not in kept]
        if progress:
            progress(sum(len(arrays["incident_MeV"]) for arrays in kept.values()))
        shards = [
            make_shard(
                scenario, ENGINE, Primaries(*(c[names[name]] for c in primaries)), scenario.seed, threads
            )
            for name in missing
        ]
        for index, arrays in workers.map(_run, shards):
            pieces.save(missing[index], arrays)
            kept[missing[index]] = arrays
            if progress:
                progress(len(arrays["incident_MeV"]))
    if len(kept) < len(names):
        raise BadInput(
            f"--executor {executor}: {len(names) - len(kept)} of {len(names)} shards did not come back; run "
            "it again, the others are kept"
        )
    parts = [kept[name] for name in names]
    incident, energies, outside = (np.concatenate([part[key] for part in parts]) for key in _NAMES[:3])
    within = (energies.sum(axis=1, dtype=np.float64) / incident).mean()
    share = float((outside / incident).mean() / within) if within > 0.0 else 0.0
    return ShowerSample(
        Showers(binning, incident, energies, share), outside, float(sum(part["cpu_s"] for part in parts))
    )


def mesh_of(scenario: Scenario) -> ShowerMesh:
    """Return the shower mesh that reads a scenario out. Errors: BadInput where there is none."""
    mesh = scenario.readout
    if not isinstance(mesh, ShowerMesh):
        raise BadInput(
            f'readout.kind: found {mesh.kind!r}; a file of showers needs a "shower_mesh", as par04 has'
        )
    return mesh


def seen_energies(scenario: Scenario, tallies: Tallies) -> NDArray[np.float32]:
    """Return the energies in the cells of the mesh as files of showers have them, float32[n, cells]."""
    mesh = mesh_of(scenario)
    cells = mesh.layers * mesh.sectors * len(mesh.radii_mm)
    scale = ENERGY_UNIT / mesh.sampling_fraction
    return (tallies.deposits[:, :cells] * scale).astype(np.float32)


def _run(shard: Shard) -> dict[str, Any]:
    """Return the arrays of a shard's showers."""
    tallies = run_shard(shard)
    seen = seen_energies(shard.scenario, tallies)
    of_region = tallies.cell_region == tallies.cell_region[0]
    of_region[: seen.shape[1]] = False
    scale = ENERGY_UNIT / mesh_of(shard.scenario).sampling_fraction
    values = (
        shard.primaries.energy,
        seen,
        tallies.deposits[:, of_region].sum(axis=1) * scale,
        tallies.cpu_s,
    )
    return dict(zip(_NAMES, values))


def _check_shard(arrays: Mapping[str, Any], incident_MeV: NDArray[np.float64], cells: int) -> None:
    """Raise KeyError or ValueError for what is no shard of the showers of these energies."""
    n = len(incident_MeV)
    for name, shape in zip(_NAMES, ((n,), (n, cells), (n,), ())):
        found = arrays[name]
        if found.shape != shape or found.dtype.kind != "f":
            raise ValueError(f"{name} is {found.dtype} of {found.shape}, not of {shape}")
    if not np.array_equal(arrays["incident_MeV"], incident_MeV):
        raise ValueError("of other energies")


def _check_plan(folder: Path, scenario: Scenario) -> None:
    """Write down whose shards a folder keeps. Errors: BadInput where they are of another run."""
    path, run = (
        folder / PLAN,
        {"scenario": scenario.hash, "seed": scenario.seed, "code": code_hash() + loaded_hash()},
    )
    if path.exists():
        try:
            found = json.loads(read_text(path, GO_ON))
            differs = [key for key, value in run.items() if found.get(key) != value]
        except (ValueError, AttributeError):
            differs = [path.name]
        if differs:
            raise BadInput(
                f"{folder}: holds finished showers of another run ({', '.join(differs)} differ); give "
                f"another --out, or delete {folder}"
            )
    else:
        write_text(path, json.dumps(run))


def check_frame(mesh: ShowerMesh, primaries: Primaries) -> None:
    """Refuse particles that do not fly along the axis of the mesh."""
    along = mesh.axes()[0]
    direction = np.stack([primaries.u, primaries.v, primaries.w], axis=1)
    start = np.stack([primaries.x, primaries.y, primaries.z], axis=1) - np.array(mesh.origin_mm)
    beside = np.linalg.norm(start - np.outer(start @ along, along), axis=1)
    wrong = np.flatnonzero((direction @ along < 1.0 - 1e-9) | (beside > 1e-6))
    if len(wrong):
        u, v, w = direction[wrong[0]]
        raise BadInput(
            f"readout.direction: the mesh lies along {mesh.direction} from {mesh.origin_mm} mm, but "
            f"event {primaries.event[wrong[0]]} flies along ({u:g}, {v:g}, {w:g}), {beside[wrong[0]]:g} mm "
            "beside it; give the mesh the gun's direction and position"
        )
