"""Engines whose times and physics are known: a fake of simkit's own, and a tiny program."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from .fake_engine import install

# Arguments: events, seed, CPU seconds per event, factor on the gap's deposit.
PROGRAM = """
import random, sys, time
n, seed, cost, factor = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])
draw = random.Random(seed)
begin = time.process_time()
gap = [2000.0 * factor * (1.0 + 0.01 * draw.gauss(0.0, 1.0)) for _ in range(n)]
mean = sum(gap) / n
print("events:", n)
print("deposit.gap.mean_MeV:", mean)
if n > 1:
    print("deposit.gap.sd_MeV:", (sum((x - mean) ** 2 for x in gap) / (n - 1)) ** 0.5)
print("steps.total:", 1000 * factor)
while time.process_time() - begin < cost * n:
    pass
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The side `engine:command=...` without cost and factor; runs are short, as events cost 0.2 ms."""
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    for name, seconds in (("TARGET_S", 0.04), ("CALIBRATION_S", 0.02)):
        monkeypatch.setattr(f"simkit.bench.programs.pace.{name}", seconds)
    return f"engine:command={sys.executable} -S -E {path} {{events}} {{seed}}"


@pytest.fixture
def fake(monkeypatch):
    """The fake engine in place of the native one."""
    return install(monkeypatch).engine
