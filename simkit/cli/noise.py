"""What on this machine would make timings noisy, and how noisy they are right now."""

from __future__ import annotations

import os
import statistics
import time
from typing import NamedTuple

from simkit.record.conditions import clocks_MHz, governor, load_average, stolen_and_all
from simkit.record.machine import cpu_quota, read_text


class Finding(NamedTuple):
    """One thing looked at. `verdict` is "ok", "warn", "fail" or "info"; `mend` what to do about it."""

    what: str
    found: str
    verdict: str
    mend: str = ""


def check_noise(seconds: float = 1.0) -> list[Finding]:
    """Return the checks; a fixed piece of work is timed for `seconds`."""
    before, clocks = stolen_and_all(), clocks_MHz()
    spread = timing_spread(seconds)
    after = stolen_and_all()
    clocks += clocks_MHz()
    checks = [
        _affinity(),
        _load(),
        _quota(),
        _governor(),
        _clock(clocks),
        _turbo(),
        _smt(),
        Finding(
            "repeatability",
            f"{100 * spread:.1f} % spread of 5 ms blocks in {seconds:g} s",
            "ok" if spread < 0.03 else "warn",
            "" if spread < 0.03 else "expect wider intervals; a longer --budget narrows them",
        ),
    ]
    if before and after:
        stolen = (after[0] - before[0]) / max(after[1] - before[1], 1)
        checks.append(
            Finding(
                "time stolen by other virtual machines",
                f"{100 * stolen:.1f} %",
                "ok" if stolen < 0.01 else "warn",
                "" if stolen < 0.01 else "use a machine of your own, or a longer --budget",
            )
        )
    return [check for check in checks if check.found]


def timing_spread(seconds: float) -> float:
    """Return the relative spread (half of the 16-84 % range) of the wall time of equal pieces of work."""
    work = 20_000
    while _work(work) < 0.005:
        work *= 2
    times: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 10:
        times.append(_work(work))
    low, *_, high = statistics.quantiles(times, n=6)
    return (high - low) / 2 / statistics.median(times)


def _work(n: int) -> float:
    start = time.perf_counter()
    x = 1
    for _ in range(n):
        x = (x * 1103515245 + 12345) & 0x7FFFFFFF
    return time.perf_counter() - start


def _affinity() -> Finding:
    total = os.cpu_count() or 1
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else total
    return Finding("processors", f"{usable} of {total} usable", "ok")


def _load() -> Finding:
    load, total = load_average(), os.cpu_count() or 1
    if load is None:
        return Finding("load", "", "info")
    busy = load > 0.5 * total
    return Finding(
        "load",
        f"{load:.2f} on {total} processors",
        "warn" if busy else "ok",
        "other work is running; stop it, or expect wider intervals" if busy else "",
    )


def _quota() -> Finding:
    quota = cpu_quota()
    if quota is None:
        return Finding("processor quota", "none", "ok")
    return Finding(
        "processor quota",
        f"{quota:g} processors",
        "warn",
        "the container is throttled when it uses more; keep --threads below it",
    )


def _governor() -> Finding:
    found = governor()
    ok = found in ("", "performance")
    return Finding(
        "frequency governor",
        found or "not shown by this system",
        "info" if not found else "ok" if ok else "warn",
        "" if ok else "cpupower frequency-set -g performance",
    )


def _clock(found: list[float]) -> Finding:
    """Judge the clocks before and after a second of work; virtual machines often show a fixed one."""
    if not found:
        return Finding("clock", "not shown by this system", "info")
    low, high = min(found), max(found)
    moves = high > 1.05 * low
    return Finding(
        "clock",
        f"{low:.0f} to {high:.0f} MHz" if moves else f"{high:.0f} MHz",
        "warn" if moves else "ok",
        "paired blocks cancel most of it; a fixed frequency narrows the intervals" if moves else "",
    )


def _turbo() -> Finding:
    no_turbo = read_text("/sys/devices/system/cpu/intel_pstate/no_turbo")
    boost = read_text("/sys/devices/system/cpu/cpufreq/boost")
    if not (no_turbo or boost):
        return Finding("turbo frequencies", "not shown by this system", "info")
    on = no_turbo == "0" or boost == "1"
    return Finding(
        "turbo frequencies",
        "on" if on else "off",
        "warn" if on else "ok",
        "the clock moves with temperature and load; paired blocks cancel most of it" if on else "",
    )


def _smt() -> Finding:
    active = read_text("/sys/devices/system/cpu/smt/active")
    return Finding(
        "threads sharing a core",
        {"1": "yes", "0": "no"}.get(active, ""),
        "warn" if active == "1" else "ok",
        "two threads on one core slow each other down; keep --threads at the number of cores"
        if active == "1"
        else "",
    )
