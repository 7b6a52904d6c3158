"""pytest-benchmark: the workloads in this process; run with `pytest benchmarks --benchmark-only`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from benchmarks.measure import figures, prepare
from benchmarks.workloads import ROUNDS, WORKLOADS, Workload


def pytest_generate_tests(metafunc: Any) -> None:
    # Not pytest.mark.parametrize: asv imports this file too, in environments without pytest.
    metafunc.parametrize("workload", WORKLOADS.values(), ids=str)


def test_showers(benchmark: Any, workload: Workload) -> None:
    prepared, events = prepare(asdict(workload))
    times: list[float] = []

    def run() -> Any:
        tallies = prepared.run(events.primaries, prepared.scenario.seed)
        times.append(tallies.cpu_s)
        return tallies

    benchmark.group = "showers"
    tallies = benchmark.pedantic(run, rounds=ROUNDS, warmup_rounds=1)
    benchmark.extra_info |= figures(tallies, min(times))
    benchmark.extra_info |= {"setup_s": prepared.setup_s, "compile_s": prepared.compile_s}
    assert len(tallies) == workload.events
    assert abs(tallies.residual()).max() < 1e-6 * events.primaries.energy.sum()
