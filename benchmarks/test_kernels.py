"""pytest-benchmark: the innermost functions, 100 000 calls a round, and the tables they read."""

from __future__ import annotations

from typing import Any

from benchmarks.kernels import CALLS, KERNELS, TABLES, make_loop
from benchmarks.workloads import ROUNDS


def pytest_generate_tests(metafunc: Any) -> None:
    if "kernel" in metafunc.fixturenames:
        metafunc.parametrize("kernel", KERNELS)
    if "table" in metafunc.fixturenames:
        metafunc.parametrize("table", TABLES)


def test_kernels(benchmark: Any, kernel: str) -> None:
    benchmark.group = f"kernels, {CALLS} calls"
    answer = benchmark.pedantic(make_loop(kernel), rounds=ROUNDS)
    benchmark.extra_info["ns_per_call"] = benchmark.stats.stats.min / CALLS * 1e9
    assert answer > 0


def test_tables(benchmark: Any, table: str) -> None:
    benchmark.group = "tables"
    assert benchmark.pedantic(TABLES[table], rounds=ROUNDS) is not None
