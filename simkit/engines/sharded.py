"""A run in shards: plan, run, merge. What is finished is kept, and not run again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from simkit.engines.shards import Shard, code_hash, make_shard, run_shard
from simkit.errors import BadInput
from simkit.events import Primaries
from simkit.executors import LOCAL, Executor
from simkit.plugins import loaded_hash
from simkit.record.pieces import SUFFIX, Pieces, reason, set_aside
from simkit.record.tallies import NAMED, PER_EVENT, Tallies, merge, name_arrays, names_in
from simkit.scenario import Scenario
from simkit.writing import write_whole, writing_to

FOLDER, PLAN = "shards", "shards.json"
SCHEMA = "simkit.shards/1"
# So many shards a worker: the last ones to finish leave little idle, and a kill loses little.
PER_WORKER = 8
FEWEST = 32


def run_in_shards(
    scenario: Scenario,
    engine: str,
    primaries: Primaries,
    executor: Executor,
    folder: Path | None,
    run_here: Callable[[Shard], Tallies],
    progress: Callable[[int], None] | None,
) -> Tallies:
    """Return the tallies of all primaries, the same bits however they were cut and wherever they were run.

    folder: where finished shards are kept, and looked for; None keeps nothing. run_here: runs a shard in this
    process, and tells of progress itself. The caller holds the folder's lock, and calls `forget` when the run
    is written. Errors: BadInput, also for a folder that holds shards of another run.
    """
    begin = time.perf_counter()
    numbers = np.unique(primaries.event)
    threads = scenario.run.threads if executor.name == LOCAL else 1
    bounds = _bounds(len(numbers), executor, threads)
    kept: dict[int, Tallies] = {}
    elapsed_s = 0.0
    run = _identity(scenario, engine)
    if folder is not None:
        bounds = _plan(folder, run, bounds)
        kept, elapsed_s = _read(Pieces(folder / FOLDER), bounds, run)
        if progress:
            progress(sum(len(part) for part in kept.values()))
    starts = np.searchsorted(primaries.event, numbers[bounds[:-1]])
    ends = [*starts[1:], len(primaries.event)]
    missing = [k for k in range(len(starts)) if k not in kept]
    shards = [
        make_shard(
            scenario, engine, Primaries(*(c[starts[k] : ends[k]] for c in primaries)), scenario.seed, threads
        )
        for k in missing
    ]
    results = executor.map(run_here if executor.name == LOCAL else run_shard, shards)
    used_s = elapsed_s
    for index, tallies in results:
        k = missing[index]
        used_s = elapsed_s + time.perf_counter() - begin
        if folder is not None:
            Pieces(folder / FOLDER).save(_name(bounds, k), _arrays(tallies, used_s, run))
        kept[k] = tallies
        if progress and executor.name != LOCAL:
            progress(len(tallies))
    if len(kept) < len(starts):
        raise BadInput(
            f"--executor {executor.name}: {len(starts) - len(kept)} of {len(starts)} shards did not come "
            f"back; run it again{'' if folder is None else ', the others are kept'}"
        )
    whole = merge([kept[k] for k in sorted(kept)])
    whole.wall_s = used_s
    whole.threads = threads if executor.name == LOCAL else executor.workers
    return whole


def any_kept(folder: Path) -> bool:
    """Return whether the folder holds shards of a run that was begun before."""
    return (folder / PLAN).exists()


def finished_shards(folder: Path) -> int:
    """Return how many shards of a run that was not written are kept."""
    return len(list((folder / FOLDER).glob("*" + SUFFIX)))


def forget(folder: Path) -> None:
    """Delete the shards of a run that has been written."""
    Pieces(folder / FOLDER).remove()
    (folder / PLAN).unlink(missing_ok=True)


def _bounds(events: int, executor: Executor, threads: int) -> list[int]:
    most = events // (8 * threads) if executor.name == LOCAL else events
    count = max(1, min(most, max(FEWEST, PER_WORKER * executor.workers)))
    return [events * k // count for k in range(count + 1)]


def _identity(scenario: Scenario, engine: str) -> dict[str, Any]:
    """Return what tells shards of one run from those of another."""
    return {
        "schema": SCHEMA,
        "scenario": scenario.hash,
        "engine": engine,
        "events": scenario.count,
        "seed": scenario.seed,
        "code": code_hash() + loaded_hash(),
    }


def _plan(folder: Path, run: dict[str, Any], bounds: list[int]) -> list[int]:
    """Return the bounds of the shards: those begun with, where the folder holds shards of the same run.

    A damaged plan is put aside and made again; the shards tell themselves what run they are of.
    """
    path = folder / PLAN
    if path.exists():
        try:
            found = json.loads(path.read_text("utf-8"))
            differs = [key for key, value in run.items() if found[key] != value]
            begun = [int(bound) for bound in found["bounds"]]
            if not differs and (sorted(set(begun)) != begun or (begun[0], begun[-1]) != (0, bounds[-1])):
                raise ValueError("its shards are not those of this run's events")
        except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
            set_aside(path, reason(error))
        else:
            if differs:
                raise BadInput(
                    f"{path}: holds finished shards of another run ({', '.join(differs)} differ); give "
                    f"another --out, or delete {folder / FOLDER} and {PLAN}"
                )
            return begun
    with writing_to(path):
        write_whole(path, json.dumps({**run, "bounds": bounds}).encode())
    return bounds


def _name(bounds: list[int], k: int) -> str:
    return f"{bounds[k]:09d}-{bounds[k + 1]:09d}"


def _arrays(tallies: Tallies, elapsed_s: float, run: dict[str, Any]) -> dict[str, Any]:
    arrays = {name: getattr(tallies, name) for name in (*PER_EVENT, "cell_region")}
    arrays |= name_arrays(tallies)
    return {**arrays, "cpu_s": tallies.cpu_s, "elapsed_s": elapsed_s, "run": json.dumps(run)}


def _read(pieces: Pieces, bounds: list[int], run: dict[str, Any]) -> tuple[dict[int, Tallies], float]:
    """Return the kept tallies of this run by shard, and the wall seconds that all had taken."""
    found: dict[str, Tallies] = {}
    elapsed_s = [0.0]

    def take(name: str, arrays: Mapping[str, Any]) -> None:
        if arrays["run"] != json.dumps(run):
            return
        named: dict[str, Any] = {field: arrays[field] for field in (*PER_EVENT, "cell_region")}
        tallies = Tallies(**named, names=names_in(arrays, NAMED))
        tallies.cpu_s = float(arrays["cpu_s"])
        elapsed_s.append(float(arrays["elapsed_s"]))
        found[name] = tallies

    pieces.load(take)
    kept = {k: found[name] for k in range(len(bounds) - 1) if (name := _name(bounds, k)) in found}
    return kept, max(elapsed_s)
