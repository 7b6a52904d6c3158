"""simkit's own engine seen as other programs are: so many events a run, and means of what they gave."""

from __future__ import annotations

import threading
import time
from contextlib import nullcontext

from simkit.engines import Prepared, ProgramRun
from simkit.engines.figures import figures_of
from simkit.events import load_events
from simkit.record.waiting import scheduled


class Warm:
    """A prepared scenario in this process, warm; see simkit.engines.Program.

    Its CPU time is that of drawing the primaries and following them on one thread; neither start-up nor
    compiling is in it.
    """

    process = "warm"
    counts_events = True

    def __init__(self, prepared: Prepared) -> None:
        self.prepared = prepared
        self.about = {"backend": prepared.backend}
        # A device runs one thing at a time; processors of the CPU do not disturb each other.
        self.turn = nullcontext() if prepared.backend == "cpu" else threading.Lock()

    def place(self, copy: int) -> None:
        """See simkit.engines.Prepared."""
        if self.prepared.backend == "cpu" and hasattr(self.prepared, "place"):
            self.prepared.place(copy)

    def run(self, events: int, seed: int, timeout_s: float) -> ProgramRun:
        """See simkit.engines.Program."""
        with self.turn:
            wall, cpu, before = time.perf_counter(), time.thread_time(), scheduled()
            primaries = load_events(self.prepared.scenario.events, events, seed).primaries
            drawing_s = time.thread_time() - cpu
            tallies = self.prepared.run(primaries, seed)
            wall_s, after = time.perf_counter() - wall, scheduled()
        queued_s = after.queued_s - before.queued_s if after and before else 0.0
        gpu_s = tallies.gpu.kernel_s if tallies.gpu else None
        cpu_s = drawing_s + tallies.cpu_s
        return ProgramRun(figures_of(tallies, self.prepared), cpu_s, wall_s, queued_s, gpu_s=gpu_s)
