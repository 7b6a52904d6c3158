"""One run: from a scenario to its record, with any engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import cast

import numpy as np

from simkit.engines import Prepared, find_engine
from simkit.engines.build import start_volumes
from simkit.engines.native import NativePrepared
from simkit.engines.profile import add_profile, check_profiling
from simkit.engines.sharded import any_kept, run_in_shards
from simkit.errors import BadInput
from simkit.events import Events, load_events
from simkit.executors import LOCAL, open_executor
from simkit.record.electricity import Meter, find_readers
from simkit.record.making import build_result
from simkit.record.result import Result
from simkit.record.tallies import Tallies, empty_tallies, merge
from simkit.scenario import Scenario


def run_scenario(
    scenario: Scenario,
    engine: str = "native",
    progress: Callable[[int], None] | None = None,
    *,
    executor: str = LOCAL,
    keep_in: Path | None = None,
    profile: bool = False,
) -> tuple[Result, Tallies, Prepared]:
    """Run `scenario` and return its record, its tallies and what the engine had prepared.

    `progress` is called with the number of events just done. Events are read and their places checked
    before anything is built. executor: where events are simulated, see simkit.executors; the result is the
    same everywhere. keep_in: a folder, held by the caller, where finished shards are kept until
    `simkit.engines.sharded.forget`; a run that finds some there goes on with them. profile: find out where
    the time goes, too, on one thread of this process after the run (simkit's own engine only).
    Errors: BadInput.
    """
    if profile:
        check_profiling(scenario.run.backend)
    if executor != LOCAL and scenario.run.backend == "cuda":
        raise BadInput(f"--executor {executor}: runs on CPUs only; leave it out, or --backend cuda")
    events = load_events(scenario.events, scenario.count, scenario.seed)
    start_volumes(scenario.detector, events.primaries)
    program = find_engine(engine)
    with open_executor(executor) as workers:
        prepared = program.prepare(scenario)
        with (meter := _meter(scenario, executor, keep_in)):
            if (executor == LOCAL and keep_in is None) or not len(events.primaries.event):
                tallies = prepared.run(events.primaries, scenario.seed, scenario.run.threads, progress)
            else:
                tallies = run_in_shards(
                    scenario,
                    engine,
                    events.primaries,
                    workers,
                    keep_in,
                    lambda shard: prepared.run(shard.primaries, shard.seed, shard.threads, progress),
                    progress,
                )
    tallies = with_empty_events(tallies, events)
    result = build_result(
        scenario,
        tallies,
        prepared,
        seed=scenario.seed,
        untransported=events.untransported,
        outside_cuts=events.outside_cuts,
        not_simulated=events.not_simulated,
        asking_s=prepared.cost_of_asking() if isinstance(prepared, NativePrepared) else (0.0, 0.0),
        engine=program.name,
        engine_version=program.version,
    )
    result.timing.energy_used = meter.used(result.events)
    if profile:
        add_profile(result, cast(NativePrepared, prepared), events.primaries, tallies)
    return result, tallies, prepared


def _meter(scenario: Scenario, executor: str, keep_in: Path | None) -> Meter:
    """Return what measures the energy of the tracking, as far as it is this machine's and this run's."""
    if executor.startswith("dask"):
        return Meter([], ["events were simulated on other machines"])
    if keep_in is not None and any_kept(keep_in):
        return Meter([], ["some of the events were simulated by an earlier run"])
    return Meter(*find_readers(gpu=scenario.run.backend == "cuda"))


def with_empty_events(tallies: Tallies, events: Events) -> Tallies:
    """Return the tallies with a row of zeros for each event that had nothing to follow."""
    missing = np.setdiff1d(np.arange(events.n_events), tallies.events)
    if not len(missing):
        return tallies
    lost = np.intersect1d(missing, events.primaries.event)
    if len(lost):
        raise RuntimeError(f"{len(lost)} events have something to follow and no tallies, such as {lost[0]}")
    regions = tallies.steps.shape[2]
    fast = tallies.fast.shape[1] > 0
    return merge([tallies, empty_tallies(missing, regions, tallies.cell_region, tallies.responds, fast)])
