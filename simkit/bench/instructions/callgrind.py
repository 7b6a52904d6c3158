"""Instructions counted by valgrind's callgrind, which needs no hardware counters and takes 50 times as long.

A program of somebody else's is run under it as it is. simkit is run under it in a process of its own, with
kernels compiled for a processor that valgrind can emulate, which knows no AVX-512: the count is close to,
not exactly, that of the code which is timed.
"""

from __future__ import annotations

import os
import pickle
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from simkit.bench.instructions.task import Counts, Task, count_blocks, prepare
from simkit.engines import Program
from simkit.engines.process import run_program, run_under
from simkit.errors import BadInput

SOURCE = "valgrind's callgrind"
COMMAND = ["valgrind", "--tool=callgrind"]
# What the process that compiles and the one that counts must agree on, for the second to find the kernels.
PROCESSOR = {
    "x86_64": {"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": "+avx2,+fma,+bmi,+bmi2"},
}.get(platform.machine(), {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""})
LONGEST_S = 3600.0  # then it hangs


def why_not() -> str:
    """Return why callgrind cannot be had here and how to get it, "" where it can."""
    missing = [name for name in ("valgrind", "callgrind_control") if shutil.which(name) is None]
    if not missing:
        return ""
    return f"there is no {missing[0]} on the PATH; install valgrind (Debian: apt install valgrind)"


def count_in_child(task: Task) -> Counts:
    """Return what `count_blocks` counts of `task` in a process under callgrind.

    The same process is run without it first, so that kernels are compiled at full speed. Errors: BadInput.
    """
    where = "--instructions"
    environment = {**os.environ, **PROCESSOR, "OPENBLAS_NUM_THREADS": "1"}
    with tempfile.TemporaryDirectory(prefix="simkit-") as folder:
        given, counted = Path(folder, "task"), Path(folder, "counts.npy")
        given.write_bytes(pickle.dumps(task))
        child = [sys.executable, "-m", "simkit.bench.instructions.callgrind", str(given)]
        run_program(child, Path.cwd(), LONGEST_S, where, environment)
        dumps = Path(folder, "dump")
        files = [f"--callgrind-out-file={dumps}", f"--log-file={folder}/log"]
        valgrind = [*COMMAND, "--instr-atstart=no", *files]
        run_program([*valgrind, *child, str(dumps), str(counted)], Path.cwd(), LONGEST_S, where, environment)
        return np.load(counted)


class Counter:
    """Counts what is done in this process, which runs under callgrind and leaves its dumps at `dumps`."""

    def __init__(self, dumps: Path) -> None:
        self.dumps = dumps
        self.number = 0
        _control("--instr=on")

    def __call__(self, work: Callable[[], object]) -> int:
        """Return the instructions of `work`, and of asking callgrind for them."""
        _control("--zero")
        work()
        _control("--dump")
        self.number += 1
        return read_total(self.dumps.with_name(f"{self.dumps.name}.{self.number}"))


def _control(order: str) -> None:
    subprocess.run(["callgrind_control", order, str(os.getpid())], check=True, capture_output=True)


def read_total(dump: Path) -> int:
    """Return the instructions in a dump of callgrind's. Errors: BadInput."""
    with dump.open("rb") as file:
        file.seek(-min(4096, dump.stat().st_size), os.SEEK_END)
        found = re.search(rb"^totals: (\d+)", file.read(), re.MULTILINE)
    if found is None:
        raise BadInput(f"--instructions: callgrind left no total in {dump.name}")
    return int(found[1])


def collected(log: str) -> int:
    """Return the instructions that callgrind tells at the end of a process, 0 where it tells none."""
    return sum(int(n) for n in re.findall(r"==\d+== Collected : (\d+)", log))


def count_program(program: Program, events: int, seed: int, timeout_s: float) -> int:
    """Return the instructions of a run of another program, and of what it starts. Errors: BadInput."""
    with tempfile.TemporaryDirectory(prefix="simkit-") as folder:
        files = ["--callgrind-out-file=/dev/null", f"--log-file={folder}/%p"]
        with run_under([*COMMAND, "--trace-children=yes", *files]):
            program.run(events, seed, timeout_s)
        count = sum(collected(log.read_text("utf-8", errors="replace")) for log in Path(folder).iterdir())
    if not count:
        raise BadInput("--instructions: callgrind told no count of the program")
    return count


def main(task_file: str, dumps: str = "", counts_file: str = "") -> None:
    """Prepare a task's sides; with `dumps` count their blocks, in a process under callgrind."""
    task: Task = pickle.loads(Path(task_file).read_bytes())
    sides = prepare(task)
    for side in sides:
        side.run(task.blocks[0], task.seed)
    if dumps:
        np.save(counts_file, count_blocks(task, sides, Counter(Path(dumps))))


if __name__ == "__main__":
    main(*sys.argv[1:])
