"""Getting ready: a scenario of three materials with its kernels compiled before takes less than a second."""

from __future__ import annotations

import subprocess
import sys

SLABS = """
from simkit.engines.native import ENGINE
from simkit.scenario import load_scenario
import time
materials = (("G4_Pb", 2.3), ("G4_lAr", 5.7), ("G4_POLYSTYRENE", 1.0))
slabs = tuple({"region": m[3:], "material": m, "thickness_mm": t} for m, t in materials)
scenario = load_scenario("testem3", overrides={"geometry.slab": slabs})
begin = time.process_time()
ENGINE.prepare(scenario)
print(time.process_time() - begin)
"""


def prepare_cpu_s() -> float:
    """Return the CPU seconds of preparing the scenario in a process of its own."""
    return float(subprocess.run([sys.executable, "-c", SLABS], capture_output=True, check=True).stdout)


def test_three_materials_are_ready_within_a_second() -> None:
    # 0.4 s on a quiet machine of 2.5 GHz, 0.8 s where ten processes share two cores: half as much is allowed
    # again for noise. The first compiles, where need be.
    prepare_cpu_s()
    attempts: list[float] = []
    while len(attempts) < 4 and min(attempts, default=2.0) > 1.5:
        attempts.append(prepare_cpu_s())
    assert min(attempts) < 1.5
