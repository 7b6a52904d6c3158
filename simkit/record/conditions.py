"""What else the machine did while something was measured: load, stolen time, clock, preemptions."""

from __future__ import annotations

import os
import resource
from pathlib import Path

from pydantic import Field

from simkit.record.machine import peak_rss_MB, read_text
from simkit.record.part import Part


class Conditions(Part):
    """The machine during a measurement; None where the system does not tell.

    processors: those that timed blocks were pinned to. load: averages over one minute, before and after.
    stolen: fraction of the processors' time that went to other virtual machines. clock_MHz: lowest and
    highest clock seen of any processor, before and after. governor: what sets the clock. preempted: how often
    another process took the processor away from this one, or from a program that it ran. processor_share: CPU
    over wall time of the timing, below 1 where the processor was shared or a program waited by itself.
    queued: the part of the wall time in which what was timed was ready and others had its processor.
    peak_rss_MB: of this process so far.
    """

    processors: list[int] = Field(default_factory=list)
    load: tuple[float, float] | None = None
    stolen: float | None = None
    clock_MHz: tuple[float, float] | None = None
    governor: str | None = None
    preempted: int | None = None
    processor_share: float | None = None
    queued: float | None = None
    peak_rss_MB: float

    @property
    def taken(self) -> float | None:
        """Return what other work took of the processor while something was timed, None where not known."""
        if self.queued is not None or self.processor_share is None:
            return self.queued
        return max(1.0 - self.processor_share, 0.0)  # a record of an earlier version tells no more


def queued_share(queued_s: float, wall_s: float) -> float | None:
    """Return the part of a timing's wall time in which what was timed was ready and had no processor."""
    return queued_s / wall_s if wall_s > 0.0 else None


class Watch:
    """Begins to watch when made; `conditions` says what was seen."""

    def __init__(self) -> None:
        self._load = load_average()
        self._ticks = stolen_and_all()
        self._clock = clocks_MHz()
        self._preempted = _preemptions()

    def conditions(
        self, processors: set[int], processor_share: float | None, queued: float | None = None
    ) -> Conditions:
        """Return what was seen since; what timing was pinned to, and got of it, is known to the caller."""
        load, ticks = load_average(), stolen_and_all()
        clocks = [*self._clock, *clocks_MHz()]
        stolen = None
        if ticks is not None and self._ticks is not None:
            stolen = (ticks[0] - self._ticks[0]) / max(ticks[1] - self._ticks[1], 1)
        return Conditions(
            processors=sorted(processors),
            load=None if load is None or self._load is None else (self._load, load),
            stolen=stolen,
            clock_MHz=(min(clocks), max(clocks)) if clocks else None,
            governor=governor() or None,
            preempted=_preemptions() - self._preempted,
            processor_share=processor_share,
            queued=queued,
            peak_rss_MB=peak_rss_MB(),
        )


def load_average() -> float | None:
    """Return the load average over one minute."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def stolen_and_all() -> tuple[int, int] | None:
    """Return the ticks of all processors that other virtual machines took, and all ticks (proc(5))."""
    first = read_text("/proc/stat").partition("\n")[0].split()
    if len(first) < 9:
        return None
    ticks = [int(n) for n in first[1:]]
    return ticks[7], sum(ticks[:8])


def clocks_MHz() -> list[float]:
    """Return the clock of each processor now, from cpufreq or /proc/cpuinfo; empty where neither tells."""
    files = sorted(Path("/sys/devices/system/cpu").glob("cpu[0-9]*/cpufreq/scaling_cur_freq"))
    found = [float(text) / 1e3 for text in (read_text(str(file)) for file in files) if text.isdigit()]
    if found:
        return found
    lines = read_text("/proc/cpuinfo").splitlines()
    return [float(line.partition(":")[2]) for line in lines if line.startswith("cpu MHz")]


def governor() -> str:
    """Return what sets the clock of the first processor, "" where the system does not tell."""
    return read_text("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")


def _preemptions() -> int:
    # of children that have ended
    return sum(resource.getrusage(who).ru_nivcsw for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
