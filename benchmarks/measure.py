"""Measure one workload in this process and print the figures: python -P measure.py WORKLOAD_AS_JSON.

Times are CPU seconds, the least of several repetitions of the same showers: noise of the machine only ever
adds. Counts are exact.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

FEWEST = 3  # repetitions


def prepare(workload: dict[str, Any]) -> tuple[Any, Any]:
    """Return the prepared engine and the events of a workload (see workloads.py for its keys)."""
    from simkit.engines.native import ENGINE
    from simkit.events import load_events
    from simkit.scenario import load_scenario

    scenario = load_scenario(
        workload["scenario"],
        with_speedups=workload["speedups"],
        overrides=workload["overrides"],
        events=workload["events"],
    )
    events = load_events(scenario.events, workload["events"], scenario.seed)
    return ENGINE.prepare(scenario), events


def figures(tallies: Any, cpu_s: float) -> dict[str, float]:
    """Return the figures of showers that took `cpu_s`; all but the times are exact."""
    from simkit.particles import ELECTRON, GAMMA, POSITRON, groups
    from simkit.record.tallies import COUNTERS

    n = len(tallies)
    steps = tallies.steps.sum(axis=(0, 2))
    made = tallies.secondaries.sum(axis=0).tolist()
    counters = dict(zip(COUNTERS, tallies.counters.sum(axis=0).tolist(), strict=True))
    return {
        "us_per_step": cpu_s / int(steps.sum()) * 1e6,
        "ms_per_event": cpu_s / n * 1e3,
        "gamma_steps": int(steps[GAMMA]) / n,
        "charged_steps": int(steps[groups()["charged"]].sum()) / n,
        "virtual_collisions": counters["virtual_collisions"] / n,
        "random_draws": counters["random_draws"] / n,
        "interactions": int(tallies.interactions.sum()) / n,
        "gamma_secondaries": made[GAMMA] / n,
        "electron_secondaries": made[ELECTRON] / n,
        "positron_secondaries": made[POSITRON] / n,
    }


def measure(workload: dict[str, Any], seconds: float) -> dict[str, float]:
    """Return all figures of a workload after about `seconds`; 0: how long it takes to get ready, no more."""
    begin = time.process_time()
    from simkit.engines import find_engine
    from simkit.record.machine import peak_rss_MB

    find_engine("native")  # imports all a run needs
    import_s = time.process_time() - begin
    begin = time.process_time()
    prepared, events = prepare(workload)
    answer = {"import_s": import_s, "prepare_s": time.process_time() - begin}
    if not seconds:
        return answer
    times: list[float] = []
    while len(times) < FEWEST or sum(times) < seconds:
        tallies = prepared.run(events.primaries, prepared.scenario.seed)
        times.append(tallies.cpu_s)
    return answer | figures(tallies, min(times)) | {"peak_memory_MB": peak_rss_MB()}


if __name__ == "__main__":
    print(json.dumps(measure(**json.loads(sys.argv[1]))))
