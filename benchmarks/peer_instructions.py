"""Instructions per event of simkit and HepEmShow, counted with valgrind's callgrind.

It needs no hardware counters. HepEmShow: the difference of a run of many events and one of few, with the same
seed. simkit: the same, counted from when everything is prepared until the last track has ended. It is
compiled for a Haswell processor in a child, because valgrind knows no AVX-512: the count is close to, not
exactly, that of the code which is timed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from simkit.errors import BadInput

if TYPE_CHECKING:
    from benchmarks.peer_programs import HepEmShow

FEW, SOME, MANY = 2, 7, 12  # events; the count must grow evenly
SEED = 1
CALLGRIND = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
# What valgrind can emulate; the child and the one that fills its compile cache must agree.
PROCESSOR = {"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": "+avx2,+fma,+bmi,+bmi2"}
SPEEDUPS = {"boundary": "", "woodcock": "woodcock"}


def count_instructions(hepemshow: HepEmShow, tables: Path | None) -> dict[str, float]:
    """Return instructions per event by program. Errors: BadInput, without valgrind."""
    if shutil.which("valgrind") is None or shutil.which("callgrind_control") is None:
        raise BadInput("--instructions: there is no valgrind; install it, or leave the option out")
    counted = {"hepemshow": _per_event(partial(_count_hepemshow, hepemshow))}
    for name, speedup in SPEEDUPS.items():
        counted[name] = _per_event(partial(_count_simkit, speedup, tables))
    return counted


def _per_event(count: Callable[[int], int]) -> float:
    few, some, many = count(FEW), count(SOME), count(MANY)
    slopes = (some - few) / (SOME - FEW), (many - some) / (MANY - SOME)
    if max(slopes) > 1.15 * min(slopes):  # showers differ by a few per cent
        raise BadInput(
            f"--instructions: {few}, {some} and {many} for {FEW}, {SOME} and {MANY} events do not "
            "grow evenly; run it again while nobody edits the sources"
        )
    return (many - few) / (MANY - FEW)


def _count_hepemshow(program: HepEmShow, events: int) -> int:
    return _collected([*CALLGRIND, *program.command(events, SEED)], {})


def _count_simkit(speedup: str, tables: Path | None, events: int) -> int:
    environment = {**PROCESSOR, "OPENBLAS_NUM_THREADS": "1"}
    child = [sys.executable, "-m", "benchmarks.peer_instructions", str(events), speedup, str(tables or "")]
    subprocess.run([*child, "prepare"], env={**os.environ, **environment}, check=True)
    return _collected([*CALLGRIND, "--instr-atstart=no", *child, "count"], environment)


def _collected(command: list[str], environment: dict[str, str]) -> int:
    """Return how many instructions callgrind says `command` took."""
    root = Path(__file__).parent.parent
    with tempfile.TemporaryDirectory() as folder:
        # HepEmShow writes its histograms to where it runs; simkit's child imports this package.
        path = os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")])
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": path, **environment},
            capture_output=True,
            text=True,
        )
    match = re.search(r"Collected\s*:\s*(\d+)", done.stderr)
    if done.returncode or match is None:
        raise BadInput(f"{' '.join(command)}: no count: {' '.join(done.stderr.split())[-200:]}")
    return int(match.group(1))


def main(events: str, speedup: str, tables: str, what: str) -> None:
    """Warm simkit up; with `what` "count" have callgrind count from there on, and run `events` events."""
    from benchmarks.peer_programs import Simkit

    program = Simkit((speedup,) if speedup else (), Path(tables) if tables else None)
    program.run(1, SEED)  # what is compiled or imported at first use is compiled and imported now
    if what == "count":
        subprocess.run(["callgrind_control", "-i", "on", str(os.getpid())], check=True, capture_output=True)
        program.run(int(events), SEED)


if __name__ == "__main__":
    main(*sys.argv[1:])
