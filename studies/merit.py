"""How often the figure of merit's 95 % interval holds 1 where a calorimeter is compared with itself.

    python -m studies.merit [--seeds 20] [--budget 30]

prints a line a seed, then for each region how many intervals held 1; exit code 1 where less than 17 of 20 did
(which an honest interval does in less than 2 % of such series).
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from simkit.bench.compare import run_compare

# The calorimeter of the documentation's worked example.
CALORIMETER = """
[scenario]
name = "my-calorimeter"

[events]
source = "gun"
particle = "e-"
energy_MeV = 10000.0
count = 1000

[geometry]
kind = "slab_stack"
layers = 60
transverse_mm = 400.0

[[geometry.slab]]
region = "absorber"
material = "G4_W"
thickness_mm = 1.0

[[geometry.slab]]
region = "sensor"
material = "G4_Si"
thickness_mm = 0.3
"""
ENOUGH = 0.85


def main() -> int:
    """Compare, print, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--budget", type=float, default=30.0, help="seconds a seed")
    given = parser.parse_args()
    held: Counter[str] = Counter()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "my.toml"
        path.write_text(CALORIMETER, encoding="utf-8")
        for seed in range(1, given.seeds + 1):
            found = run_compare(str(path), str(path), budget_s=given.budget, seed=seed)
            for region, merit in found.merit.items():
                held[region] += merit.lo <= 1.0 <= merit.hi
                print(f"seed {seed:2d}  {region:10} {merit.value:.3f} ({merit.lo:.3f} to {merit.hi:.3f})")
            sys.stdout.flush()
    for region, count in held.items():
        print(f"{region}: {count} of {given.seeds} intervals hold 1")
    return int(min(held.values()) < ENOUGH * given.seeds)


if __name__ == "__main__":
    sys.exit(main())
