"""Two commits of simkit on one machine: are all their integers equal, and which is faster?

    python -m studies.commits BEFORE AFTER [--cases testem3:100,hepemshow:100,atlas_like:10] [--pairs 10]

BEFORE and AFTER: revisions, or folders that hold a `simkit` package. Every scenario is run by both commits
with the same seed, plain and with every speedup of the catalogue, and every array of the per-event tallies
must be equal. With --pairs, fresh processes of both commits alternate, and the CPU times per event are
compared: the 20 %-trimmed mean of the log ratios with Yuen's interval. Exit code 1 when an integer differs.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from simkit.bench.statistics.intervals import FEWEST_BLOCKS, trimmed_mean
from simkit.errors import BadInput
from simkit.scenario import load_scenario
from simkit.speedups import CATALOGUE

CASES = "testem3:100,hepemshow:100,atlas_like:10"

# The axis along which later commits add to an array.
GROWING = dict.fromkeys(("balance", "counters", "secondaries", "interactions", "particles", "processes"), -1)
GROWING["steps"] = 1


def checkout(revision: str, folder: Path) -> Path:
    """Return a folder that holds the package as it is at `revision`; `revision` itself if it is a folder."""
    if Path(revision, "simkit").is_dir():
        return Path(revision).absolute()
    tree = folder / revision.replace("/", "-")
    tree.mkdir()
    archive = subprocess.run(
        ["git", "archive", revision, "simkit"], check=True, stdout=subprocess.PIPE
    ).stdout
    subprocess.run(["tar", "-x", "-C", tree], check=True, input=archive)
    return tree


def run(tree: Path, case: str, events: int, speedup: str | None, out: Path, seed: int = 1) -> float:
    """Run a scenario with the package in `tree`; return the CPU seconds of an event (s)."""
    chosen = [] if speedup is None else ["--with", speedup]
    command = ["run", case, "-n", str(events), "--seed", str(seed), *chosen, "--out", str(out)]
    return float(report(tree, command, out.parent)["timing"]["cpu_s_per_event"])


def report(tree: Path, command: Sequence[str], folder: Path) -> Any:
    """Return what a command of the package in `tree`, run in a folder, prints with --json."""
    done = subprocess.run(
        [sys.executable, "-m", "simkit", *command, "--json"],
        env={**os.environ, "PYTHONPATH": str(tree)},
        cwd=folder,
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout)


def differences(before: Path, after: Path) -> list[str]:
    """Return what differs between the tallies of two run folders, a line each."""
    with np.load(before / "tallies.npz") as old, np.load(after / "tallies.npz") as new:
        # what a later commit counts besides may be there, with nothing counted
        alone = [name for name in sorted(set(old) ^ set(new)) if name in old or new[name].any()]
        found = [f"{name}: only in one" for name in alone]
        for name in sorted(set(old) & set(new)):
            a, b = old[name], new[name]
            if name in GROWING:  # what a later commit counts besides stands behind
                axis = GROWING[name]
                both = range(min(a.shape[axis], b.shape[axis]))
                a, b = a.take(both, axis), b.take(both, axis)
            if a.shape != b.shape:
                found.append(f"{name}: shapes {a.shape} and {b.shape}")
            elif (a != b).any():
                found.append(f"{name}: {int((a != b).sum())} of {a.size} differ")
    return found


def applicable(case: str, known: Collection[str] = CATALOGUE) -> list[str]:
    """Return the speedups, of those that are known, that can be switched on in a scenario."""
    names = []
    for name in sorted(known):
        try:
            load_scenario(case, with_speedups=[name])
        except BadInput:
            continue
        names.append(name)
    return names


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare, print, and return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("before")
    parser.add_argument("after")
    parser.add_argument("--cases", default=CASES, help="SCENARIO:EVENTS, with commas between")
    parser.add_argument("--pairs", type=int, default=0, help="pairs of fresh processes for the times")
    parser.add_argument("--plain", action="store_true", help="without the speedups")
    options = parser.parse_args(arguments)
    if 0 < options.pairs < FEWEST_BLOCKS:
        parser.error(f"--pairs {options.pairs}: at least {FEWEST_BLOCKS} are needed for an interval")
    cases = [(name, int(n)) for name, n in (case.split(":") for case in options.cases.split(","))]
    wrong = 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        trees = [checkout(revision, folder) for revision in (options.before, options.after)]
        known = set(CATALOGUE).intersection(*(report(tree, ["speedups"], folder) for tree in trees))
        if (alone := set(CATALOGUE) - known) and not options.plain:
            print(f"left out, because one of the two does not know them: {', '.join(sorted(alone))}")
        for case, events in cases:
            for speedup in (None, *(() if options.plain else applicable(case, known))):
                outs = [folder / f"{side}-{case}-{speedup}" for side in ("before", "after")]
                for tree, out in zip(trees, outs):
                    run(tree, case, events, speedup, out)
                found = differences(*outs)
                wrong += bool(found)
                print(f"{case} {speedup or 'plain'}: {'; '.join(found) or 'all integers equal'}", flush=True)
        for case, events in cases if options.pairs else ():
            logs = []
            for pair in range(options.pairs):
                order = (0, 1) if pair % 2 == 0 else (1, 0)
                spent = {
                    side: run(trees[side], case, events, None, folder / f"pair-{case}-{pair}-{side}")
                    for side in order
                }
                logs.append(math.log(spent[1] / spent[0]))
            mean = trimmed_mean(np.array(logs))
            low, high = map(math.exp, mean.interval())
            print(
                f"{case}: CPU time after / before {math.exp(mean.mean):.4f} [{low:.4f}, {high:.4f}], "
                f"{mean.n} pairs",
                flush=True,
            )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
