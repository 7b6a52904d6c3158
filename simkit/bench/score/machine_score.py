"""An HS23-style score of this machine, and times normalised with it.

As HEPscore does: each workload fills all logical processors, is repeated, and its median is divided by that
of a reference machine; the score is the weighted geometric mean of these ratios, scaled. Ours is never called
HS23: it has workloads, a reference machine and a configuration hash of its own. Throughputs here are per CPU
second, so that other work on the machine does not count against it.
"""

from __future__ import annotations

import hashlib
import inspect
import math
import statistics
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from simkit.bench.pairs.spending import Progress
from simkit.bench.score import workloads
from simkit.bench.score.geometric import relative_error, rounded, weighted_geometric_mean
from simkit.bench.score.hepscore import read_hepscore
from simkit.errors import BadInput
from simkit.record.interval import Interval
from simkit.record.machine import code_commit, cpu_model, machine_info, package_version, usable_threads
from simkit.record.score import Score, Throughput, Workload

KIND = "HS23-style"
UNITS = {"HEPscore23": "HS23"}  # what a score is counted in, where that is not its name
# What the reference machine is given for each of its logical processors: of the size of HS06 and HS23.
PER_PROCESSOR = 10.0
REFERENCE_PROCESSORS = 2
REPETITIONS = 5
QUICK_REPETITIONS = 3  # within a campaign


def run_score(
    hepscore: Path | None = None, *, repetitions: int = REPETITIONS, progress: Progress | None = None
) -> Score:
    """Return the score of this machine, or that of a HEPscore report instead, recomputed from its parts.

    Errors: BadInput for a report that cannot be read or does not add up, and for too few repetitions.
    """
    if hepscore is not None:
        report = read_hepscore(hepscore)
        warn_of_other_machine(report)
        return report
    if repetitions < 1:
        raise BadInput(f"repetitions: found {repetitions}; must be at least 1")
    begin = time.perf_counter()
    threads = usable_threads()
    table = workloads.make_table()
    measured = []
    with ThreadPoolExecutor(threads) as pool:
        for i, workload in enumerate(workloads.WORKLOADS):
            if progress is not None:
                progress(i / len(workloads.WORKLOADS), f"scoring: {workload.name}")
            workload.run(workloads.make_state(0), table, 1)  # compiles
            values = [_throughput(pool, workload, table, threads) for _ in range(repetitions)]
            measured.append(make_workload(workload, values, threads))
    score = weighted_geometric_mean([w.ratio for w in measured], [w.weight for w in measured])
    scaling = PER_PROCESSOR * REFERENCE_PROCESSORS
    score = rounded(scaling * score)
    return Score(
        kind=KIND,
        score=score,
        relative_error=relative_error(measured),
        logical_threads=threads,
        score_per_thread=score / threads,
        scaling=scaling,
        reference_machine=workloads.REFERENCE_MACHINE,
        configuration_hash=configuration_hash(),
        workloads=measured,
        machine=machine_info(),
        versions={
            "simkit": package_version("simkit"),
            "commit": code_commit(),
            "numba": package_version("numba"),
        },
        wall_s=time.perf_counter() - begin,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def warn_of_other_machine(score: Score) -> None:
    """Say in a line on stderr where times of this machine are normalised with another one's score."""
    if score.machine.get("cpu") != cpu_model():
        print(
            f"simkit: the score is of {score.machine.get('cpu') or 'a machine not named'}, the times are of "
            f"{cpu_model()}: they belong together only if these are the same",
            file=sys.stderr,
        )


def _throughput(
    pool: ThreadPoolExecutor, workload: workloads.Kernel, table: np.ndarray, threads: int
) -> float:
    """Return units per CPU second of one processor while all are busy, the mean over processors."""
    together = threading.Barrier(threads)

    def one(thread: int) -> float:
        state = workloads.make_state(thread)
        together.wait()
        begin = time.thread_time()
        workload.run(state, table, workload.size)
        return workload.size / max(time.thread_time() - begin, 1e-9)

    return statistics.fmean(pool.map(one, range(threads)))


def make_workload(workload: workloads.Kernel, values: Sequence[float], threads: int) -> Workload:
    """Return the record of a workload whose repetitions gave `values` units per second and processor.

    In the record, as in HEPscore's, they are those of the whole machine.
    """
    whole = [threads * value for value in values]
    median, reference = statistics.median(whole), REFERENCE_PROCESSORS * workload.reference
    return Workload(
        name=workload.name,
        unit=f"{workload.unit}, all logical processors together",
        weight=workload.weight,
        values=whole,
        median=median,
        reference=reference,
        ratio=statistics.median(rounded(value / reference) for value in whole),
    )


def configuration_hash() -> str:
    """Return the hash of all that a score depends on besides the machine."""
    text = f"{PER_PROCESSOR}\n{inspect.getsource(workloads)}"
    return hashlib.sha256(text.encode()).hexdigest()


def normalised(cpu_s: Interval, score: Score) -> Throughput:
    """Return CPU seconds per event times (score / logical threads), the score's error added in quadrature."""
    factor = score.score_per_thread
    value = cpu_s.value * factor
    own = 1.96 * score.relative_error * value
    lo = value - math.hypot((cpu_s.value - cpu_s.lo) * factor, own)
    hi = value + math.hypot((cpu_s.hi - cpu_s.value) * factor, own)
    return Throughput(
        cpu_s_per_event=cpu_s,
        normalised_s_per_event=Interval(value=value, lo=max(lo, 0.0), hi=hi, level=cpu_s.level),
        unit=f"{UNITS.get(score.kind, score.kind)} s",
    )
