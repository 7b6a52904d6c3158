"""Why a program did not compute all the time: it waited by itself, or other work had its processor.

A program that sleeps, or waits for a disk, a device, the network or another process, leaves its processor
idle; one that was pushed off it by other work does not. Only the second is noise.
"""

from __future__ import annotations

import time
from typing import NamedTuple

import psutil

from simkit.record.machine import read_text, usable_processors

MOST_OF_IT = 0.9  # of the CPU time of a program and its children, for the main task to stand for all


class Scheduled(NamedTuple):
    """What the scheduler tells of one task: seconds on a processor, and ready to run without one."""

    cpu_s: float
    queued_s: float


def scheduled(task: str = "thread-self") -> Scheduled | None:
    """Return what Linux tells of a task so far (schedstat), also of one that has ended; None elsewhere."""
    parts = read_text(f"/proc/{task}/schedstat").split()
    return Scheduled(1e-9 * int(parts[0]), 1e-9 * int(parts[1])) if len(parts) == 3 else None


class Idle:
    """Begins to watch the processors that this thread, and what it starts, may use."""

    def __init__(self) -> None:
        every = range(len(psutil.cpu_times(percpu=True)))
        self.processors = sorted(cpu for cpu in usable_processors() if cpu in every)
        self._own = scheduled()
        self._begin = time.perf_counter()
        self._before = self._seconds()

    def _seconds(self) -> float:
        found = psutil.cpu_times(percpu=True)
        return sum(found[cpu].idle + getattr(found[cpu], "iowait", 0.0) for cpu in self.processors)

    def others(self, cpu_s: float) -> float:
        """Return how many processors other work kept busy since, where this took `cpu_s` CPU seconds."""
        wall_s = time.perf_counter() - self._begin
        idle_s = self._seconds() - self._before
        return max(len(self.processors) - (idle_s + cpu_s) / wall_s, 0.0)

    def lost_s(self) -> float:
        """Return for how long this thread was ready and had no processor since this was last asked."""
        before, self._own = self._own, scheduled()
        return self._own.queued_s - before.queued_s if self._own and before else 0.0

    def queued_and_unclear_s(
        self, main: Scheduled | None, cpu_s: float, wall_s: float, lost_s: float = 0.0
    ) -> tuple[float, float]:
        """Return for how long a program was ready and had no processor, of `wall_s` seconds since.

        main: what was told of its main task; cpu_s: CPU time of it and of all that it started and waited for.
        Where the main task did not do nearly all of that itself the first is 0, and the second the time in
        which other work had the processors: then the program was ready, or waited for something else.
        lost_s: for how long this thread had no processor at the program's start, and until its end was seen.
        """
        not_computing = max(wall_s - cpu_s, 0.0)
        if main is not None and main.cpu_s >= MOST_OF_IT * cpu_s:
            return min(main.queued_s + lost_s, not_computing), 0.0
        n = len(self.processors)
        if not n:
            return 0.0, not_computing
        # While it computes on one processor the others may be idle; while it waits, all may.
        waited = (self._seconds() - self._before - (n - 1) * cpu_s) / n
        return 0.0, min(max(not_computing - waited, 0.0), not_computing)
