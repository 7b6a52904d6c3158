"""Shards: some of a scenario's events, simulated wherever a worker is; merged, they are the whole run.

Random numbers belong to the event and the track, so a shard gives for its events what one run of all would.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import NamedTuple

from simkit.engines import Prepared, find_engine
from simkit.errors import BadInput
from simkit.events import Primaries
from simkit.kernel_cache import compiling_alone
from simkit.record.machine import package_version
from simkit.record.tallies import Tallies
from simkit.scenario import Scenario


class Shard(NamedTuple):
    """Primaries of a scenario to follow. key: names scenario and engine; code: see `code_hash`."""

    scenario: Scenario
    engine: str
    primaries: Primaries
    seed: int
    threads: int
    key: str
    code: str


def make_shard(scenario: Scenario, engine: str, primaries: Primaries, seed: int, threads: int = 1) -> Shard:
    """Return a shard to be run by this version of the code."""
    return Shard(scenario, engine, primaries, seed, threads, f"{engine}-{scenario.hash}", code_hash())


@cache
def code_hash() -> str:
    """Return the hash (16 hex digits) of all sources that a shard may depend on, numba, numpy and scipy.

    Shards of one run must be made by the same code. Processors may differ; where their instruction sets do,
    so may the last digits.
    """
    digest = hashlib.sha256()
    root = Path(__file__).parents[1]
    for file in sorted(root.rglob("*.py")):
        if file.relative_to(root).parts[0] in ("cli", "report", "validation"):
            continue
        digest.update(file.relative_to(root).as_posix().encode())
        digest.update(file.read_bytes())
    for name in ("numba", "numpy", "scipy"):
        digest.update(package_version(name).encode())
    return digest.hexdigest()[:16]


_prepared: dict[str, Prepared] = {}  # of this process, by the key of the shard


def prepared_here(shard: Shard) -> Prepared:
    """Return the shard's scenario ready to run, made once a process; kernels are compiled once a machine."""
    if shard.key not in _prepared:
        with compiling_alone(f"{shard.key}-{shard.code}"):
            _prepared[shard.key] = find_engine(shard.engine).prepare(shard.scenario)
    return _prepared[shard.key]


def run_shard(shard: Shard) -> Tallies:
    """Return the tallies of a shard. Errors: BadInput; also where this worker has other code."""
    if shard.code != code_hash():
        raise BadInput(
            f"--executor: a worker has other code than this program (simkit {package_version('simkit')}, "
            f"{code_hash()}, not {shard.code}); install the same simkit, numba, numpy and scipy there"
        )
    return prepared_here(shard).run(shard.primaries, shard.seed, shard.threads)
