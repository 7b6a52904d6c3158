"""A run in shards: plan, run, merge. What is finished is kept, and not run again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from simkit.engines.shards import Shard, code_hash, make_shard, run_shard
from simkit.errors import BadInput
from simkit.events import Primaries
from simkit.executors import LOCAL, Executor
from simkit.record.pieces import Pieces, write_whole
from simkit.record.tallies import PER_EVENT, Tallies, merge
from simkit.scenario import Scenario

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
    if folder is not None:
        bounds = _plan(folder, scenario, engine, bounds)
        kept, elapsed_s = _read(Pieces(folder / FOLDER), bounds)
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
            Pieces(folder / FOLDER).save(_name(bounds, k), _arrays(tallies, used_s))
        kept[k] = tallies
        if progress and executor.name != LOCAL:
            progress(len(tallies))
    whole = merge([kept[k] for k in sorted(kept)])
    whole.wall_s = used_s
    whole.threads = threads if executor.name == LOCAL else executor.workers
    return whole


def any_kept(folder: Path) -> bool:
    """Return whether the folder holds shards of a run that was begun before."""
    return (folder / PLAN).exists()


def forget(folder: Path) -> None:
    """Delete the shards of a run that has been written."""
    Pieces(folder / FOLDER).remove()
    (folder / PLAN).unlink(missing_ok=True)


def _bounds(events: int, executor: Executor, threads: int) -> list[int]:
    most = events // (8 * threads) if executor.name == LOCAL else events
    count = max(1, min(most, max(FEWEST, PER_WORKER * executor.workers)))
    return [events * k // count for k in range(count + 1)]


def _plan(folder: Path, scenario: Scenario, engine: str, bounds: list[int]) -> list[int]:
    """Return the bounds of the shards: those begun with, where the folder holds shards of the same run."""
    path = folder / PLAN
    mine: dict[str, Any] = {
        "schema": SCHEMA,
        "scenario": scenario.hash,
        "engine": engine,
        "events": scenario.count,
        "seed": scenario.seed,
        "code": code_hash(),
    }
    if path.exists():
        try:
            found = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError):
            found = {}
        if {**found, "bounds": 0} != {**mine, "bounds": 0}:
            differs = [key for key, value in mine.items() if found.get(key) != value]
            raise BadInput(
                f"{path}: holds finished shards of another run ({', '.join(differs)} differ); give another "
                f"--out, or delete {folder / FOLDER} and {PLAN}"
            )
        return list(found["bounds"])
    try:
        write_whole(path, json.dumps({**mine, "bounds": bounds}).encode())
    except OSError as error:
        raise BadInput(f"cannot write {str(path)!r} ({error.strerror}); give a writable folder") from None
    return bounds


def _name(bounds: list[int], k: int) -> str:
    return f"{bounds[k]:09d}-{bounds[k + 1]:09d}"


def _arrays(tallies: Tallies, elapsed_s: float) -> dict[str, Any]:
    arrays = {name: getattr(tallies, name) for name in (*PER_EVENT, "cell_region")}
    return {**arrays, "cpu_s": tallies.cpu_s, "elapsed_s": elapsed_s}


def _read(pieces: Pieces, bounds: list[int]) -> tuple[dict[int, Tallies], float]:
    """Return the kept tallies by shard, and the wall seconds that all had taken."""
    found, _ = pieces.load()
    kept: dict[int, Tallies] = {}
    elapsed_s = 0.0
    for k in range(len(bounds) - 1):
        arrays = found.get(_name(bounds, k))
        if arrays is not None:
            named: dict[str, Any] = {name: arrays[name] for name in (*PER_EVENT, "cell_region")}
            kept[k] = Tallies(**named)
            kept[k].cpu_s = float(arrays["cpu_s"])
            elapsed_s = max(elapsed_s, float(arrays["elapsed_s"]))
    return kept, elapsed_s
