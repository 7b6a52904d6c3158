"""What is benchmarked: each workload defined once, for asv and for pytest-benchmark.

Nothing here imports simkit, so that asv can read the list in any environment.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

MEASURE = Path(__file__).with_name("measure.py")
STATISTICS = float(os.environ.get("SIMKIT_STATISTICS", "1"))
SECONDS = 4.0 * STATISTICS
"""CPU time spent on repeating a workload; what is counted does not depend on it."""
ROUNDS = max(1, round(5 * STATISTICS))
"""Repetitions under pytest-benchmark."""


@dataclass(frozen=True)
class Workload:
    """Events of a scenario: always the same ones, so that their steps can be compared exactly.

    events: how many, chosen for 0.2 to 1 s; an event of `atlas_like` takes longer.
    """

    name: str
    scenario: str
    events: int
    speedups: tuple[str, ...] = ()
    overrides: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name

    def measure(self) -> dict[str, float]:
        """Return the figures of a process of its own that finds its kernels compiled."""
        self._apart(seconds=0.0)
        return self._apart(seconds=SECONDS)

    def prepare_cold(self) -> float:
        """Return the CPU seconds of getting ready with an empty compile cache."""
        with tempfile.TemporaryDirectory() as empty:
            return self._apart(seconds=0.0, SIMKIT_CACHE=empty)["prepare_s"]

    def _apart(self, seconds: float, **environment: str) -> dict[str, float]:
        # A process of its own: memory and start-up are those of this workload alone.
        wanted = json.dumps({"workload": asdict(self), "seconds": seconds})
        answer = subprocess.run(
            [sys.executable, "-P", str(MEASURE), wanted],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | environment,
        )
        if answer.returncode:
            raise RuntimeError(f"{self.name}: {answer.stderr.strip() or answer.returncode}")
        figures: dict[str, float] = json.loads(answer.stdout)
        return figures


_PHOTONS = {"events.particle": "gamma"}
_CENTRAL = {"events.eta_max": 2.5}

WORKLOADS = {
    workload.name: workload
    for workload in (
        Workload("testem3", "testem3", 20),
        Workload("testem3+woodcock", "testem3", 20, ("woodcock",)),
        Workload("testem3, gamma", "testem3", 20, (), _PHOTONS),
        Workload("testem3, gamma 1 MeV", "testem3", 20_000, (), _PHOTONS | {"events.energy_MeV": 1.0}),
        Workload("hepemshow", "hepemshow", 20),
        Workload("hepemshow+woodcock", "hepemshow", 20, ("woodcock",)),
        Workload("atlas_like, ttbar", "atlas_like", 1, (), _CENTRAL),
        Workload("atlas_like+woodcock, ttbar", "atlas_like", 1, ("gamma-general", "woodcock"), _CENTRAL),
    )
}
